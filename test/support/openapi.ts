import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { openApiDocument } from '../../src/api/index.ts'
import { consoleOpenApiDocument } from '../../src/console/index.ts'

type Json = Readonly<Record<string, unknown>>

export interface DescribedOperation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly open: boolean
  /** Of the console: the right that the operation needs. */
  readonly right: string | undefined
  readonly parameters: readonly { readonly in: string; readonly name: string; readonly required?: boolean }[]
  readonly responses: Readonly<Record<string, Json>>
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** An OpenAPI document, to hold answers against. */
export interface Contract {
  /** Every operation that it describes. */
  readonly operations: readonly DescribedOperation[]
  /**
   * Holds one answer against the document: the status is described, the media type is, the body has the shape and no
   * member more, and a problem's code is one that the operation names.
   * @returns what is wrong; empty when all is as described. Addresses that are not described have nothing to break.
   */
  departures(method: string, url: string, status: number, contentType: string | null, body: Uint8Array): string[]
  /** Why `value` does not fit the schema at this place of the document. */
  errorsOf(steps: readonly string[], value: unknown): string[]
}

function contractOf(document: object): Contract {
  const description = document as { readonly paths: Readonly<Record<string, Json>> }
  const operations = operationsOf(description.paths)
  const validators = new Map<string, ValidateFunction>()
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv)
  ajv.addFormat('base64', (value) => Buffer.from(value, 'base64').toString('base64') === value)
  ajv.addSchema(closed(description) as object, 'https://api.test/openapi')

  const errorsOf = (steps: readonly string[], value: unknown): string[] => {
    const pointer = steps
      .map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
      .join('')
    const validate = validators.get(pointer) ?? ajv.compile({ $ref: `https://api.test/openapi#${pointer}` })
    validators.set(pointer, validate)
    if (validate(value) === true) return []
    return (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message ?? ''} ${JSON.stringify(e.params)}`)
  }

  const departures: Contract['departures'] = (method, url, status, contentType, body) => {
    const operation = operationAt(operations, method, new URL(url).pathname)
    const where = `${method} ${new URL(url).pathname} → ${status}`
    if (operation === undefined) {
      const expected = status === 404 || status === 405 || new URL(url).pathname.startsWith('/docs/')
      return expected ? [] : [`${where}: no such operation is described`]
    }
    const response = operation.responses[String(status)]
    if (response === undefined) return status === 405 ? [] : [`${where}: this status is not described`]
    if (status === 204 || status === 304 || method === 'HEAD')
      return body.length === 0 ? [] : [`${where}: there should be no body`]
    const mediaType = contentType?.split(';')[0]?.trim() ?? ''
    const content = (response['content'] ?? {}) as Readonly<Record<string, Json>>
    const described = mediaType in content ? mediaType : '*/*'
    if (!(described in content)) return [`${where}: the media type ${mediaType} is not described`]
    if (content[described]?.['schema'] === undefined) return []
    const value = JSON.parse(Buffer.from(body).toString('utf8')) as { code?: string }
    const at = ['responses', String(status), 'content', described, 'schema']
    const steps = ['paths', operation.path, operation.method.toLowerCase(), ...at]
    const problems = errorsOf(steps, value).map((error) => `${where}: ${error}`)
    const codes = response['x-codes'] as readonly string[] | undefined
    if (codes !== undefined && !codes.includes(value.code ?? ''))
      problems.push(`${where}: the code ${value.code} is not named`)
    return problems
  }
  return { operations, departures, errorsOf }
}

function operationsOf(paths: Readonly<Record<string, Json>>): DescribedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => {
      const operation = item[method] as Json
      return {
        id: String(operation['operationId']),
        method: method.toUpperCase(),
        path,
        open: Array.isArray(operation['security']) && operation['security'].length === 0,
        right: operation['x-right'] as string | undefined,
        parameters: (operation['parameters'] ?? []) as DescribedOperation['parameters'],
        responses: operation['responses'] as DescribedOperation['responses'],
      }
    }),
  )
}

/** The published document lets answers gain members; our own answers must describe every one. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed)
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]))
  const isObject = copy['type'] === 'object' && typeof copy['properties'] === 'object'
  return isObject && copy['additionalProperties'] === undefined ? { ...copy, additionalProperties: false } : copy
}

/** A written-out path wins over one with parameters, as in OpenAPI 3.1 §4.8.8.2. */
function operationAt(
  operations: readonly DescribedOperation[],
  method: string,
  pathname: string,
): DescribedOperation | undefined {
  const asked = method === 'HEAD' ? 'GET' : method
  const fitting = operations.filter(
    (operation) =>
      operation.method === asked && new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  )
  return fitting.sort((a, b) => a.parameters.length - b.parameters.length)[0]
}

/** The API of agencies' systems. */
const apiContract = contractOf(openApiDocument('test'))
export const describedOperations = apiContract.operations
export const departures: Contract['departures'] = (...answer) => apiContract.departures(...answer)
export const errorsOf: Contract['errorsOf'] = (...place) => apiContract.errorsOf(...place)

/** The API of the console. */
export const consoleContract = contractOf(consoleOpenApiDocument('test'))
