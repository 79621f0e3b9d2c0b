import type { Command } from 'commander'
import { GatewayError } from '../base/index.ts'
import type { KeyPlace } from '../pki/index.ts'

/** Where a command finds a private key. */
export interface KeyPlaceOptions {
  readonly privateKey?: string
  readonly pkcs12?: string
  readonly passwordFile?: string
  readonly module?: string
  readonly token?: string
  readonly key?: string
  readonly pinFile?: string
}

/** Adds the options by which a command finds a private key: in a PEM file, in a PKCS#12 file, or on a token. */
export function withKeyPlace(command: Command): Command {
  return command
    .option('--private-key <file>', 'the private key, PEM')
    .option('--pkcs12 <file>', 'or the PKCS#12 file that holds it')
    .option('--password-file <file>', 'the file that holds the password of either')
    .option('--module <file>', 'or the PKCS#11 module of its token')
    .option('--token <label>', 'the label of the token')
    .option('--key <label>', 'the key on it: its label, or id: and its CKA_ID in hex')
    .option('--pin-file <file>', 'the file that holds the PIN')
}

/** @throws {GatewayError} request-invalid: not exactly one place */
export function keyPlaceOf(options: KeyPlaceOptions): KeyPlace {
  const { privateKey, pkcs12, passwordFile, module, token, key, pinFile } = options
  const password = passwordFile === undefined ? {} : { passwordFile }
  if ([privateKey, pkcs12, module].filter((place) => place !== undefined).length !== 1)
    throw new GatewayError('request-invalid', 'name the key by exactly one of --private-key, --pkcs12 and --module')
  if (privateKey !== undefined) return { privateKeyFile: privateKey, ...password }
  if (pkcs12 !== undefined) return { pkcs12File: pkcs12, ...password }
  if (module === undefined || token === undefined || key === undefined || pinFile === undefined)
    throw new GatewayError('request-invalid', 'a key on a token needs --module, --token, --key and --pin-file')
  return { token: { moduleFile: module, token, key, pinFile } }
}
