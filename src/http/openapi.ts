import { z } from 'zod'
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiParameters,
  type ZodOpenApiPathsObject,
  type ZodOpenApiSecuritySchemeObject,
} from 'zod-openapi'
import { type FailureCode, failures } from '../base/index.ts'
import type { Answer, AnyOperation } from './operation.ts'
import { problemShape } from './problem-shape.ts'

/** A door, as its OpenAPI document introduces it. */
export interface Description {
  readonly title: string
  readonly introduction: string
  readonly version: string
  /** Name of a tag → what is behind it; in the order in which they are shown. */
  readonly tags: Readonly<Record<string, string>>
  readonly operations: readonly AnyOperation[]
  /** How callers show who they are, for every operation that is not open. */
  readonly security: Readonly<Record<string, ZodOpenApiSecuritySchemeObject>>
  /** Named errors of every operation that is not open; by default those of a key. */
  readonly refusals?: readonly FailureCode[]
  /** Parameters of every operation that is not open. */
  readonly identityHeader?: z.ZodObject
  readonly identityQuery?: z.ZodObject
}

/** The OpenAPI 3.1 document of a door; equal calls give equal documents. */
export function describe(door: Description): object {
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: { title: door.title, version: door.version, description: door.introduction },
      servers: [{ url: '/' }],
      tags: Object.entries(door.tags).map(([name, description]) => ({ name, description })),
      security: Object.keys(door.security).map((name) => ({ [name]: [] })),
      paths: paths(door),
      components: { securitySchemes: { ...door.security } },
    },
    {
      override: ({ jsonSchema, io }) => {
        if (jsonSchema.format === 'date' || jsonSchema.format === 'date-time') delete jsonSchema.pattern
        // what is answered may gain fields: a reader ignores those it does not know
        if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      },
    },
  )
  return withoutClosedReferences(document) as object
}

/** Beside a `$ref` that has a description of its own, zod writes `additionalProperties: false`, which would forbid every member. */
function withoutClosedReferences(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutClosedReferences)
  if (typeof node !== 'object' || node === null) return node
  const members = Object.entries(node).filter(([name]) => !('$ref' in node && name === 'additionalProperties'))
  return Object.fromEntries(members.map(([name, value]) => [name, withoutClosedReferences(value)]))
}

/** The operations among the exports of these modules, in the order of their tags and paths. */
export function operationsOf(modules: readonly object[], tags: Description['tags']): readonly AnyOperation[] {
  const order = ({ tag }: AnyOperation): number => Object.keys(tags).indexOf(tag)
  return modules
    .flatMap((room) => Object.values(room) as unknown[])
    .filter(isOperation)
    .sort((a, b) => compare(order(a), order(b)) || compare(a.path, b.path) || compare(a.method, b.method))
}

/** Named errors that any operation may answer. */
const EVERYWHERE: readonly FailureCode[] = [
  'request-invalid',
  'request-too-large',
  'too-many-requests',
  'store-unavailable',
  'stopping',
  'internal',
]
const WITH_A_BODY: readonly FailureCode[] = ['request-too-slow']
const WITH_A_KEY: readonly FailureCode[] = ['unauthenticated', 'forbidden']

function paths(door: Description): ZodOpenApiPathsObject {
  const all: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const operation of door.operations) {
    const path = all[operation.path] ?? {}
    path[operation.method] = described(operation, door)
    all[operation.path] = path
  }
  return all
}

function described(operation: AnyOperation, door: Description): ZodOpenApiOperationObject {
  const open = operation.access === 'open'
  const { body } = operation
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: operation.description,
    ...(open ? { security: [] } : {}),
    ...(door.refusals === undefined ? {} : { 'x-right': operation.access }),
    requestParams: requestParams(operation, door),
    ...(operation.parameters === undefined ? {} : { parameters: operation.parameters as never }),
    ...(operation.requestBody === undefined ? {} : { requestBody: operation.requestBody as never }),
    ...(body instanceof z.ZodUndefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      ...answers(operation),
      ...problems(operation, door.refusals ?? WITH_A_KEY),
    } as ZodOpenApiOperationObject['responses'],
  }
}

/** The operation's own, and those by which a caller says who he is. */
function requestParams({ access, params, query }: AnyOperation, door: Description): ZodOpenApiParameters {
  const known = access !== 'open'
  const given = known && door.identityQuery ? (query as z.ZodObject).extend(door.identityQuery.shape) : query
  return {
    ...(isEmpty(params) ? {} : { path: params as z.ZodObject }),
    ...(known && door.identityHeader ? { header: door.identityHeader } : {}),
    ...(isEmpty(given) ? {} : { query: given as z.ZodObject }),
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
function problems(operation: AnyOperation, refusals: readonly FailureCode[]): Record<string, object> {
  const hasBody = operation.requestBody !== undefined || !(operation.body instanceof z.ZodUndefined)
  const codes = new Set([
    ...operation.failures,
    ...EVERYWHERE,
    ...(hasBody ? WITH_A_BODY : []),
    ...(operation.access === 'open' ? [] : refusals),
  ])
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

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isEmpty(shape: z.ZodType): boolean {
  return shape instanceof z.ZodObject && Object.keys(shape.shape).length === 0
}

function isOperation(value: unknown): value is AnyOperation {
  return typeof value === 'object' && value !== null && 'answers' in value && 'failures' in value
}
