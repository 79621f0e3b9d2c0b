import { z } from 'zod'
import { envelopeId, instant } from '../http/index.ts'
import { EVIDENCE_FORMAT } from '../store/index.ts'

const der = z.base64().meta({ description: 'DER, base64.' })

export const evidenceShape = z
  .object({
    format: z.literal(EVIDENCE_FORMAT),
    envelope: z.object({
      id: envelopeId,
      sender: z.string(),
      recipient: z.string(),
      sha256: z.string().meta({ description: 'Of the package as it came, lower-case hex.' }),
      octets: z.number().int(),
    }),
    receivedAt: instant('When the package came, as of which its signer was judged'),
    judgedAt: instant('When that was done'),
    judgement: z.object({
      verdict: z.enum(['valid', 'invalid', 'undetermined']),
      revocation: z.enum(['good', 'revoked', 'undetermined', 'not-checked']),
      scope: z.enum(['cong-vu', 'cong-cong']).optional(),
      reasons: z.array(z.object({ code: z.string(), en: z.string(), vi: z.string() })),
    }),
    path: z.array(der).meta({ description: 'The signer’s certificate first, the anchor last.' }),
    signers: z.array(der).optional().meta({
      description: 'Who signed a CRL or a response with a key that is not in the path, and those above them.',
    }),
    crls: z.array(der),
    ocspResponses: z.array(der),
  })
  .meta({
    id: 'Evidence',
    description: 'What the signer of a received package was judged by, at the moment of arrival.',
  })
