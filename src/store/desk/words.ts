import { limits } from '../../base/index.ts'
import type { EnvelopeId } from '../../message/index.ts'
import { marks } from '../marks.ts'
import { folded } from '../search-text.ts'
import type { Sql, SqlValue } from '../sql.ts'

/**
 * Which documents hold which words: an inverted index in two ordinary tables, the same on both databases. Documents are
 * counted as they come; the numbers of a word's documents lie together by thousands, so that a common word costs
 * two octets a document, and reading begins with the newest.
 */
export interface DocumentWords {
  readonly envelope: EnvelopeId
  /** Folded text, as `searchText` makes it. */
  readonly search: string
}

/** Adds documents, unless they are there. */
export async function addDocuments(tx: Sql, documents: readonly DocumentWords[]): Promise<void> {
  const wanted = new Map(documents.map(({ envelope, search }) => [envelope, search]))
  for (const ids of pieces([...wanted.keys()], 500))
    for (const { envelope } of await tx.all<{ envelope: EnvelopeId }>(
      `SELECT envelope FROM search_document WHERE envelope IN (${marks(ids)})`,
      ids,
    ))
      wanted.delete(envelope)
  if (wanted.size === 0) return
  const last = await tx.get<{ n: number }>('SELECT COALESCE(MAX(n), -1) AS n FROM search_document')
  const numbered = [...wanted].map(([envelope, search], i) => ({ n: (last?.n ?? -1) + 1 + i, envelope, search }))
  await insertMany(
    tx,
    'search_document (n, envelope)',
    numbered.map(({ n, envelope }) => [n, envelope]),
  )
  for (const [bucket, those] of Map.groupBy(numbered, ({ n }) => Math.floor(n / limits.searchBucket)))
    await addToBucket(tx, bucket, those)
}

async function addToBucket(
  tx: Sql,
  bucket: number,
  documents: readonly { n: number; search: string }[],
): Promise<void> {
  const fresh = new Map<string, number[]>()
  for (const { n, search } of documents)
    for (const word of wordsOf(search).slice(0, limits.searchWordsPerDocument)) {
      const docs = fresh.get(word)
      if (docs === undefined) fresh.set(word, [n % limits.searchBucket])
      else docs.push(n % limits.searchBucket)
    }
  const known = new Map<string, Uint8Array>()
  for (const words of pieces([...fresh.keys()], 500))
    for (const { word, docs } of await tx.all<{ word: string; docs: Uint8Array }>(
      `SELECT word, docs FROM search_word WHERE bucket = ? AND word IN (${marks(words)})`,
      [bucket, ...words],
    ))
      known.set(word, docs)
  const rows = [...fresh].map(([word, docs]): SqlValue[] => [word, bucket, packed(known.get(word), docs)])
  await insertMany(
    tx,
    'search_word (word, bucket, docs)',
    rows,
    'ON CONFLICT (word, bucket) DO UPDATE SET docs = excluded.docs',
  )
}

/** A document that was found, and its place in the order. */
export interface Found {
  readonly n: number
  readonly envelope: EnvelopeId
}

/**
 * Documents in which each word of the text begins some word, newest first, in pieces. Words of one or two letters must
 * be there as they are.
 * @param before Only documents numbered below.
 */
export async function* find(sql: Sql, text: string, before?: number): AsyncGenerator<readonly Found[]> {
  const words = wordsOf(folded(text)).slice(0, 10)
  const last = await sql.get<{ n: number }>('SELECT COALESCE(MAX(n), -1) AS n FROM search_document')
  const end = Math.min(before ?? Number.MAX_SAFE_INTEGER, (last?.n ?? -1) + 1)
  if (words.length === 0) return
  let high = Math.floor((end - 1) / limits.searchBucket)
  for (let size = 2; high >= 0; size = Math.min(size * 4, 256)) {
    const low = Math.max(0, high - size + 1)
    const numbers = (await numbersWith(sql, words, low, high)).filter((n) => n < end)
    for (const piece of pieces(numbers, 500)) yield await envelopesOf(sql, piece)
    high = low - 1
  }
}

/** The numbers in these buckets that have every word, highest first. A word that most likely is rare is looked at first. */
async function numbersWith(sql: Sql, words: readonly string[], low: number, high: number): Promise<number[]> {
  /** For each bucket, how many of the words each document has, as far as it had all before. */
  const buckets = new Map<number, Uint8Array>()
  for (const [k, word] of words.toSorted((a, b) => rarity(b) - rarity(a)).entries()) {
    for (const { bucket, docs } of await postings(sql, word, low, high)) {
      if (k === 0 && !buckets.has(bucket)) buckets.set(bucket, new Uint8Array(limits.searchBucket))
      const seen = buckets.get(bucket)
      if (seen === undefined) continue
      for (let i = 0; i + 1 < docs.length; i += 2) {
        const offset = (docs[i] ?? 0) | ((docs[i + 1] ?? 0) << 8)
        if (seen[offset] === k) seen[offset] = k + 1
      }
    }
    if (buckets.size === 0) return []
  }
  const numbers: number[] = []
  for (let bucket = high; bucket >= low; bucket--) {
    const seen = buckets.get(bucket)
    for (let offset = limits.searchBucket - 1; seen !== undefined && offset >= 0; offset--)
      if (seen[offset] === words.length) numbers.push(bucket * limits.searchBucket + offset)
  }
  return numbers
}

/** Numbers are rare, long words rarer than short ones. */
function rarity(word: string): number {
  return word.length + (/\d{3}/.test(word) ? 10 : 0)
}

function postings(sql: Sql, word: string, low: number, high: number): Promise<{ bucket: number; docs: Uint8Array }[]> {
  const begins = [...word].length > 2
  return sql.all(
    begins
      ? 'SELECT bucket, docs FROM search_word WHERE word >= ? AND word < ? AND bucket BETWEEN ? AND ?'
      : 'SELECT bucket, docs FROM search_word WHERE word = ? AND bucket BETWEEN ? AND ?',
    begins ? [word, `${word}\u{10ffff}`, low, high] : [word, low, high],
  )
}

async function envelopesOf(sql: Sql, numbers: readonly number[]): Promise<Found[]> {
  const rows = await sql.all<Found>(`SELECT n, envelope FROM search_document WHERE n IN (${marks(numbers)})`, numbers)
  return rows.sort((a, b) => b.n - a.n)
}

/** Letters and digits, each word once; a letter that the cut would halve goes: two halves would be written alike. */
function wordsOf(text: string): string[] {
  const words = text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
  return [...new Set(words.map((word) => word.slice(0, limits.searchWordCharacters).replace(/[\ud800-\udbff]$/, '')))]
}

function packed(before: Uint8Array | undefined, docs: readonly number[]): Uint8Array {
  const bytes = new Uint8Array((before?.length ?? 0) + docs.length * 2)
  if (before !== undefined) bytes.set(before)
  docs.forEach((offset, i) => {
    bytes.set([offset & 0xff, offset >> 8], (before?.length ?? 0) + i * 2)
  })
  return bytes
}

async function insertMany(tx: Sql, into: string, rows: readonly SqlValue[][], conflict = ''): Promise<void> {
  await Promise.all(
    pieces(rows, 100).map((piece) => {
      const values = piece.map((row) => `(${marks(row)})`).join(', ')
      return tx.run(`INSERT INTO ${into} VALUES ${values} ${conflict}`, piece.flat())
    }),
  )
}

function pieces<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}
