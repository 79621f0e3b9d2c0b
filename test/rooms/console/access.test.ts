import { expect } from 'chai'
import { limits } from '../../../src/base/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { ConsoleClient, PASSWORD } from '../../support/console-client.ts'
import { openWorld, type TestGateway } from '../../support/gateways.ts'

describe('access to the console', () => {
  const clock = new MovableClock()
  const world = openWorld({ clock })
  let g02: TestGateway
  let admin: ConsoleClient
  before(async () => {
    g02 = await world.start('G02')
    admin = await ConsoleClient.administrator(() => g02.gateway)
  })
  after(() => world.close())

  const stranger = (): ConsoleClient => new ConsoleClient(() => g02.gateway)

  it('makes an administrator at the first start only, with a password that must be changed', async () => {
    expect(await g02.gateway.firstAdministrator()).to.equal(undefined)
    const { body } = await admin.post('/users', { name: 'moi', grants: [{ role: 'viewer', agency: '*' }] })
    const fresh = stranger()
    const signedIn = await fresh.signIn('moi', String(body['oneTimePassword']))
    expect(signedIn.body['user']).to.include({ mustChangePassword: true })
    const early = await fresh.get('/users')
    expect([early.status, early.body['code']]).to.deep.equal([403, 'password-change-required'])
    const weak = await fresh.post('/session/password', { current: body['oneTimePassword'], next: 'matkhau123456' })
    expect([weak.status, weak.body['code'], weak.body['field']]).to.deep.equal([422, 'password-weak', '/next'])
    const changed = await fresh.post('/session/password', { current: body['oneTimePassword'], next: PASSWORD })
    expect(changed.body['user']).to.include({ mustChangePassword: false })
    expect((await stranger().signIn('moi', String(body['oneTimePassword']))).body['code']).to.equal('login-failed')
    expect((await stranger().signIn('moi', PASSWORD)).status).to.equal(200)
  })

  // threat: stolen-session
  it('gives a cookie that no script reads, no other site sends, and that says nothing', async () => {
    const client = stranger()
    const response = await client.fetch('POST', '/session', { name: 'admin', password: PASSWORD })
    const [cookie = ''] = response.headers.getSetCookie()
    expect(cookie).to.match(/^lienthong=[\w-]{43}; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/)
    const stored = await g02.gateway.store.read.all<{ id: string }>('SELECT id FROM session')
    const secret = cookie.split(/[=;]/)[1] ?? ''
    expect(stored.some(({ id }) => id.includes(secret) || secret.includes(id))).to.equal(false)
  })

  // threat: guessed-password
  it('answers an unknown name, a wrong password and a disabled user alike', async () => {
    const { body } = await admin.post('/users', { name: 'khoa', grants: [{ role: 'viewer', agency: '*' }] })
    const { id } = body['user'] as { id: string }
    await admin.ask('PUT', `/users/${id}`, { disabled: true })
    const answers = await Promise.all(
      [
        ['nobody', PASSWORD],
        ['admin', 'wrong wrong wrong'],
        ['khoa', String(body['oneTimePassword'])],
      ].map(async ([name = '', password = '']) => {
        const { status, body: problem } = await stranger().signIn(name, password)
        const { instance, ...rest } = problem
        return [status, JSON.stringify(rest), typeof instance]
      }),
    )
    expect(new Set(answers.map((answer) => answer.join()))).to.have.length(1)
    expect(answers[0]?.[0]).to.equal(401)
  })

  // threat: guessed-password
  it('lets nobody guess fast: under one name, and says how long to wait', async () => {
    const { body } = await admin.post('/users', { name: 'doan', grants: [{ role: 'viewer', agency: '*' }] })
    const right = String(body['oneTimePassword'])
    for (let i = 0; i < limits.loginTries; i++) expect((await stranger().signIn('doan', 'x')).status).to.equal(401)
    const throttled = await stranger().signIn('doan', right)
    expect([throttled.status, throttled.body['code']]).to.deep.equal([429, 'login-throttled'])
    expect(Number(throttled.headers.get('retry-after'))).to.be.within(1, limits.loginWaitMs / 1000)
    await clock.advance(limits.loginWaitMs + 1)
    expect((await stranger().signIn('doan', 'x')).status).to.equal(401)
    await clock.advance(limits.loginWaitMs + 1)
    expect((await stranger().signIn('doan', right)).status, 'the second wait is longer').to.equal(429)
    await clock.advance(limits.loginWaitMs)
    expect((await stranger().signIn('doan', right)).status).to.equal(200)
  })

  it('counts guesses that come at once as guesses', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => stranger().signIn('dongloat', 'x')))
    expect(answers.filter(({ status }) => status === 401)).to.have.length(limits.loginTries)
    expect(answers.filter(({ status }) => status === 429)).to.have.length(20 - limits.loginTries)
  })

  // threat: foreign-click
  it('changes nothing for another site: neither without the token nor by the word of the browser', async () => {
    const attempts: [string, Record<string, string>][] = [
      ['no token', { 'X-Lienthong-Csrf': '' }],
      ['a token of nobody', { 'X-Lienthong-Csrf': 'x'.repeat(43) }],
      ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
      ['another host of this site', { 'Sec-Fetch-Site': 'same-site' }],
      ['another origin', { Origin: 'https://evil.example' }],
      ['an origin that is none', { Origin: 'null' }],
    ]
    for (const [what, headers] of attempts) {
      const { status, body } = await admin.post('/users', { name: 'mallory', grants: [] }, headers)
      expect([status, body['code']], what).to.deep.equal([403, 'cross-site-request'])
    }
    const login = await stranger().post('/session', { name: 'admin', password: PASSWORD }, { 'X-Lienthong-Csrf': '' })
    expect(login.body['code']).to.equal('cross-site-request')
    expect((await admin.get('/session', { 'Sec-Fetch-Site': 'cross-site' })).body['code']).to.equal(
      'cross-site-request',
    )
    const own = { 'Sec-Fetch-Site': 'same-origin', Origin: g02.gateway.url }
    const { status } = await admin.post('/users', { name: 'mallory', grants: [{ role: 'viewer', agency: '*' }] }, own)
    expect(status).to.equal(201)
  })

  // threat: stolen-session
  it('ends a session that is idle, that is old, that is signed out, and those of a user who is reset or disabled', async () => {
    const idle = stranger()
    await idle.signIn('admin', PASSWORD)
    await clock.advance(limits.sessionIdleMs - 1000)
    expect((await idle.get('/session')).status).to.equal(200)
    await clock.advance(limits.sessionIdleMs - 1000)
    expect((await idle.get('/session')).status, 'busy sessions live on').to.equal(200)
    await clock.advance(limits.sessionIdleMs + 1)
    expect((await idle.get('/session')).body['code']).to.equal('session-required')

    const deserted = stranger()
    await deserted.signIn('admin', PASSWORD)
    for (const headers of [{ 'X-Lienthong-Unattended': 'true' }, { Accept: 'text/event-stream' }]) {
      await clock.advance(limits.sessionIdleMs / 2 - 1000)
      expect((await deserted.get('/session', headers)).status).to.equal(200)
    }
    await clock.advance(3000)
    expect((await deserted.get('/session')).status, 'a page that nobody touches').to.equal(401)

    const old = stranger()
    await old.signIn('admin', PASSWORD)
    for (let passed = 0; passed < limits.sessionMs - limits.sessionIdleMs; passed += limits.sessionIdleMs / 2) {
      await clock.advance(limits.sessionIdleMs / 2)
      expect((await old.get('/session')).status).to.equal(200)
    }
    await clock.advance(limits.sessionIdleMs)
    expect((await old.get('/session')).status, 'however busy').to.equal(401)

    await admin.signIn('admin', PASSWORD)
    const out = stranger()
    await out.signIn('admin', PASSWORD)
    const { cookie } = out
    expect((await out.ask('DELETE', '/session')).status).to.equal(204)
    out.cookie = cookie
    expect((await out.get('/session')).status).to.equal(401)

    const an = await admin.colleague('an', { role: 'viewer', agency: '*' })
    const { user } = (await an.get('/session')).body as { user: { id: string } }
    await admin.post(`/users/${user.id}/reset`)
    expect((await an.get('/session')).status).to.equal(401)
  })

  it('always leaves somebody who can manage users', async () => {
    const { user } = (await admin.get('/session')).body as { user: { id: string } }
    for (const change of [{ disabled: true }, { grants: [{ role: 'administrator', agency: 'G02' }] }]) {
      const { status, body } = await admin.ask('PUT', `/users/${user.id}`, change)
      expect([status, body['code']]).to.deep.equal([409, 'last-administrator'])
    }
    expect((await admin.get('/users')).status).to.equal(200)
  })

  it('tells the audit who came in and who changed whom, and no password', async () => {
    const rows = await g02.gateway.store.read.all<{ actor: string; action: string; detail: string }>(
      'SELECT actor, action, detail FROM audit',
    )
    const told = rows.map(({ actor, action }) => `${actor} ${action}`)
    expect(told).to.include.members([
      'gateway user-created',
      'user:admin user-created',
      'user:an signed-in',
      'user:admin user-disabled',
    ])
    expect(told).to.include('gateway login-throttled')
    expect(JSON.stringify(rows)).not.to.contain(PASSWORD)
  })

  // threat: foreign-click
  it('serves pages under a policy that lets nothing in', async () => {
    const page = await fetch(`${g02.gateway.url}/console`, { redirect: 'manual' })
    expect([page.status, page.headers.get('location')]).to.deep.equal([308, '/console/'])
    for (const path of ['/console/api/', '/console/api/nothing', '/console/%2e%2e/README.md', '/console/a.js']) {
      const { status } = await fetch(`${g02.gateway.url}${path}`)
      expect(status, path).to.equal(404)
    }
  })
})
