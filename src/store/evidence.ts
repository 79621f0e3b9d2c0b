import { limits } from '../base/index.ts'
import type { AgencyCode, EnvelopeId } from '../message/index.ts'
import type { ChainReason } from '../pki/index.ts'
import * as content from './content.ts'
import * as documents from './documents.ts'
import type { Sql } from './sql.ts'
import * as validations from './validations.ts'

export const EVIDENCE_FORMAT = 'lienthong-evidence/1'

/**
 * What a received package was judged by, in one JSON file, so that anybody can repeat the verdict years later without a
 * network: `lienthong verify --evidence`. Certificates, CRLs and OCSP responses prove themselves; the two instants are
 * this gateway's word until something stamps them.
 */
export interface EvidenceFile {
  readonly format: typeof EVIDENCE_FORMAT
  readonly envelope: {
    readonly id: string
    readonly sender: string
    readonly recipient: string
    /** Of the package as it came, lower-case hex. */
    readonly sha256: string
    readonly octets: number
    /** The package itself, when it was asked for and is small. */
    readonly base64?: string
  }
  /** The instant of arrival, as of which the signer was judged; and when that was done. ISO 8601, UTC. */
  readonly receivedAt: string
  readonly judgedAt: string
  readonly judgement: {
    readonly verdict: string
    readonly revocation: string
    readonly scope?: string
    readonly reasons: readonly ChainReason[]
  }
  /** DER in base64, the signer first and the anchor last. */
  readonly path: readonly string[]
  /** DER in base64: who signed a CRL or a response with a key that is not in the path, and those above them. */
  readonly signers?: readonly string[]
  /** DER in base64. */
  readonly crls: readonly string[]
  readonly ocspResponses: readonly string[]
}

/** Undefined: nothing was kept for it, because it is no received package or came before data were kept. */
export async function evidenceOf(
  sql: Sql,
  id: EnvelopeId,
  options: { withPackage?: boolean } = {},
): Promise<EvidenceFile | undefined> {
  const [envelope, validation] = await Promise.all([
    sql.get<Pick<EvidenceFile['envelope'], 'sender' | 'sha256' | 'octets'> & { owner: string }>(
      'SELECT sender, owner, sha256, octets FROM envelope WHERE id = ?',
      [id],
    ),
    validations.find(sql, id),
  ])
  if (envelope === undefined || validation === undefined) return undefined
  const { sender, owner, sha256, octets } = envelope
  const { verdict, revocation, scope, reasons, data } = validation
  const base64Of = (those: readonly validations.ValidationDatum[]): string[] =>
    those.map(({ der }) => Buffer.from(der).toString('base64'))
  const { path, signers } = validations.certificatesOf(data)
  const inside = options.withPackage === true && octets <= limits.wholeDocumentBytes
  return {
    format: EVIDENCE_FORMAT,
    envelope: {
      ...{ id, sender, recipient: owner, sha256, octets },
      ...(inside && { base64: (await packageOf(sql, id)).toString('base64') }),
    },
    receivedAt: validation.at.toISOString(),
    judgedAt: validation.judgedAt.toISOString(),
    judgement: { verdict, revocation, ...(scope !== undefined && { scope }), reasons },
    path: base64Of(path),
    ...(signers.length > 0 && { signers: base64Of(signers) }),
    crls: base64Of(data.filter(({ kind }) => kind === 'crl')),
    ocspResponses: base64Of(data.filter(({ kind }) => kind === 'ocsp')),
  }
}

/** Of a receipt that came for a document, with its sender. Undefined: the document has no such receipt, or nothing was kept. */
export async function evidenceOfReceipt(
  sql: Sql,
  document: EnvelopeId,
  receipt: EnvelopeId,
): Promise<{ sender: AgencyCode; evidence: EvidenceFile } | undefined> {
  const found = (await documents.receipts(sql, document)).find(({ id }) => id === receipt)
  const evidence = found && (await evidenceOf(sql, receipt))
  return evidence && { sender: found.sender, evidence }
}

async function packageOf(sql: Sql, id: EnvelopeId): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content.readEnvelope(sql, id)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
