import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import { GatewayError } from '../base/index.ts'
import { contentDisposition } from './content-disposition.ts'

/** A stored file, ready to be read from any offset. */
export interface Download {
  readonly name: string
  /** Already one that no browser would run, unless we wrote the file ourselves. */
  readonly contentType: string
  /** Hex; the ETag, since equal digests are equal bytes. */
  readonly sha256: string
  readonly octets: number
  /** Bytes `start` up to, not including, `end`; absent when only the whole can be read. */
  readonly range?: (start: number, end: number) => AsyncIterable<Uint8Array>
  readonly whole: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/**
 * Answers with the file, a range of it (RFC 9110 §14), or 304. Always as an attachment, never to be shown or run by a
 * browser in our origin.
 * @throws {GatewayError} range-not-satisfiable
 */
export async function send(request: Request, response: Response, file: Download): Promise<void> {
  const etag = `"${file.sha256}"`
  response.set({
    ETag: etag,
    'Cache-Control': 'private, no-cache',
    'Accept-Ranges': file.range === undefined ? 'none' : 'bytes',
  })
  if (matches(request.get('if-none-match'), etag)) {
    response.status(304).end()
    return
  }
  const range = file.range === undefined ? undefined : askedRange(request, etag, file.octets)
  if (range === 'unsatisfiable') {
    response.set('Content-Range', `bytes */${file.octets}`)
    throw new GatewayError('range-not-satisfiable', `the file has ${file.octets} octets`, {
      field: '/headers/range',
      expected: `bytes=0-${file.octets - 1}`,
    })
  }
  const { start, end } = range ?? { start: 0, end: file.octets }
  response.setHeader('Content-Type', file.contentType) // Express would add a charset that nobody promised
  response.set({
    'Content-Length': String(end - start),
    'Content-Disposition': contentDisposition(file.name),
    'Content-Security-Policy': "default-src 'none'; sandbox",
  })
  if (range !== undefined) response.status(206).set('Content-Range', `bytes ${start}-${end - 1}/${file.octets}`)
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  const bytes = range === undefined || file.range === undefined ? file.whole() : file.range(start, end)
  await pipeline(Readable.from(bytes, { objectMode: false }), response).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error
  })
}

/** RFC 9110 §13.1.2, weak comparison. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}

/**
 * The one range asked for. A range that is malformed, one of several, asked with another method than GET, or bound by
 * If-Range to another state of the file is no range at all (RFC 9110 §14.2, §13.1.5).
 */
function askedRange(
  request: Request,
  etag: string,
  octets: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const header = request.get('range')
  if (header === undefined || request.method !== 'GET') return undefined
  const condition = request.get('if-range')
  if (condition !== undefined && condition !== etag) return undefined
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header.trim()) ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    const length = Math.min(Number(last), octets)
    return length === 0 ? 'unsatisfiable' : { start: octets - length, end: octets }
  }
  const start = Number(first)
  const end = last === '' ? octets : Math.min(Number(last) + 1, octets)
  if (last !== '' && Number(last) < start) return undefined
  return start >= octets ? 'unsatisfiable' : { start, end }
}
