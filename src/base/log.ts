import { type Logger, pino } from 'pino'

export type Log = Logger

/** What must never reach a log line, wherever it turns up: keys, tokens, document text. */
const REDACTED = [
  'key',
  'apiKey',
  'password',
  'secret',
  'token',
  'privateKey',
  'authorization',
  'cookie',
  'subject',
  'content',
  'body',
]

/**
 * The log: one JSON object a line. *error* = someone must act now; *warn* = it will be retried; *info* = a document
 * moved. A fixed message and fields apart; values from partners are fields, never part of the message.
 */
export function createLog(level: string, destination?: { write(line: string): void }): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
      serializers: { err: describeError },
    },
    ...(destination === undefined ? [] : [destination]),
  )
}

/** For tests and for commands that speak for themselves. */
export const silentLog: Log = pino({ level: 'silent' })

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code, detail } = error as { code?: unknown; detail?: unknown }
  return {
    name: error.name,
    code,
    detail,
    message: error.message,
    stack: error.stack,
    cause: error.cause === undefined ? undefined : describeError(error.cause),
  }
}
