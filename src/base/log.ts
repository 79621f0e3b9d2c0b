import { type Logger, pino } from 'pino'
import { messageOf } from './errors.ts'

export type Log = Logger

/**
 * The log: one JSON object a line. *error* = someone must act now; *warn* = it will be retried; *info* = a document
 * moved. A fixed message and fields apart; values from partners are fields, never part of the message. Fields named
 * like a key, a token or document text are blanked at any depth; octets become their number.
 */
export function createLog(level: string, destination?: { write(line: string): void }): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { log: redactedFields },
      redact: { paths: [...SECRETS, ...DOCUMENT_TEXT], censor: '[redacted]' },
      serializers: { err: describeError },
    },
    ...(destination === undefined ? [] : [destination]),
  )
}

/** For tests and for commands that speak for themselves. */
export const silentLog: Log = pino({ level: 'silent' })

/** Compared in lower case without `-` and `_`, so that `X-API-Key` and `apiKey` are one. */
const REDACTED =
  /^(key|cookie|setcookie|authorization|subject|content|body)$|(apikey|password|passphrase|secret|token|privatekey|privatekeypem)$/
/** pino passes the fields of a child log by our formatter: these names are blanked there, at the outermost level. */
const SECRETS = ['key', 'apiKey', 'password', 'secret', 'token', 'privateKey', 'authorization', 'cookie']
const DOCUMENT_TEXT = ['subject', 'content', 'body']
const DEPTH = 8

function redactedFields(fields: object): Record<string, unknown> {
  return redactedEntries(fields, 0)
}

function redactedEntries(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      REDACTED.test(name.toLowerCase().replaceAll(/[-_]/g, '')) ? '[redacted]' : redacted(value, depth + 1),
    ]),
  )
}

function redacted(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} octets]`
  if (depth > DEPTH) return '[too deep]'
  if (value instanceof Error) return describeError(value, depth)
  if (Array.isArray(value)) return value.map((item: unknown) => redacted(item, depth + 1))
  if (value instanceof Map) return redactedEntries(Object.fromEntries<unknown>(value as Map<string, unknown>), depth)
  return redactedEntries(value, depth)
}

/** An error with its code, its detail and its causes. What was described already comes through unchanged. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? error : { message: messageOf(error) }
  const { code, detail } = error as { code?: unknown; detail?: unknown }
  return {
    name: error.name,
    code,
    detail: redacted(detail, depth + 1),
    message: error.message,
    stack: error.stack,
    cause: error.cause === undefined || depth > DEPTH ? undefined : describeError(error.cause, depth + 1),
  }
}
