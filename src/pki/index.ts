/**
 * Pki: keys and signers, certificates, paths. A certificate that was read is not yet believed; one for which
 * `TrustStore.requirePath` returned a path is. Private keys never leave their signer.
 */
export { type Certificate, isToyCertificate, readCertificate, readCertificates } from './certificate.ts'
export { type AlgorithmIdentifier, type CertificateFields, readAlgorithm } from './certificate-fields.ts'
export type { CertificateStatus } from './certificate-status.ts'
export { type RequestedSubject, requestCertificate } from './certification-request.ts'
export type { AnchorScope, ChainReason, ChainVerdict, RevocationProof, RevocationResult } from './chain-verdict.ts'
export { createSigner, type SignerOptions } from './create-signer.ts'
export { type Crl, readCrl, readCrlHead } from './crl.ts'
export { readCrlAside } from './crl-aside.ts'
export {
  context,
  DerReader,
  type DerValue,
  explicit,
  integerOctets,
  itemsOf,
  oidText,
  smallInteger,
  tags,
} from './der.ts'
export type { DistinguishedName } from './distinguished-name.ts'
export type { BasicConstraints, KeyUsage } from './extensions.ts'
export type { ChainQuestion } from './judge-chain.ts'
export { KeyRing, type RingChange, type RingKey, type RingSource } from './key-ring.ts'
export { describeKey, isSameKey, requireKeyStrength } from './key-strength.ts'
export { answerAbout, type OcspResponse, ocspRequest, readOcspResponse } from './ocsp.ts'
export { type KeyPlace, type KeySource, openKey, openSigner, readCertificatesOf } from './open-signer.ts'
export { maySignDocuments, type Purpose } from './path-rules.ts'
export { readPkcs12 } from './pkcs12.ts'
export { RevocationData } from './revocation-data.ts'
export type { Signer, SigningAlgorithm } from './signer.ts'
export type { SigningKey } from './signing-key.ts'
export type { TokenPlace } from './token-protocol.ts'
export { TrustStore } from './trust-store.ts'
