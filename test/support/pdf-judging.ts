import { createHash } from 'node:crypto'
import { issueCrl } from '../../certs-example/issue.ts'
import {
  type AttachmentReport,
  type AttachmentRole,
  type Examiner,
  examineFile,
  type JudgeChain,
  reportOn,
  type SenderQuestion,
} from '../../src/pdf/index.ts'
import { RevocationData, readCrl, TrustStore } from '../../src/pki/index.ts'
import { type Fresh, issue, toyAuthority, toyCertificate } from './pki.ts'

/** When the files of these tests arrived. */
export const arrival = new Date('2026-11-21T02:00:00Z')

/** A person and an organisation of one ministry. */
export async function signers(): Promise<{ person: Fresh; organisation: Fresh; elliptic: Fresh; revoked: Fresh }> {
  const clerk = { organization: 'Bộ Công Thương', commonName: 'Nguyễn Văn An' }
  return {
    person: await issue({ key: 'rsa', subject: clerk }),
    organisation: await issue({
      key: 'rsa',
      subject: { organization: 'Bộ Công Thương', commonName: 'Bộ Công Thương' },
    }),
    elliptic: await issue({ key: 'p256', subject: { organization: 'Bộ Công Thương', commonName: 'Bộ Công Thương' } }),
    revoked: await issue({ key: 'p256', subject: clerk }),
  }
}

/** Trusts the toy root, and knows the CRLs of both its authorities. */
export async function toyChains(revoked: readonly Fresh[] = []): Promise<JudgeChain> {
  const revocation = new RevocationData()
  for (const authority of ['root', 'issuing'] as const) {
    const pem = await issueCrl(
      toyAuthority(authority),
      authority === 'root' ? [] : revoked,
      new Date('2026-11-20T00:00:00Z'),
    )
    revocation.addCrl(readCrl(Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')))
  }
  const store = new TrustStore([toyCertificate('root')], [toyCertificate('issuing')], { revocation })
  return (leaf, presented, at) => store.judgeChain({ leaf, presented, at })
}

export interface JudgeOptions {
  readonly judgeChain?: JudgeChain
  readonly sender?: SenderQuestion
  readonly role?: AttachmentRole
  readonly at?: Date
  readonly name?: string
  readonly contentType?: string
  /** A thread of its own; by default it is examined here. */
  readonly examiner?: Examiner
}

/** The report on a file. */
export async function judgePdf(pdf: Uint8Array, options: JudgeOptions = {}): Promise<AttachmentReport> {
  const { role = 'main', at = arrival, name = 'Công văn 7421.pdf', contentType = 'application/pdf', examiner } = options
  const sha256 = createHash('sha256').update(pdf).digest('hex')
  const file = { octets: Uint8Array.from(pdf), name, contentType }
  const examined = examiner === undefined ? examineFile(file) : await examiner.examine(file)
  const described = { name, contentType, octets: pdf.length, sha256 }
  return reportOn(examined, {
    file: described,
    role,
    at,
    judgeChain: options.judgeChain,
    ...(options.sender && { sender: options.sender }),
  })
}

/** All codes of a report: of the file, then of each signature. */
export function codesOf({ reasons, signatures }: AttachmentReport): string[][] {
  return [reasons, ...signatures.map((signature) => signature.reasons)].map((list) => list.map(({ code }) => code))
}
