import { expect } from 'chai'
import { limits, silentLog, systemClock, timeOrderedIds } from '../../../src/base/index.ts'
import { JobRunner } from '../../../src/console/job-runner.ts'
import { audit, desk, openStore, sequenceAudit } from '../../../src/store/index.ts'
import { ConsoleClient } from '../../support/console-client.ts'
import { openWorld, type TestGateway } from '../../support/gateways.ts'
import { numbered, textFile } from '../../support/letters.ts'

type Json = Record<string, unknown>

describe('commands and jobs of the console', () => {
  const world = openWorld()
  let g02: TestGateway
  let admin: ConsoleClient
  let delivery: string
  let document: string

  before(async () => {
    world.axis.provision('H26' as never)
    g02 = await world.start('G02')
    admin = await ConsoleClient.administrator(() => g02.gateway)
    const change = { to: ['H26'], subject: '=HYPERLINK("http://evil.example")' }
    document = (await g02.as('G02').submit(numbered(9, change), [textFile('y')])).body.id
    await world.until('sent', async () => (await state()) === 'sent')
    delivery = String((await deliveryOf())['id'])
  })
  after(() => world.close())

  async function deliveryOf(): Promise<Json> {
    const { body } = await admin.get(`/documents/${document}`)
    return (body['deliveries'] as Json[])[0] ?? {}
  }
  const state = async (): Promise<unknown> => (await deliveryOf())['state']
  const order = (commandId: string, command: string, change: object = {}): Json => ({
    commandId: commandId.padEnd(20, '0'),
    command,
    reason: 'bên nhận báo bảo trì',
    targets: { deliveries: [delivery] },
    ...change,
  })

  /** Rows like those of the document, so many; `own` are the expressions that differ, by the number `i`. */
  async function copies(table: string, of: string, count: number, own: Record<string, string>): Promise<void> {
    const { store } = g02.gateway
    const found = await store.read.all<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`)
    const columns = found.map(({ name }) => name)
    await store.transact((tx) =>
      tx.run(
        `INSERT INTO ${table} (${columns.join()}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         SELECT ${columns.map((column) => own[column] ?? column).join()} FROM ${table}, n
         WHERE ${table === 'envelope' ? 'id' : 'envelope'} = ?`,
        [count, of],
      ),
    )
  }

  it('says beforehand what would happen, and changes nothing by it', async () => {
    const { body } = await admin.post('/commands/preview', { command: 'hold', targets: { deliveries: [delivery] } })
    expect(body).to.deep.include({ total: 1, changes: 1, leftOut: [] })
    expect((body['effects'] as Json[])[0]).to.deep.include({ id: delivery, from: 'sent', to: 'held' })
    expect(await state()).to.equal('sent')
    const { body: refused } = await admin.post('/commands/preview', {
      command: 'release',
      targets: { deliveries: [delivery] },
    })
    expect(refused).to.include({ total: 1, changes: 0 })
    expect((refused['leftOut'] as Json[])[0]?.['count']).to.equal(1)
  })

  // threat: careless-operator
  it('is done once, however often it is clicked, and audited with user and reason', async () => {
    const clicks = await Promise.all(Array.from({ length: 5 }, () => admin.post('/commands', order('hold-1', 'hold'))))
    expect(clicks.map(({ status, body }) => [status, body['state'], body['changed']])).to.deep.equal(
      Array.from({ length: 5 }, () => [200, 'done', 1]),
    )
    expect(await state()).to.equal('held')
    const { body } = await admin.get(`/audit?action=delivery-held`)
    const entries = body['items'] as Json[]
    expect(entries).to.have.length(1)
    expect(entries[0]).to.include({ actor: 'user:admin' })
    expect(JSON.stringify(entries[0]?.['detail'])).to.contain('bên nhận báo bảo trì')
    const other = await admin.post('/commands', order('hold-1', 'release'))
    expect(other.body['code']).to.equal('command-id-reused')
    const job = await admin.get(`/jobs/${'hold-1'.padEnd(20, '0')}`)
    expect(job.body).to.include({ kind: 'command', command: 'hold', by: 'user:admin' })
  })

  it('is done to a group of failures, and the same again although the group is gone', async () => {
    const { body } = await admin.get('/incidents')
    const [group] = body['items'] as Json[]
    expect(group).to.deep.include({ states: { held: 1 } })
    const release = order('release-1', 'release', { targets: { group: group?.['group'] } })
    const first = await admin.post('/commands', release)
    expect(first.body).to.include({ state: 'done', changed: 1 })
    expect((await admin.post('/commands', release)).body).to.deep.equal(first.body)
    const late = await admin.post('/commands', order('release-2', 'release', { targets: release['targets'] }))
    expect([late.status, late.body['code']]).to.deep.equal([404, 'incident-gone'])
  })

  it('leaves out what another command has changed since one looked, and says so', async () => {
    await world.until('sent', async () => (await state()) === 'sent')
    const looked = async () => {
      const asked = { command: 'hold', targets: { deliveries: [delivery] } }
      return (await admin.post('/commands/preview', asked)).body['at']
    }
    const [an, binh] = [await looked(), await looked()]
    const first = await admin.post('/commands', order('hold-an', 'hold', { seenAt: an }))
    expect(first.body).to.include({ state: 'done', changed: 1 })
    await admin.post('/commands', order('release-an', 'release'))
    await world.until('sent again', async () => (await state()) === 'sent')
    const second = await admin.post('/commands', order('hold-binh', 'hold', { seenAt: binh }))
    expect(second.body).to.include({ state: 'done', changed: 0 })
    expect(second.body['leftOut']).to.have.length(1)
    const third = await admin.post('/commands', order('hold-cuong', 'hold', { seenAt: await looked() }))
    expect(third.body).to.include({ changed: 1 })
    await admin.post('/commands', order('release-cuong', 'release'))
  })

  it('pauses a partner, which the pages show, and lets it go on', async () => {
    await admin.post('/commands', order('pause-1', 'pause', { targets: { partner: 'H26' } }))
    const paused = (await admin.get('/agencies/H26')).body
    expect(paused['state']).to.include({ state: 'paused', by: 'user:admin', reason: 'bên nhận báo bảo trì' })
    expect(paused['commands']).to.deep.equal(['resume'])
    await admin.post('/commands', order('resume-1', 'resume', { targets: { partner: 'H26' } }))
    expect((await admin.get('/agencies/H26')).body['state']).to.deep.equal({ state: 'open' })
  })

  it('refuses a command that fits no such thing, and one without a reason', async () => {
    for (const wrong of [
      order('wrong-1', 'hold', { targets: { partner: 'H26' } }),
      order('wrong-2', 'pause'),
      order('wrong-3', 'hold', { reason: ' ' }),
      order('x', 'hold', { commandId: 'short' }),
    ])
      expect((await admin.post('/commands', wrong)).body['code']).to.equal('request-invalid')
  })

  // threat: injection
  it('exports what was found as a file that survives a restart of the gateway, and calculates nothing', async () => {
    const asked = { jobId: 'export-1'.padEnd(20, '0'), kind: 'documents', filters: { direction: 'out' } }
    expect((await admin.post('/exports', asked)).status).to.equal(202)
    await g02.restart()
    expect((await admin.post('/exports', asked)).status, 'the same again is the same job').to.equal(202)
    const job = await world.until('the export', async () => {
      const { body } = await admin.get(`/jobs/${asked.jobId}`)
      return body['state'] === 'done' ? body : undefined
    })
    expect(job).to.deep.include({ done: 1, total: 1 })
    const file = await admin.fetch('GET', `/jobs/${asked.jobId}/file`)
    const bytes = Buffer.from(await file.arrayBuffer())
    expect(bytes.subarray(0, 3).toString('hex')).to.equal('efbbbf')
    const [head, line] = bytes.toString('utf8').slice(1).split('\r\n')
    expect(head).to.match(/^"Số\/ký hiệu","Trích yếu"/)
    expect(line).to.match(/^"9\/BCT-KHTC","'=HYPERLINK\(""http/)
    const other = await admin.colleague('khac', { role: 'viewer', agency: '*' })
    expect((await other.get(`/jobs/${asked.jobId}/file`)).status).to.equal(404)
    expect(((await other.get('/jobs')).body['items'] as Json[]).length).to.equal(0)
  })

  it('exports every recipient of a document, and the time as a clock in Vietnam shows it', async () => {
    const { id } = (await g02.as('G02').submit(numbered(10, { to: ['H26'] }), [textFile('y')])).body
    await copies('delivery', id, 9, { id: `substr(id, 1, 22) || printf('%04d', i)`, recipient: `'X' || i` })
    const asked = { jobId: 'export-2'.padEnd(20, '0'), kind: 'documents', filters: { direction: 'out' } }
    await admin.post('/exports', asked)
    await world.until('the export', async () => (await admin.get(`/jobs/${asked.jobId}`)).body['state'] === 'done')
    const text = await (await admin.fetch('GET', `/jobs/${asked.jobId}/file`)).text()
    const line = text.split('\r\n').find((one) => one.includes(id)) ?? ''
    for (let i = 1; i < 10; i++) expect(line).to.include(`X${i} `)
    const stored = new Date(String((await admin.get(`/documents/${id}`)).body['storedAt']))
    const [shown = ''] = /"\d{4}-\d\d-\d\dT[\d:]{8}\+07:00"/.exec(line) ?? []
    expect(Date.parse(shown.slice(1, -1))).to.equal(Math.floor(stored.getTime() / 1000) * 1000)
  })

  // threat: careless-operator
  it('is done to what a large group shows, and not to what failed before that', async () => {
    const now = g02.gateway.store.clock.now().getTime()
    const DAY = 24 * 60 * 60 * 1000
    const numbered = (column: string): string => `substr(${column}, 1, 22) || printf('%04d', i)`
    await copies('envelope', document, limits.commandItems + 1, {
      id: numbered('id'),
      document_id: `document_id || i`,
      sha256: 'sha256 || i',
    })
    const ended = `CASE i WHEN 1 THEN ${now - 20 * DAY} ELSE ${now - DAY} END`
    await copies('delivery', document, limits.commandItems + 1, {
      ...{ id: numbered('id'), envelope: numbered('envelope'), state: `'expired'`, last_error: `'deadline-passed'` },
      ...{ ended_at: ended, next_attempt_at: 'NULL', lease_until: '0' },
    })
    const { body } = await admin.get('/incidents?days=7')
    const group = (body['items'] as Json[]).find(({ cause }) => (cause as Json)['code'] === 'deadline-passed')
    expect(group?.['count']).to.deep.equal({ value: limits.commandItems, exact: true })
    const targets = { group: group?.['group'] }
    const preview = (await admin.post('/commands/preview', { command: 'resend', targets })).body
    expect(preview).to.include({ total: limits.commandItems })
  })

  it('checks the chain of the audit, and says where it is broken', async () => {
    const check = async (): Promise<Json> => {
      const { body } = await admin.post('/audit/chain')
      return world.until('the check', async () => {
        const { body: chain } = await admin.get('/audit/chain')
        return chain['job'] === body['id'] && chain['state'] !== 'checking' ? chain : undefined
      })
    }
    expect(await check()).to.include({ state: 'intact' })
    await g02.gateway.store.transact((tx) => tx.run(`UPDATE audit SET actor = 'somebody' WHERE seq = 1`))
    expect(await check()).to.include({ state: 'broken', brokenAt: 1 })
    const begun = await Promise.all(Array.from({ length: 3 }, () => admin.post('/audit/chain')))
    expect(new Set(begun.map(({ body }) => body['id'])), 'one walk at a time').to.have.length(1)
    await admin.post(`/jobs/${String(begun[0]?.body['id'])}/cancel`)
    const { store } = g02.gateway
    await store.transact((tx) => desk.sweepJobs(tx, new Date(store.clock.now().getTime() + limits.jobKeptMs)))
    expect((await admin.get('/audit/chain')).body, 'it is not mended by being forgotten').to.include({
      state: 'broken',
    })
  })

  it('checks a long chain step by step, which a restart does not lose, and whoever asked may end', async () => {
    const rows = limits.sequenceRows * (limits.jobPages + 1)
    const { directory } = g02.gateway
    const store = await openStore({ file: ':memory:', clock: systemClock, log: silentLog })
    const runner = (): JobRunner =>
      new JobRunner({
        store,
        directory,
        clock: systemClock,
        ids: timeOrderedIds(systemClock),
        log: silentLog,
        auditCertificates: () => [],
      })
    try {
      const ids = timeOrderedIds(systemClock)
      const entry = { actor: 'user:an', action: 'signed-in', subject: 'an', detail: {} }
      await store.transact(async (tx) => {
        for (let n = 0; n < rows; n++) await audit.record(tx, entry, ids, systemClock)
      })
      while ((await sequenceAudit(store)) > 0);
      const ask = (id: string) =>
        store.transact((tx) =>
          desk.addJob(tx, { id, kind: 'audit-check', actor: 'user:an', params: '{}', at: systemClock.now() }),
        )
      await ask('first')
      await runner().runOnce()
      const half = await desk.findJob(store.read, 'first')
      expect(half).to.include({ state: 'running', done: limits.sequenceRows * limits.jobPages })
      const another = runner() // as after a restart: it goes on where the first came to
      await another.runOnce()
      const whole = await desk.findJob(store.read, 'first')
      expect(JSON.parse(whole?.result ?? '')).to.include({ rows })
      expect(whole).to.include({ state: 'done', done: rows })

      await ask('second')
      await another.runOnce()
      await store.transact((tx) => desk.cancelJob(tx, 'second', systemClock.now()))
      expect(await another.runOnce()).to.equal(false)
      expect(await desk.findJob(store.read, 'second')).to.include({ state: 'cancelled' })
    } finally {
      await store.close()
    }
  })
})
