import type { z } from 'zod'
import { GatewayError } from '../base/index.ts'

/** What a shape gives. JSON knows no undefined: what is optional is absent or there, and the type says so. */
export type Parsed<S extends z.ZodType> = Present<z.output<S>>

type Present<T> = T extends string | number | boolean
  ? T
  : T extends readonly (infer E)[]
    ? Present<E>[]
    : T extends object
      ? { [K in keyof T]: Present<Exclude<T[K], undefined>> }
      : T

/**
 * `value` in the shape, with defaults filled in.
 * @param at JSON pointer of the value itself: '' for a body, `/query` for query parameters.
 * @throws {GatewayError} request-invalid: `field` is the JSON pointer of what is wrong
 */
export function parsed<S extends z.ZodType>(shape: S, value: unknown, at: string): Parsed<S> {
  const result = shape.safeParse(value)
  if (result.success) return result.data as Parsed<S>
  const issue = firstIssue(result.error.issues)
  if (issue === undefined) throw new GatewayError('request-invalid', 'the request has not the described shape')
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? ''
    throw new GatewayError('request-invalid', `${printable(key)} is not a known field`, {
      field: at + pointer([...issue.path, key]),
    })
  }
  const field = at + pointer(issue.path)
  throw new GatewayError('request-invalid', `${field === '' ? 'the body' : printable(field)}: ${issue.message}`, {
    field,
  })
}

/** An unknown key is named first: it is most often the misspelling that makes another field missing. */
function firstIssue(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  return issues.find((issue) => issue.code === 'unrecognized_keys') ?? issues[0]
}

/** RFC 6901 §3: `~` and `/` inside a name are escaped. */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}
