import { idsFrom } from '../src/base/index.ts'
import type { Side, StoreKind } from '../test/support/sides.ts'

/**
 * Puts documents that ended long ago into the store of a side whose gateways are stopped, by single statements: as if each
 * had been sent (or received), receipted and told. Every table that grows with the documents grows.
 * @param from how many are there already
 * @param to how many are there afterwards
 * @param octets of the content of each
 */
export async function fill(side: Side, store: StoreKind, from: number, to: number, octets = 100): Promise<void> {
  for (let at = from; at < to; at += BATCH) await fillBatch(side, store, [at, Math.min(to, at + BATCH)], octets)
  await side.ask('ANALYZE') // as either database does in time
}

const BATCH = 100_000

async function fillBatch(
  side: Side,
  store: StoreKind,
  [from, to]: readonly [number, number],
  octets: number,
): Promise<void> {
  const words = store === 'SQLite' ? sqlite : postgresql
  const series = words.series(from, to)
  const at = Date.now() - 86_400_000
  const prefix = idsFrom(new Date(at))
  const id = (kind: number): string => `'${prefix}' || CAST(${kind}000000000000000 + i AS TEXT)`
  const out = side.code === 'G02'
  const [own, other] = out ? ['G02', 'G22'] : ['G22', 'G02']
  const sender = out ? own : other
  const documentId = `'000.00.00.G02,2026/11/20,' || CAST(i AS TEXT) || '/CU-KHTC'`
  const insert = (table: string, columns: Readonly<Record<string, string>>): Promise<object[]> =>
    side.ask(
      `INSERT INTO ${table} (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')} FROM ${series}`,
    )
  const envelope = (kind: number, columns: Readonly<Record<string, string>>): Promise<object[]> =>
    insert('envelope', {
      id: id(kind),
      owner: `'${own}'`,
      state: `'stored'`,
      document_id: documentId,
      sha256: words.random,
      content_digest: words.random,
      octets: String(octets),
      parts: '1',
      message: json(words.text(400)),
      signed_digests: json(words.text(200)),
      signer: words.text(64),
      signing_time: String(at),
      stored_at: String(at),
      ...columns,
    })

  await side.ask('BEGIN')
  await envelope(1, {
    direction: out ? `'out'` : `'in'`,
    form: `'document'`,
    operation: `'new'`,
    sender: `'${sender}'`,
    lane: `'ordinary'`,
    code_number: 'CAST(i AS TEXT)',
    subject: `'V/v báo cáo số ' || CAST(i AS TEXT)`,
    search: `'v/v bao cao so ' || CAST(i AS TEXT)`,
  })
  await envelope(2, {
    direction: out ? `'in'` : `'out'`,
    form: `'status'`,
    operation: `'status:01'`,
    sender: `'${other === sender ? own : other}'`,
    lane: `'status'`,
    ...(out ? {} : { answers: id(1) }),
  })
  for (const kind of [1, 2]) await insert('content', { envelope: id(kind), seq: '0', bytes: words.octets(octets) })
  await insert('attachment', {
    envelope: id(1),
    n: '1',
    content_id: id(1),
    name: `'Công văn.pdf'`,
    content_type: `'application/pdf'`,
    sha256: words.random,
    octets: '2000',
    spans: `'[]'`,
  })
  // the document's own at the sender, the receipt's at the recipient
  await insert('delivery', {
    id: id(out ? 1 : 2),
    envelope: id(out ? 1 : 2),
    owner: `'${own}'`,
    recipient: `'${other}'`,
    kind: out ? `'document'` : `'receipt'`,
    lane: out ? `'ordinary'` : `'status'`,
    state: out ? `'received'` : `'sent'`,
    attempt: '1',
    deadline_at: String(at + 3_600_000),
    accepted_at: String(at),
    sent_at: String(at),
    ended_at: String(at),
  })
  await insert('attempt', { delivery: id(out ? 1 : 2), n: '1', at: String(at), signer: words.text(64) })
  await insert('status', {
    envelope: id(2),
    agency: `'${own}'`,
    direction: out ? `'in'` : `'out'`,
    counterpart: `'${other}'`,
    document: id(1),
    document_id: documentId,
    code: `'01'`,
    reported_at: `'2026/11/20 09:00:00'`,
    recorded_at: String(at),
    answers_sha256: words.random,
    answers_digests: `'[]'`,
    applied_at: String(at),
  })
  if (out)
    await insert('submission', {
      agency: `'${own}'`,
      idempotency_key: id(1),
      request_digest: words.random,
      envelope: id(1),
      created_at: String(at),
    })
  else
    await insert('inbox', {
      envelope: id(1),
      agency: `'${own}'`,
      state: `'confirmed'`,
      arrived_at: String(at),
      confirmed_at: String(at),
    })
  await insert('repeat_key', {
    recipient: `'${own}'`,
    sender: `'${other}'`,
    document_id: documentId,
    operation: out ? `'status:01'` : `'new'`,
    content_digest: words.random,
    envelope: id(out ? 2 : 1),
    verdict: `'received'`,
    at: String(at),
  })
  for (const kind of [1, 2, 3])
    await insert('event', {
      id: id(kind),
      seq: `-3 * i - ${kind}`, // below all that are given
      agency: `'${own}'`,
      envelope: id(1),
      counterpart: `'${other}'`,
      type: `'document-accepted'`,
      at: String(at),
    })
  for (const kind of [1, 2])
    await insert('audit', {
      id: id(kind),
      seq: `-2 * i - ${kind}`,
      at: String(at),
      actor: `'bench'`,
      action: `'document-accepted'`,
      subject: id(1),
      detail_digest: words.random,
      prev: words.random,
      hash: words.random,
    })
  await side.ask('COMMIT')
}

/** A text as JSON. */
const json = (text: string): string => `'"' || ${text} || '"'`

interface Words {
  /** Rows with a column `i`: from, not including, up to. */
  series(from: number, to: number): string
  /** 64 hexadecimal digits, by chance. */
  readonly random: string
  text(length: number): string
  octets(length: number): string
}

const sqlite: Words = {
  series: (from, to) =>
    `(WITH RECURSIVE n (i) AS (SELECT ${from + 1} UNION ALL SELECT i + 1 FROM n WHERE i < ${to}) SELECT i FROM n)`,
  random: 'lower(hex(randomblob(32)))',
  text: (length) => `substr(hex(randomblob(16)) || '${'x'.repeat(length)}', 1, ${length})`,
  octets: (length) => `randomblob(${length})`,
}

const postgresql: Words = {
  series: (from, to) => `generate_series(${from + 1}, ${to}) AS n (i)`,
  random: 'md5(random()::text) || md5(random()::text)',
  text: (length) => `rpad(md5(random()::text), ${length}, 'x')`,
  octets: (length) => `convert_to(rpad(md5(random()::text), ${length}, 'x'), 'UTF8')`,
}

/** Puts so many documents of 2 KB into the outbox of a sender whose gateways are stopped; none of them was tried yet. */
export async function fillOutbox(side: Side, store: StoreKind, count: number): Promise<void> {
  await fill(side, store, 0, count, 2_000)
  const now = Date.now()
  await side.ask(
    `UPDATE delivery SET state = 'accepted', attempt = 0, sent_at = NULL, ended_at = NULL, accepted_at = ${now}, next_attempt_at = ${now},
       deadline_at = ${now + 86_400_000}`,
  )
  await side.ask('DELETE FROM attempt')
  await side.ask('ANALYZE')
}
