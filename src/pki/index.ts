/**
 * Pki: keys and signers, certificates, paths. A certificate that was read is not yet believed; one for which
 * `TrustStore.requirePath` returned a path is. Private keys never leave their signer.
 */
export { type Certificate, isToyCertificate, readCertificate, readCertificates } from './certificate.ts'
export type { BasicConstraints, CertificateFields, DistinguishedName, KeyUsage } from './certificate-fields.ts'
export type { AnchorScope, ChainReason, ChainVerdict, RevocationResult } from './chain-verdict.ts'
export { createSigner, type SignerOptions } from './create-signer.ts'
export { KeyRing } from './key-ring.ts'
export { describeKey, isSameKey, requireKeyStrength } from './key-strength.ts'
export type { Signer, SigningAlgorithm } from './signer.ts'
export { TrustStore } from './trust-store.ts'
