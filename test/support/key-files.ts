import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TokenPlace } from '../../src/pki/index.ts'
import { toyFile } from './pki.ts'

/** Debian's SoftHSM2: a token in files, behind a real PKCS#11 module. */
export const softHsm = '/usr/lib/softhsm/libsofthsm2.so'

/** A PKCS#12 file as openssl writes it, of a toy key and its chain. */
export function pkcs12File(folder: string, name: string, password: string, ...options: string[]): string {
  const [key, chain, out] = ['key', 'crt', 'p12'].map((ending) => join(folder, `${name}.${ending}`)) as [
    string,
    string,
    string,
  ]
  writeFileSync(key, toyFile(`${name}.key`))
  writeFileSync(chain, toyFile(`${name}.crt`))
  openssl('pkcs12', '-export', '-inkey', key, '-in', chain, '-passout', `pass:${password}`, '-out', out, ...options)
  return out
}

export function openssl(...args: string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

export interface SoftToken {
  /** Puts a toy key onto the token, under its own name. */
  hold(name: string): TokenPlace
  /** The PIN as its file says it from now on. */
  write(pin: string): void
  takeAway(): void
  putBack(): void
  remove(): void
}

/**
 * A token of SoftHSM2 in a folder of its own. A process has one SoftHSM2, so one such world at a time: SOFTHSM2_CONF of
 * this process leads to it, and to nothing again after `remove`.
 */
export function softToken(label = 'bct', pin = '2468-canary'): SoftToken {
  const folder = mkdtempSync(join(tmpdir(), 'softhsm-'))
  const tokens = join(folder, 'tokens')
  const pinFile = join(folder, 'pin')
  mkdirSync(tokens)
  writeFileSync(
    join(folder, 'softhsm2.conf'),
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  )
  writeFileSync(pinFile, `${pin}\n`)
  process.env['SOFTHSM2_CONF'] = join(folder, 'softhsm2.conf')
  const util = (...args: string[]) => execFileSync('softhsm2-util', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  util('--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', '97531')
  return {
    hold(name) {
      const file = join(folder, `${name}.p8`)
      writeFileSync(file, toyFile(`${name}.key`))
      const id = Buffer.from(name).toString('hex')
      util('--import', file, '--token', label, '--label', name, '--id', id, '--pin', pin)
      return { moduleFile: softHsm, token: label, key: name, pinFile }
    },
    write: (text) => writeFileSync(pinFile, text),
    takeAway: () => renameSync(tokens, `${tokens}-away`),
    putBack: () => renameSync(`${tokens}-away`, tokens),
    remove() {
      delete process.env['SOFTHSM2_CONF']
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
