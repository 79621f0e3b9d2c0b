import { expect } from 'chai'
import { changePassword, createUser, findUser, login, resetPassword } from '../../../src/access/index.ts'
import { forgetTries, noteTry } from '../../../src/access/throttle.ts'
import { codeOf, limits, silentLog, timeOrderedIds } from '../../../src/base/index.ts'
import { openStore, type Sql, type Store } from '../../../src/store/index.ts'
import { MovableClock } from '../../support/clock.ts'

const HERE = '10.0.0.1'
const ELSEWHERE = '10.0.0.2'

describe('guessing passwords', () => {
  const clock = new MovableClock()
  const ids = timeOrderedIds(clock)
  let store: Store
  before(async () => {
    store = await openStore({ file: ':memory:', clock, log: silentLog })
  })
  after(() => store.close())

  const outcome = (work: Promise<unknown>): Promise<string> => work.then(() => 'let in', codeOf)
  const knocks = (name: string, address: string): Promise<string> =>
    outcome(noteTry(store, clock, ids, { name, address }))
  const newUser = (name: string) =>
    createUser({ store, clock, ids, actor: 'gateway' }, { name, grants: [{ role: 'viewer', agency: '*' }] })

  // threat: guessed-password
  it('keeps nobody out elsewhere by knocking here after being told to wait', async () => {
    for (let i = 0; i < limits.loginTries; i++) expect(await knocks('an', HERE)).to.equal('let in')
    for (let i = 0; i < 2 * limits.loginTriesOfName; i++) expect(await knocks('an', HERE)).to.equal('login-throttled')
    expect(await knocks('an', ELSEWHERE)).to.equal('let in')
    expect(await knocks('binh', HERE), 'nor others here').to.equal('let in')
  })

  it('lets a whole office sign in from one address, and still counts who guesses from there', async () => {
    const address = '10.0.0.3'
    for (let i = 0; i < 2 * limits.loginTriesOfAddress; i++) {
      expect(await knocks(`user${i}`, address)).to.equal('let in')
      await store.transact((tx) => forgetTries(tx, { name: `user${i}`, address }))
    }
    for (let i = 0; i < limits.loginTriesOfAddress; i++) expect(await knocks(`guess${i}`, address)).to.equal('let in')
    expect(await knocks('one-more', address)).to.equal('login-throttled')
  })

  // threat: stolen-session
  it('lets nobody in by a password that was reset while it was looked at', async () => {
    const { user, oneTimePassword } = await newUser('cham')
    let units = 0
    const slow = {
      read: store.read,
      transact: async (work: (tx: Sql) => Promise<unknown>) => {
        // the first unit counts the try, the second begins the session
        if (++units === 2) await resetPassword({ store, clock, ids, actor: 'user:admin' }, user.id)
        return store.transact(work)
      },
    } as unknown as Store
    const given = { name: 'cham', password: oneTimePassword, address: ELSEWHERE }
    expect(await outcome(login({ store: slow, clock, ids }, given))).to.equal('login-failed')
    expect(await store.read.all('SELECT id FROM session WHERE person = ?', [user.id])).to.deep.equal([])
  })

  // threat: stolen-session
  it('lets who has found a session open guess the present password no faster than at the door', async () => {
    const { user, oneTimePassword } = await newUser('dung')
    const change = (current: string) =>
      outcome(
        changePassword({ store, clock, ids }, user, {
          ...{ current, next: 'thử nghiệm dài', session: 'none', address: ELSEWHERE },
        }),
      )
    for (let i = 0; i < limits.loginTries; i++) expect(await change('wrong')).to.equal('login-failed')
    expect(await change(oneTimePassword)).to.equal('login-throttled')
    await clock.advance(limits.loginWaitMs + 1)
    expect(await change(oneTimePassword)).to.equal('let in')
    expect(await findUser(store.read, user.id)).to.include({ mustChangePassword: false })
  })
})
