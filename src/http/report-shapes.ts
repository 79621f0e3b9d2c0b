import { z } from 'zod'
import { instant, octets, sha256 } from './common-shapes.ts'

/** What is told of the signatures inside of an attachment, and of what a verdict rested on. */

export const chainVerdict = z.enum(['valid', 'invalid', 'undetermined']).meta({
  id: 'SignatureVerdict',
  description:
    '`valid` hợp lệ, `invalid` không hợp lệ, `undetermined` không xác định được: what is needed to decide is not there; never to be taken for valid.',
})

export const verdictReason = z
  .object({
    code: z.string().meta({ description: 'Stable; new ones may be added.', example: 'changed-after-signing' }),
    vi: z.string(),
    en: z.string(),
    detail: z.string().optional().meta({ description: 'Where: pages, objects, values; never document text.' }),
  })
  .meta({ id: 'VerdictReason' })

export const revocationResult = z.enum(['good', 'revoked', 'undetermined', 'not-checked'])

export const anchorScope = z
  .enum(['cong-vu', 'cong-cong'])
  .meta({ description: 'The PKI of Ban Cơ yếu Chính phủ, or public authorities under NEAC.' })

const certificateName = z.object({ subject: z.string(), fingerprint: sha256 })

const signer = z
  .object({
    name: z.string().optional().meta({ description: 'Người ký (CN).' }),
    organisation: z.string().optional().meta({ description: 'Cơ quan, tổ chức quản lý chứng thư số (O).' }),
    unit: z.string().optional(),
    title: z.string().optional(),
    identifier: z
      .string()
      .optional()
      .meta({ description: 'organizationIdentifier: of agencies of the axis, their code.' }),
    kind: z.enum(['person', 'organisation', 'unknown']),
    subject: z.string(),
    issuer: z.string().meta({ description: 'Tổ chức cung cấp dịch vụ chứng thực: who issued the certificate.' }),
    serialNumber: z.string(),
    fingerprint: sha256,
    notBefore: instant('The certificate is valid from'),
    notAfter: instant('The certificate is valid until'),
    key: z.string(),
  })
  .meta({ id: 'PdfSigner' })

const change = z.object({
  kind: z.enum(['signature', 'time-stamp', 'validation-data', 'metadata', 'annotation', 'form-value', 'content']),
  what: z.string().meta({ example: 'page 1, object 3' }),
})

const coverage = z.object({
  wholeFile: z.boolean().meta({ description: 'Nothing follows what was signed.' }),
  byteRange: z.array(octets).length(4).optional(),
  addedAfter: z
    .array(change)
    .meta({ description: 'What later savings of the file added or changed: the first 200, and one of each kind.' }),
})

const pdfSignatureShape = z
  .object({
    field: z.string(),
    kind: z.enum(['signature', 'time-stamp']),
    verdict: chainVerdict,
    reasons: z.array(verdictReason),
    integrity: z.enum(['intact', 'broken', 'unknown']),
    coverage,
    subFilter: z.string().optional(),
    digestAlgorithm: z.string().optional(),
    signatureAlgorithm: z.string().optional(),
    signer: signer.optional(),
    signingTime: z
      .object({
        at: instant('As the signer says; nothing proves it'),
        source: z.enum(['signed-attribute', 'signature-dictionary']),
      })
      .optional(),
    timeStamp: z
      .object({ claimedTime: instant('As the time stamp says').optional(), verdict: z.literal('not-judged') })
      .optional()
      .meta({ description: 'Present in the signature; recorded and not judged yet.' }),
    chain: z
      .object({
        verdict: chainVerdict,
        revocation: revocationResult,
        scope: anchorScope.optional(),
        proofs: z
          .array(z.object({ kind: z.enum(['crl', 'ocsp', 'certificate']), fingerprint: sha256 }))
          .meta({ description: 'The CRLs and OCSP responses that decided; they are kept.' }),
        path: z.array(certificateName).meta({ description: 'The signer first, the trusted certificate last.' }),
      })
      .optional(),
    certifies: z
      .number()
      .int()
      .optional()
      .meta({ description: 'DocMDP: 1 to 3, what the signature allows to follow it.' }),
    reason: z.string().optional(),
    location: z.string().optional(),
  })
  .meta({ id: 'PdfSignature' })

export const attachmentReportShape = z
  .object({
    version: z.literal(1),
    file: z.object({
      name: z.string(),
      contentType: z.string(),
      octets,
      sha256,
      form: z.enum(['pdf', 'zip', 'other']).meta({ description: 'What its octets are, whatever it is called.' }),
      inner: z
        .object({ name: z.string(), octets, sha256 })
        .optional()
        .meta({ description: 'The one file inside a ZIP, which was judged in its place.' }),
    }),
    role: z.enum(['main', 'attached']),
    verdict: chainVerdict,
    informationOnly: z
      .boolean()
      .meta({ description: 'Chỉ để thông tin: the file is not signed (QĐ 28/2018 Art. 4(2)).' }),
    reasons: z.array(verdictReason),
    signatures: z.array(pdfSignatureShape).meta({ description: 'In the order in which they were made.' }),
    at: instant('When the file was there for certain; its certificates are judged at that instant'),
  })
  .meta({ id: 'AttachmentReport' })

export const reportStateShape = z
  .object({
    state: z.enum(['waiting', 'judged']),
    run: z.number().int().min(1).optional().meta({ description: 'Counts the different results so far.' }),
    judgedAt: instant('When it was judged').optional(),
    report: attachmentReportShape.optional(),
  })
  .meta({ id: 'AttachmentReportState' })
