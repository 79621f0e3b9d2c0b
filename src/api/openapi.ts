import { z } from 'zod'
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiParameters,
  type ZodOpenApiPathsObject,
} from 'zod-openapi'
import { type FailureCode, failures } from '../base/index.ts'
import { agencyCode } from './common-shapes.ts'
import * as documentOperations from './document-operations.ts'
import * as gatewayOperations from './gateway-operations.ts'
import { problemShape } from './gateway-shapes.ts'
import * as inboxOperations from './inbox-operations.ts'
import { type Answer, type AnyOperation, tags } from './operation.ts'

/** Every operation the API serves. */
export const operations: readonly AnyOperation[] = [documentOperations, inboxOperations, gatewayOperations]
  .flatMap((room) => Object.values(room) as unknown[])
  .filter(isOperation)
  .sort((a, b) => compare(tagOrder(a), tagOrder(b)) || compare(a.path, b.path) || compare(a.method, b.method))

/** The OpenAPI 3.1 document of the API; equal calls give equal documents. */
export function openApiDocument(version: string): object {
  return createDocument(
    {
      openapi: '3.1.0',
      info: { title: 'Lienthong · API liên thông văn bản', version, description: INTRODUCTION },
      servers: [{ url: '/' }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      security: [{ apiKey: [] }],
      paths: paths(),
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'Khóa API: `Authorization: Bearer <API key>`.' },
        },
      },
    },
    {
      override: ({ jsonSchema, io }) => {
        if (jsonSchema.format === 'date' || jsonSchema.format === 'date-time') delete jsonSchema.pattern
        // what is answered may gain fields: a reader ignores those it does not know
        if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      },
    },
  )
}

const INTRODUCTION = `Cổng liên thông văn bản của cơ quan: gửi, nhận, theo dõi văn bản điện tử đã ký theo QCVN 102:2016.

The gateway through which an agency's document system exchanges signed official documents with other agencies.

* **Keys.** Send \`Authorization: Bearer <API key>\`. A key that serves several agencies says for which it acts now: header \`X-Agency\` or query \`agency\`. What belongs to another agency does not exist for you: 404.
* **Errors** are RFC 9457 problem documents with a stable \`code\`, the \`field\`, and a \`remedy\` in Vietnamese and English. \`retry\` says whether to repeat the request. \`Accept-Language: en\` turns \`title\` into English.
* **Names** of fields are those of QCVN 102:2016 in camel case, its misspellings kept. Codes of agencies have the short form of QĐ 20/2020 (\`G02\`).
* **Two kinds of state.** A *transport state* tells how far a delivery is; a *processing status* (01 … 16) tells what the recipient does with the document.
* **Lists** are read with \`limit\` and \`cursor\`: give \`next\` of one page as \`cursor\` of the following one.`

/** Named errors that any operation may answer. */
const EVERYWHERE: readonly FailureCode[] = ['request-invalid', 'store-unavailable', 'stopping', 'internal']
const WITH_KEY: readonly FailureCode[] = ['unauthenticated', 'forbidden']

function paths(): ZodOpenApiPathsObject {
  const all: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const operation of operations) {
    const path = all[operation.path] ?? {}
    path[operation.method] = described(operation)
    all[operation.path] = path
  }
  return all
}

function described(operation: AnyOperation): ZodOpenApiOperationObject {
  const open = operation.access === 'open'
  const { body } = operation
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: operation.description,
    ...(open ? { security: [] } : {}),
    requestParams: requestParams(operation),
    ...(operation.parameters === undefined ? {} : { parameters: operation.parameters as never }),
    ...(operation.requestBody === undefined ? {} : { requestBody: operation.requestBody as never }),
    ...(body instanceof z.ZodUndefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: { ...answers(operation), ...problems(operation) } as ZodOpenApiOperationObject['responses'],
  }
}

/** Beside the operation's own: for which agency a client acts. */
function requestParams({ access, params, query }: AnyOperation): ZodOpenApiParameters {
  const path = isEmpty(params) ? {} : { path: params as z.ZodObject }
  if (access === 'open') return isEmpty(query) ? path : { ...path, query: query as z.ZodObject }
  const agency = agencyCode.optional()
  return {
    ...path,
    header: z.object({
      'X-Agency': agency.meta({
        description: 'The agency this request acts for; needed only when the key serves several.',
      }),
    }),
    query: (query as z.ZodObject).extend({
      agency: agency.meta({ description: 'The same as X-Agency, where a header cannot be set.' }),
    }),
  }
}

function answers({ answers }: AnyOperation): Record<string, object> {
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer)]))
}

function response({ description, shape, mediaTypes, headers }: Answer): object {
  const media = shape !== undefined ? { 'application/json': { schema: shape } } : undefined
  const binary = mediaTypes && Object.fromEntries(mediaTypes.map((type) => [type, {}]))
  return {
    description,
    headers: Object.fromEntries(
      Object.entries({ ...headers, 'X-Request-Id': 'The id of this request, for the log.' }).map(([name, text]) => [
        name,
        { description: text, schema: { type: 'string' } },
      ]),
    ),
    ...(media === undefined && binary === undefined ? {} : { content: media ?? binary }),
  }
}

/** One answer per HTTP status, naming every code that it may carry. */
function problems(operation: AnyOperation): Record<string, object> {
  const codes = new Set([...operation.failures, ...EVERYWHERE, ...(operation.access === 'open' ? [] : WITH_KEY)])
  const byStatus = Map.groupBy([...codes].sort(), (code) => String(failures[code].http))
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => operation.answers[status] === undefined)
      .map(([status, named]) => [
        status,
        {
          description: named.map((code) => `\`${code}\` ${failures[code].vi} ${failures[code].en}`).join('\n\n'),
          content: { 'application/problem+json': { schema: problemShape } },
          'x-codes': named,
        },
      ]),
  )
}

function tagOrder({ tag }: AnyOperation): number {
  return Object.keys(tags).indexOf(tag)
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isEmpty(shape: z.ZodType): boolean {
  return shape instanceof z.ZodObject && Object.keys(shape.shape).length === 0
}

function isOperation(value: unknown): value is AnyOperation {
  return typeof value === 'object' && value !== null && 'answers' in value && 'failures' in value
}
