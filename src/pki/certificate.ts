import type { KeyObject } from 'node:crypto'

/** A certificate, read once. `fingerprint` is the SHA-256 of the DER in lower-case hex. */
export interface Certificate {
  readonly der: Uint8Array
  readonly fingerprint: string
  /** RFC 4514 text, for people and logs only: nothing is decided by it. */
  readonly subject: string
  readonly issuer: string
  /** Upper-case hex. */
  readonly serialNumber: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly publicKey: KeyObject
}
