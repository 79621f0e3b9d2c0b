import { z } from 'zod'
import { agencyCode, describe, operationsOf } from '../http/index.ts'
import * as documentOperations from './document-operations.ts'
import * as gatewayOperations from './gateway-operations.ts'
import * as inboxOperations from './inbox-operations.ts'
import { tags } from './operation.ts'

/** Every operation the API serves. */
export const operations = operationsOf([documentOperations, inboxOperations, gatewayOperations], tags)

/** The OpenAPI 3.1 document of the API; equal calls give equal documents. */
export function openApiDocument(version: string): object {
  const agency = agencyCode.optional()
  return describe({
    title: 'Lienthong · API liên thông văn bản',
    introduction: INTRODUCTION,
    version,
    tags,
    operations,
    security: {
      apiKey: { type: 'http', scheme: 'bearer', description: 'Khóa API: `Authorization: Bearer <API key>`.' },
    },
    identityHeader: z.object({
      'X-Agency': agency.meta({
        description: 'The agency this request acts for; needed only when the key serves several.',
      }),
    }),
    identityQuery: z.object({
      agency: agency.meta({ description: 'The same as X-Agency, where a header cannot be set.' }),
    }),
  })
}

const INTRODUCTION = `Cổng liên thông văn bản của cơ quan: gửi, nhận, theo dõi văn bản điện tử đã ký theo QCVN 102:2016.

The gateway through which an agency's document system exchanges signed official documents with other agencies.

* **Keys.** Send \`Authorization: Bearer <API key>\`. A key that serves several agencies says for which it acts now: header \`X-Agency\` or query \`agency\`. What belongs to another agency does not exist for you: 404.
* **Errors** are RFC 9457 problem documents with a stable \`code\`, the \`field\`, and a \`remedy\` in Vietnamese and English. \`retry\` says whether to repeat the request. \`Accept-Language: en\` turns \`title\` into English.
* **Names** of fields are those of QCVN 102:2016 in camel case, its misspellings kept. Codes of agencies have the short form of QĐ 20/2020 (\`G02\`).
* **Two kinds of state.** A *transport state* tells how far a delivery is; a *processing status* (01 … 16) tells what the recipient does with the document.
* **Lists** are read with \`limit\` and \`cursor\`: give \`next\` of one page as \`cursor\` of the following one.`
