import { GatewayError, giveBack } from '../base/index.ts'
import type { EnvelopeId } from '../message/index.ts'
import type { ContentSpan } from '../signature/index.ts'
import type { Sql } from './sql.ts'

/** Chunk `seq` of an envelope. Adding it again changes nothing: a redelivered part is the part that is there. */
export async function add(tx: Sql, envelope: EnvelopeId, seq: number, bytes: Uint8Array): Promise<boolean> {
  const text = 'INSERT INTO content (envelope, seq, bytes) VALUES (?, ?, ?) ON CONFLICT (envelope, seq) DO NOTHING'
  return (await tx.run(text, [envelope, seq, bytes])) === 1
}

export async function chunk(sql: Sql, envelope: EnvelopeId, seq: number): Promise<Uint8Array | undefined> {
  const text = 'SELECT bytes FROM content WHERE envelope = ? AND seq = ?'
  return (await sql.get<{ bytes: Uint8Array }>(text, [envelope, seq]))?.bytes
}

/**
 * The chunks from `from` up to, not including, `end`: one at a time, but the two of a small package at once.
 * @throws {GatewayError} internal: one is missing
 */
export async function* chunks(sql: Sql, envelope: EnvelopeId, from: number, end: number): AsyncGenerator<Uint8Array> {
  if (end - from === 2) {
    const both = await Promise.all([chunk(sql, envelope, from), chunk(sql, envelope, from + 1)])
    for (const [i, bytes] of both.entries()) {
      if (bytes === undefined) throw new GatewayError('internal', `chunk ${from + i} is missing`, { envelope })
      yield bytes
    }
    return
  }
  for (let seq = from; seq < end; seq++) {
    const bytes = await chunk(sql, envelope, seq)
    if (bytes === undefined) throw new GatewayError('internal', `chunk ${seq} is missing`, { envelope, seq })
    yield bytes
  }
}

/** The package byte for byte as it was signed. */
export async function* readEnvelope(sql: Sql, envelope: EnvelopeId): AsyncGenerator<Uint8Array> {
  const row = await sql.get<{ parts: number }>('SELECT parts FROM envelope WHERE id = ?', [envelope])
  if (row === undefined) throw new GatewayError('not-found', 'no such envelope', { envelope })
  yield* chunks(sql, envelope, 0, row.parts)
}

/**
 * Bytes `start` up to, not including, `end` of an attachment, decoded as they are read: one chunk in memory at a time.
 * Reading begins at the last chunk in which a group of four base64 characters starts at or before `start`.
 */
export async function* readAttachment(
  sql: Sql,
  envelope: EnvelopeId,
  n: number,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  const row = await sql.get<{ spans: string }>('SELECT spans FROM attachment WHERE envelope = ? AND n = ?', [
    envelope,
    n,
  ])
  if (row === undefined) throw new GatewayError('not-found', 'no such attachment', { envelope, n })
  const spans = JSON.parse(row.spans) as ContentSpan[]
  let carry = ''
  let offset = -1 // decoded offset of what comes next; -1 before the first whole group
  for (const [i, span] of spans.entries()) {
    const next = spans[i + 1]
    if (offset < 0 && next !== undefined && firstWholeGroup(next) <= start) continue
    const bytes = await chunk(sql, envelope, span.chunk)
    if (bytes === undefined) throw new GatewayError('internal', `chunk ${span.chunk} is missing`, { envelope })
    let skip = 0
    if (offset < 0) {
      offset = firstWholeGroup(span)
      skip = (4 - (span.charactersBefore % 4)) % 4
    }
    for (let from = span.start; from < span.end && offset < end; from += SLICE) {
      const written = base64Text(bytes, from, Math.min(from + SLICE, span.end))
      const text = carry + written.slice(skip)
      skip = Math.max(0, skip - written.length)
      const whole = text.length - (text.length % 4)
      carry = text.slice(whole)
      const decoded = Buffer.from(text.slice(0, whole), 'base64')
      const piece = decoded.subarray(Math.max(0, start - offset), Math.max(0, end - offset))
      if (piece.length > 0) yield piece
      offset += decoded.length
    }
    giveBack(bytes)
    if (offset >= end) return
  }
}

/** Octets decoded at once: short texts are collected soon. */
const SLICE = 48 * 1024

/** The decoded offset of the first group of four that begins inside this span. */
function firstWholeGroup(span: ContentSpan): number {
  return Math.ceil(span.charactersBefore / 4) * 3
}

function base64Text(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
  return /\s/.test(text) ? text.replace(/\s+/g, '') : text
}

/** Takes back one chunk. */
export async function removeChunk(tx: Sql, envelope: EnvelopeId, seq: number): Promise<void> {
  await tx.run('DELETE FROM content WHERE envelope = ? AND seq = ?', [envelope, seq])
}

/** Gives the bytes back; digests and records stay. */
export async function remove(tx: Sql, envelope: EnvelopeId): Promise<void> {
  await tx.run('DELETE FROM content WHERE envelope = ?', [envelope])
}
