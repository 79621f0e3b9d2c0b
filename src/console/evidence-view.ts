import { readCertificate, readCrlHead, readOcspResponse } from '../pki/index.ts'
import { type Validation, type ValidationDatum, validations } from '../store/index.ts'
import type { EvidenceView } from './shapes-documents.ts'
import { certificateView } from './signature-view.ts'

/** What is kept of the day on which a package came, in words of people; the whole of it is in the file. */
export function evidenceView(validation: Validation, now: Date): EvidenceView {
  const { at, judgedAt, verdict, revocation, scope, reasons, data } = validation
  return {
    receivedAt: at.toISOString(),
    judgedAt: judgedAt.toISOString(),
    verdict,
    revocation,
    ...(scope === 'cong-vu' || scope === 'cong-cong' ? { scope } : {}),
    reasons: [...reasons],
    path: validations.certificatesOf(data).path.map(({ der }) => certificateView(readCertificate(der), now)),
    proofs: data.flatMap((datum) => (datum.kind === 'certificate' ? [] : [proofView(datum.kind, datum)])),
  }
}

function proofView(kind: 'crl' | 'ocsp', { fingerprint, der }: ValidationDatum): EvidenceView['proofs'][number] {
  return { kind, fingerprint, octets: der.length, ...(kind === 'crl' ? ofCrl(der) : ofOcsp(der)) }
}

function ofCrl(der: Uint8Array): Partial<EvidenceView['proofs'][number]> {
  const { issuer, thisUpdate, nextUpdate } = readCrlHead(der)
  return { issuer: issuer.text, ...currency(thisUpdate, nextUpdate) }
}

/** Of the first answer: a responder gives one, about the certificate it was asked about. */
function ofOcsp(der: Uint8Array): Partial<EvidenceView['proofs'][number]> {
  const { responder, answers } = readOcspResponse(der)
  const [answer] = answers
  return {
    ...('name' in responder ? { issuer: responder.name.text } : {}),
    ...(answer === undefined ? {} : currency(answer.thisUpdate, answer.nextUpdate)),
  }
}

function currency(from: Date, until: Date | undefined): { thisUpdate: string; nextUpdate?: string } {
  return { thisUpdate: from.toISOString(), ...(until === undefined ? {} : { nextUpdate: until.toISOString() }) }
}
