import { readFileSync } from 'node:fs'
import { type Clock, GatewayError, messageOf, Secret } from '../base/index.ts'
import { type Certificate, readCertificates } from './certificate.ts'
import { readPrivateKey, signerOf, usable } from './create-signer.ts'
import { readPkcs12 } from './pkcs12.ts'
import type { Signer } from './signer.ts'
import { FileKey, type SigningKey } from './signing-key.ts'
import { readTokenPublicKey, TokenKey } from './token-key.ts'
import type { TokenPlace } from './token-protocol.ts'

/** Where a private key is: in a PEM file, in a PKCS#12 file, or on a token. Passwords and PINs stay in the files named. */
export type KeyPlace =
  | { readonly privateKeyFile: string; readonly passwordFile?: string }
  | { readonly pkcs12File: string; readonly passwordFile?: string }
  | { readonly token: TokenPlace }

/** A key and the certificates that go with it. */
export type KeySource = KeyPlace & {
  /** The certificate, then its issuers, PEM. A PKCS#12 file may bring its own. */
  readonly certificateFile?: string
  /** For RSA keys; `pss` unless told otherwise. */
  readonly scheme?: 'pkcs1' | 'pss'
}

/**
 * Opens a key, wherever it is. A token is not asked yet: it may come later.
 * @throws key-password-wrong
 * @throws key-unusable: as `createSigner` says, and a file that cannot be read
 */
export async function openSigner(source: KeySource, clock: Clock): Promise<Signer> {
  const { certificateFile, scheme } = source
  const given = certificateFile === undefined ? [] : usable(() => readCertificates(readText(certificateFile)))
  if ('token' in source) {
    const [leaf] = given
    if (leaf === undefined)
      throw new GatewayError('key-unusable', 'A key on a token needs the file of its certificate.')
    return signerOf(new TokenKey({ place: source.token, clock }, leaf.publicKey), given, scheme)
  }
  const { key, certificates } = await readKeyFile(source)
  return signerOf(key, given.length > 0 ? given : certificates, scheme)
}

/**
 * Opens a key that may have no certificate yet: to ask for one.
 * @throws key-password-wrong, key-unusable, key-token-unavailable, key-token-unsupported
 */
export async function openKey(place: KeyPlace, clock: Clock): Promise<SigningKey> {
  if (!('token' in place)) return (await readKeyFile(place)).key
  const options = { place: place.token, clock }
  return new TokenKey(options, await readTokenPublicKey(options))
}

/** The certificates that go with a key; the key itself stays where it is, unless they are locked up with it. */
export async function readCertificatesOf(source: KeySource): Promise<readonly Certificate[]> {
  const { certificateFile } = source
  if (certificateFile !== undefined) return usable(() => readCertificates(readText(certificateFile)))
  return 'token' in source ? [] : (await readKeyFile(source)).certificates
}

/** The files that a source is read from: when their content changes, the key is another. */
export function filesOf(source: KeySource): string[] {
  const { certificateFile } = source
  const files =
    'token' in source
      ? [source.token.pinFile]
      : ['pkcs12File' in source ? source.pkcs12File : source.privateKeyFile, source.passwordFile]
  return [...files, certificateFile].filter((file) => file !== undefined)
}

async function readKeyFile(
  place: Exclude<KeyPlace, { token: TokenPlace }>,
): Promise<{ key: SigningKey; certificates: readonly Certificate[] }> {
  const password = place.passwordFile === undefined ? undefined : readPassword(place.passwordFile)
  if ('privateKeyFile' in place) {
    const pem = readText(place.privateKeyFile)
    return { key: new FileKey(readPrivateKey(pem, password)), certificates: [] }
  }
  const { privateKey, certificates } = await readPkcs12(readFile(place.pkcs12File), password ?? new Secret(''))
  return { key: new FileKey(privateKey), certificates }
}

function readPassword(file: string): Secret {
  return new Secret(readText(file).replace(/\r?\n$/, ''))
}

function readText(file: string): string {
  return readFile(file).toString()
}

function readFile(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new GatewayError('key-unusable', `${file} cannot be read: ${messageOf(cause)}`, { value: file }, { cause })
  }
}
