import type { GatewayError } from '../base/index.ts'
import type { Certificate } from './certificate.ts'

/** What we sign with (TT 15/2025 Appendix I; edXML notes §7.2). The hash is SHA-256 unless the name says otherwise. */
export type SigningAlgorithm =
  | 'rsa-pkcs1-sha256'
  | 'rsa-pss-sha256'
  | 'ecdsa-p256-sha256'
  | 'ecdsa-p384-sha384'
  | 'ed25519'

/** A private key behind one asynchronous door, so that a PEM file, a PKCS#12 file or a token look the same. */
export interface Signer {
  readonly algorithm: SigningAlgorithm
  readonly certificate: Certificate
  /** The signer's issuers, nearest first, without the root. */
  readonly chain: readonly Certificate[]
  /** Why it could not sign the last time, such as a token that was taken away; undefined once it can again. */
  readonly obstacle?: GatewayError | undefined
  /**
   * The signature value over `octets` in the form XML-DSig wants: ECDSA as r‖s, not DER. Runs off the event loop.
   * @throws key-token-unavailable: the token does not answer, or is not there; it may be tried again
   * @throws key-password-wrong, key-unusable
   */
  sign(octets: Uint8Array): Promise<Uint8Array>
  /** The key is outside of this process, and may go away by itself. */
  readonly isRemote?: boolean
  /** Lets go of what is held outside of this process: the sessions of a token. */
  close?(): Promise<void>
}
