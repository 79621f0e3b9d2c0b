import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { GatewayError, silentLog, systemClock } from '../src/base/index.ts'
import { createEmbeddedAxis } from '../src/broker/index.ts'
import { makeConfig } from '../src/config.ts'
import { Gateway } from '../src/gateway.ts'
import { followEvents, openStore, type Store, type StorePlace } from '../src/store/index.ts'
import { ConsoleClient } from '../test/support/console-client.ts'
import { type PostgresPlace, postgresPlace } from '../test/support/postgres.ts'
import { type Figure, percentile, rounded } from './measure.ts'
import { requireServices } from './services.ts'
import { certs } from './toys.ts'

/** How fast the console answers on a million documents, over HTTP, on either database. */
export async function* benchDesk(quick: boolean): AsyncIterable<Figure> {
  const documents = quick ? 50_000 : 1_000_000
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-bench-desk-'))
  let server: PostgresPlace | undefined
  try {
    yield* measured('SQLite', { file: join(folder, 'desk.sqlite') }, documents, folder)
    requireServices()
    server = await postgresPlace()
    yield* measured('PostgreSQL', { url: server.url }, documents, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await server?.drop()
  }
}

/** Each is asked for so many times; what counts is the 95th percentile. */
const REPEATS = 20

const VIEWS = {
  'first view': ['/overview', '/series', '/series?by=partner', '/incidents'],
  lists: [
    '/documents?direction=out&limit=50',
    '/documents?direction=in&limit=50',
    '/agencies',
    '/incidents?by=certificate',
  ],
} as const

const SEARCHES = [
  'direction=out&text=777777',
  'direction=out&text=bao%20cao',
  'direction=in&text=quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh',
  'direction=out&text=ke%20hoach%20123',
  'direction=out&text=khtc%20nothing',
  'direction=out&text=bao%20cao&state=rejected',
  'direction=out&state=failed',
  'direction=out&state=unfinished&counterpart=H26',
  'direction=in&counterpart=G22&state=confirmed',
  'direction=in&state=waiting',
  'direction=out&lane=express&text=hop',
]

async function* measured(name: string, place: StorePlace, documents: number, folder: string): AsyncIterable<Figure> {
  const store = await openStore({ ...place, clock: systemClock, log: silentLog })
  for (let from = 0; from < documents; from += 50_000) await fill(store, from, Math.min(from + 50_000, documents))
  const begun = performance.now()
  while ((await followEvents(store, 'bench')) > 0);
  yield {
    name: `${name}: documents read for search`,
    value: rounded((documents * 1000) / (performance.now() - begun)),
    unit: '/s',
  }
  await store.transact((tx) => tx.run('ANALYZE'), { deadlineMs: 600_000 }).catch(passOver)
  await store.close()
  const gateway = await Gateway.start({
    config: configOf(place, folder),
    log: silentLog,
    axis: createEmbeddedAxis({ clock: systemClock, log: silentLog }),
  })
  try {
    const client = await ConsoleClient.administrator(() => gateway)
    const count = documents >= 1_000_000 ? `${documents / 1_000_000} million documents` : `${documents} documents`
    yield {
      name: `${name}: first view right after the start`,
      value: rounded(await slowest(client, VIEWS['first view'])),
      unit: 'ms',
    }
    for (const [what, paths] of Object.entries(VIEWS)) {
      const times: number[] = []
      for (let i = 0; i < REPEATS; i++) times.push(await slowest(client, paths))
      const aim = what === 'first view' ? { aim: '≤ 1000 ms' } : {}
      yield { name: `${name}, ${count}: ${what}, p95`, value: rounded(percentile(times, 95)), unit: 'ms', ...aim }
    }
    const times: number[] = []
    for (const query of SEARCHES) {
      const own: number[] = []
      for (let i = 0; i < REPEATS; i++) own.push(await slowest(client, [`/documents?${query}&limit=50`]))
      times.push(...own)
      yield { name: `${name}: ${decodeURIComponent(query)}, p95`, value: rounded(percentile(own, 95)), unit: 'ms' }
    }
    yield { name: `${name}, ${count}: search, p95`, value: rounded(percentile(times, 95)), unit: 'ms', aim: '≤ 500 ms' }
  } finally {
    await gateway.stop()
  }
}

/** A page asks for all at once, and is there when the last has come. */
async function slowest(client: ConsoleClient, paths: readonly string[]): Promise<number> {
  const begun = performance.now()
  await Promise.all(
    paths.map(async (path) => {
      const response = await client.fetch('GET', path)
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}`)
      await response.arrayBuffer()
    }),
  )
  return performance.now() - begun
}

/** SQLite has its statistics at once, PostgreSQL by itself, too; neither may be refused to a bench. */
function passOver(error: unknown): void {
  if (!(error instanceof GatewayError)) throw error
}

function configOf(place: StorePlace, folder: string): ReturnType<typeof makeConfig> {
  return makeConfig({
    http: { port: 0, requestsPerSecond: 100_000 },
    store: 'url' in place ? settingsOf(place.url, folder) : place,
    agencies: [
      {
        code: 'G02',
        keys: [{ privateKeyFile: join(certs, 'g02-p256.key'), certificateFile: join(certs, 'g02-p256.crt') }],
      },
    ],
    trust: { anchorsFiles: [join(certs, 'trust.pem')] },
    directoryFile: join(certs, 'directory.json'),
    log: { level: 'silent' },
    allowToyTrust: true,
  })
}

/** The configuration holds no password: it names a file. */
function settingsOf(address: string, folder: string): { url: string; passwordFile: string } {
  const url = new URL(address)
  const passwordFile = join(folder, 'postgres.pw')
  writeFileSync(passwordFile, decodeURIComponent(url.password), { mode: 0o600 })
  url.password = ''
  return { url: url.href, passwordFile }
}

const SUBJECTS = [
  'báo cáo tình hình thực hiện kế hoạch',
  'quyết định bổ nhiệm cán bộ',
  'mời họp giao ban',
  'hướng dẫn thi hành nghị định',
  'đề nghị cấp phép nhập khẩu',
  'xin ý kiến dự thảo thông tư',
  'kế hoạch thanh tra chuyên ngành',
  'phê duyệt dự toán ngân sách',
]

/** Documents as they are after months: half sent, half received, nearly all well. */
async function fill(store: Store, from: number, to: number): Promise<void> {
  const folded = (text: string): string =>
    text
      .normalize('NFD')
      .replace(/\p{M}+/gu, '')
      .replace(/[đĐ]/g, 'd')
      .toLowerCase()
  const cases = (texts: readonly string[]): string =>
    `CASE (i / 2) % ${texts.length} ${texts.map((text, k) => `WHEN ${k} THEN '${text}'`).join(' ')} END`
  const series = `(WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${to}) SELECT i FROM n) AS n`
  const id = `'01kb0000000000000' || substr(CAST(1000000000 + i AS TEXT), 2)`
  const at = Date.parse('2026-05-01T00:00:00Z')
  const time = `${at} + CAST(i AS BIGINT) * 17000`
  const run =
    (table: string, columns: Readonly<Record<string, string>>, where = '1 = 1') =>
    (tx: { run(text: string): Promise<number> }) =>
      tx.run(
        `INSERT INTO ${table} (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')} FROM ${series} WHERE ${where}`,
      )
  const partner = `CASE WHEN i % 10 < 7 THEN 'G22' WHEN i % 10 < 9 THEN 'H26' ELSE 'G12' END`
  const state = `CASE WHEN i % 100 = 0 THEN 'rejected' WHEN i % 100 = 2 THEN 'expired' WHEN i % 500 = 4 THEN 'accepted' WHEN i % 500 = 6 THEN 'held' ELSE 'received' END`
  const statements = [
    run('envelope', {
      id,
      owner: `'G02'`,
      direction: `CASE i % 2 WHEN 0 THEN 'out' ELSE 'in' END`,
      state: `'stored'`,
      form: `'document'`,
      operation: `'new'`,
      sender: `CASE i % 2 WHEN 0 THEN 'G02' ELSE ${partner} END`,
      document_id: `'000.00.00.G02,2026/11/20,' || CAST(i AS TEXT) || '/BCT-KHTC'`,
      sha256: `'s' || CAST(i AS TEXT)`,
      content_digest: `'c'`,
      octets: '3000',
      parts: '1',
      lane: `CASE WHEN i % 20 = 0 THEN 'express' ELSE 'ordinary' END`,
      code_number: 'CAST(i AS TEXT)',
      code_notation: `'BCT-KHTC'`,
      promulgation_date: `'2026/11/20'`,
      subject: `'V/v ' || ${cases(SUBJECTS)}`,
      search: `CAST(i AS TEXT) || '/bct-khtc v/v ' || ${cases(SUBJECTS.map(folded))} || ' 000.00.00.g02,2026/11/20,' || CAST(i AS TEXT) || ' bo cong thuong nguyen van an'`,
      message: `'{}'`,
      signed_digests: `'[]'`,
      signer: `'f' || CAST(i % 3 AS TEXT)`,
      stored_at: time,
    }),
    run(
      'delivery',
      {
        id,
        envelope: id,
        owner: `'G02'`,
        recipient: partner,
        kind: `'document'`,
        lane: `'ordinary'`,
        state,
        attempt: '1',
        deadline_at: `${time} + 86400000000`,
        last_error: `CASE ${state} WHEN 'held' THEN 'broker-unroutable' WHEN 'rejected' THEN 'certificate-expired' ELSE NULL END`,
        accepted_at: time,
        ended_at: `CASE ${state} WHEN 'accepted' THEN NULL ELSE ${time} END`,
        signer: `'f' || CAST(i % 3 AS TEXT)`,
      },
      'i % 2 = 0',
    ),
    run(
      'inbox',
      {
        envelope: id,
        agency: `'G02'`,
        state: `CASE WHEN i % 301 = 0 THEN 'waiting' ELSE 'confirmed' END`,
        arrived_at: time,
      },
      'i % 2 = 1',
    ),
    run('event', {
      id,
      seq: 'i + 1',
      agency: `'G02'`,
      envelope: id,
      counterpart: partner,
      type: `CASE i % 2 WHEN 0 THEN 'document-accepted' ELSE 'document-arrived' END`,
      at: time,
    }),
  ]
  await store.transact(
    async (tx) => {
      for (const statement of statements) await statement(tx)
    },
    { deadlineMs: 600_000 },
  )
}
