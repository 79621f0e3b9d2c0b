import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { GatewayError, limits, messageOf } from '../base/index.ts'
import { reasonOf } from '../config/index.ts'
import {
  type Certificate,
  type ChainVerdict,
  RevocationData,
  readCertificate,
  readCrl,
  readOcspResponse,
} from '../pki/index.ts'
import { EVIDENCE_FORMAT } from '../store/index.ts'

/** What was kept of a package's arrival, read and not yet believed: it proves itself, or does not. */
export interface Evidence {
  readonly sha256: string
  readonly octets?: Uint8Array
  readonly receivedAt: Date
  /** Of the path, and of who signed what is known of revocation. */
  readonly path: readonly Certificate[]
  readonly revocation: RevocationData
  /** What the gateway had found then. */
  readonly judgement: { readonly verdict: string; readonly revocation: string }
}

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/)
const instant = z.iso.datetime().transform((text) => new Date(text))

const shape = z.object({
  format: z.literal(EVIDENCE_FORMAT),
  envelope: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), base64: base64.exactOptional() }),
  receivedAt: instant,
  judgedAt: instant,
  judgement: z.object({ verdict: z.string(), revocation: z.string() }),
  path: z.array(base64).min(1).max(limits.certificatePathLength),
  signers: z.array(base64).max(limits.namesInCertificate).exactOptional(),
  crls: z.array(base64).max(limits.namesInCertificate),
  ocspResponses: z.array(base64).max(limits.namesInCertificate),
})

/** @throws {GatewayError} request-invalid: absent, or not evidence of a form that is known here */
export function readEvidenceFile(path: string): Evidence {
  try {
    const { envelope, receivedAt, judgedAt, judgement, ...data } = shape.parse(JSON.parse(readFileSync(path, 'utf8')))
    const revocation = new RevocationData()
    const proofs = [...data.crls.map(octetsOf).map(readCrl), ...data.ocspResponses.map(octetsOf).map(readOcspResponse)]
    for (const proof of proofs) revocation.take(proof.fingerprint, proof, judgedAt)
    return {
      sha256: envelope.sha256,
      ...(envelope.base64 !== undefined && { octets: octetsOf(envelope.base64) }),
      ...{ receivedAt, judgement, revocation },
      path: [...data.path, ...(data.signers ?? [])].map((text) => readCertificate(octetsOf(text))),
    }
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause).split('\n')[0] : reasonOf(cause)
    throw new GatewayError(
      'request-invalid',
      `${path} is no evidence that can be read: ${why ?? messageOf(cause)}`,
      {},
      { cause },
    )
  }
}

/** @throws {GatewayError} evidence-mismatch */
export function requireSamePackage({ sha256 }: Evidence, found: string): void {
  if (sha256 !== found)
    throw new GatewayError(
      'evidence-mismatch',
      `the evidence is about the package with SHA-256 ${sha256}, this one has ${found}`,
      {
        value: found,
        expected: sha256,
      },
    )
}

/** What the same data say now, beside what was found then. */
export function evidenceNotes(
  { judgement, receivedAt }: Evidence,
  { verdict, revocation, reasons }: ChainVerdict,
): string[] {
  const then = `${judgement.verdict}, revocation ${judgement.revocation}`
  const now = `${verdict}, revocation ${revocation}`
  return [
    then === now
      ? `the chain is judged as it was on arrival, ${receivedAt.toISOString()}: ${now}`
      : `the chain was found to be ${then} on arrival, ${receivedAt.toISOString()}, and by the same data is ${now}`,
    ...reasons.map(({ code, en }) => `[${code}] ${en}`),
  ]
}

function octetsOf(text: string): Uint8Array {
  return Buffer.from(text, 'base64')
}
