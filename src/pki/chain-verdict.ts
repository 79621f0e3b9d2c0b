import type { Certificate } from './certificate.ts'

/**
 * What is known of a certificate's chain at one instant.
 * `invalid`: a rule refuses it, and time will not help. `undetermined`: what is needed to decide is not at hand, such as
 * revocation data. @see TT 15/2025 Appendix II (edXML notes §7.3); RFC 5280 §6
 */
export interface ChainVerdict {
  readonly verdict: 'valid' | 'invalid' | 'undetermined'
  /** Leaf first, anchor last; empty when none was found. */
  readonly path: readonly Certificate[]
  readonly reasons: readonly ChainReason[]
  readonly revocation: RevocationResult
  /** What decided, a CRL or an OCSP response first: with the path it lets the verdict be repeated. */
  readonly proofs: readonly RevocationProof[]
  /** Of the anchor, where the configuration gives it one. */
  readonly scope?: AnchorScope
}

export interface ChainReason {
  /** Kebab-case, stable: a failure code of `base`, or the name of the rule that a path broke. */
  readonly code: string
  readonly en: string
  readonly vi: string
}

export type RevocationResult = 'good' | 'revoked' | 'undetermined' | 'not-checked'

export interface RevocationProof {
  /** `certificate`: of who signed another proof with a key that is not in the path, and of those above him. */
  readonly kind: 'crl' | 'ocsp' | 'certificate'
  readonly der: Uint8Array
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string
}

/** `cong-vu`: the PKI of Ban Cơ yếu Chính phủ. `cong-cong`: public authorities under NEAC. */
export type AnchorScope = 'cong-vu' | 'cong-cong'
