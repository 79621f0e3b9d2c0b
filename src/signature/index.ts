/**
 * Signature: XML-DSig and XAdES over bytes. What `verify` returns was signed by the agency in From, every octet of it;
 * nothing else can be read as a message. `sign` and `verify` share words and algorithms, never each other.
 */
export { type CoreVerdict, verifyCore } from './core.ts'
export type { TrustMaterial } from './judge.ts'
export { signedIds } from './names.ts'
export { stopWorkers } from './offload.ts'
export { type PartToSign, sign } from './sign.ts'
export {
  assertSignedContent,
  type ContentSpan,
  type ReceiptInfo,
  type SignedAttachment,
  type SignedContent,
  type VerifiedReference,
} from './signed-content.ts'
export { verify, verifyHead } from './verify.ts'
