import { createPrivateKey, sign } from 'node:crypto'
import { issueCrl } from '../../certs-example/issue.ts'
import { derInteger, derSequence, derTagged } from '../../src/pki/der-writer.ts'
import { DerReader, tags } from '../../src/pki/index.ts'
import type { Issued } from './pki.ts'

/** The serial number of the i-th entry: 16 octets, in no order. Hex. */
export function serialOf(i: number): string {
  return ((BigInt(i) * 0x9e3779b97f4a7c15n) & ((1n << 64n) - 1n)).toString(16).padStart(32, '1')
}

/** A CRL as large authorities have them, signed by a P-256 key: so many entries besides those that are given. DER. */
export async function largeCrl(
  issuer: Issued,
  entries: number,
  more: readonly string[],
  thisUpdate: Date,
): Promise<Buffer> {
  const text = (await issueCrl(issuer, [], thisUpdate)).replace(/-----[^-]+-----|\s/g, '')
  const whole = new DerReader(new DerReader(Buffer.from(text, 'base64')).read(tags.sequence, 'the CRL').content)
  const small = new DerReader(whole.read(tags.sequence, 'its signed part').content)
  const algorithm = whole.read(tags.sequence, 'its algorithm').encoded
  const version = small.read(tags.integer, 'the version').encoded
  const head = [
    version,
    ...['algorithm', 'issuer', 'thisUpdate', 'nextUpdate'].map((what) => small.readAny(what).encoded),
  ]
  const keyCompromise = Buffer.from('300c300a0603551d1504030a0101', 'hex')
  const since = derTagged(tags.utcTime, Buffer.from('260101000000Z'))
  const entry = (serial: string): Uint8Array =>
    derSequence(derInteger(Buffer.from(serial, 'hex')), since, keyCompromise)
  const list = [...Array.from({ length: entries }, (_, i) => serialOf(i)), ...more].map(entry)
  const signed = derSequence(...head, derSequence(Buffer.concat(list)))
  const value = sign('sha256', signed, createPrivateKey(issuer.privateKeyPem))
  return Buffer.from(derSequence(signed, algorithm, derTagged(tags.bitString, Uint8Array.of(0), value)))
}
