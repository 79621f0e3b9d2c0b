import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { timeOrderedIds } from '../../src/base/index.ts'
import { Directory, enterAgencies } from '../../src/directory/index.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import { notices } from '../../src/store/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, numbered, textFile } from '../support/letters.ts'
import { hours, later, withSweeps } from '../support/moving-on.ts'
import { type Fresh, issue } from '../support/pki.ts'

const DAY = hours(24)

interface Key {
  readonly privateKeyFile: string
  readonly certificateFile: string
  readonly from?: string
}

describe('a new signing key', () => {
  let clock: MovableClock
  let world: World
  let ministry: TestGateway
  let office: TestGateway
  let keys: Key[]
  let number = 7500
  let old: Fresh
  let next: Fresh

  before(async () => {
    old = await issue({ notAfter: new Date('2027-02-20T00:00:00Z') })
    next = await issue({ notBefore: new Date('2026-11-01T00:00:00Z'), notAfter: new Date('2030-01-01T00:00:00Z') })
  })
  beforeEach(async () => {
    clock = new MovableClock('2026-11-20T02:00:00Z')
    world = openWorld({ clock, settings: ([code]) => (code === 'G02' ? { agencies: [{ code, keys }] } : {}) })
    keys = [write(world.folder, 'old', old)]
    ministry = await world.start('G02')
    office = await world.start('G22')
    for (const gateway of [ministry, office]) await know(gateway, [old])
  })
  afterEach(() => world.close())

  it('signs from the day that was set for it, without a restart, and nothing that was under way is lost', async () => {
    const before = await ministry.as('G02').submit(letter(), [textFile('ký bằng khóa cũ')])
    expect(before.status, JSON.stringify(before.body)).to.equal(202)
    await know(office, [old, next]) // the partner enters it ahead of need
    await know(ministry, [old, next])
    keys = [...keys, { ...write(world.folder, 'next', next), from: '2026-11-25' }]
    await ministry.gateway.renewKeys()
    expect(await signerOf(await sent())).to.equal(old.certificate.fingerprint)
    await later(world, clock, 6 * DAY)
    expect(await signerOf(await sent())).to.equal(next.certificate.fingerprint)
    expect(await signerOf(before.body.id)).to.equal(old.certificate.fingerprint)
  })

  it('is taken over by upkeep within a minute when only its files change', async () => {
    await know(office, [old, next])
    write(world.folder, 'old', next)
    await later(world, clock, 61_000)
    await world.until('the new key', async () => (await signerOf(await sent())) === next.certificate.fingerprint)
  })

  it('that cannot be used changes nothing, and is told once until it is right', async () => {
    writeFileSync(join(world.folder, 'old.key'), 'half a fi')
    for (let i = 0; i < 3; i++) await ministry.gateway.renewKeys()
    const told = await notices.open(ministry.gateway.store.read, 'keys-not-exchanged')
    expect(told.map(({ data }) => data['code'])).to.deep.equal(['key-unusable'])
    expect(await signerOf(await sent())).to.equal(old.certificate.fingerprint)
    write(world.folder, 'old', old)
    await ministry.gateway.renewKeys()
    expect(await notices.open(ministry.gateway.store.read, 'keys-not-exchanged')).to.deep.equal([])
  })

  it('is asked for 90, 30, 14, 7 and 1 days ahead, each once, by ourselves and by our partner', async () => {
    const steps = [
      [88, 90],
      [60, 90],
      [29, 30],
      [13, 14],
      [6.5, 7],
      [0.9, 1],
      [0.5, 1],
      [-1, 0],
    ] as const // days left, told
    for (const [days, threshold] of steps) {
      clock.set(new Date(old.certificate.notAfter.getTime() - days * DAY).toISOString())
      await later(world, clock, 61_000)
      for (const gateway of [ministry, office])
        await world.until(
          `the threshold of ${threshold} days`,
          withSweeps(clock, async () => {
            const open = await notices.open(gateway.gateway.store.read, 'certificate-expiring')
            return open.length === 1 && open[0]?.level === threshold
          }),
        )
      if (days === 13) await ministry.restart()
    }
    for (const [gateway, ours] of [
      [ministry, true],
      [office, false],
    ] as const) {
      const rows = await gateway.gateway.store.read.all<{ data: string }>(
        `SELECT data FROM event WHERE type = 'certificate-expiring' ORDER BY id`,
      )
      const told = rows.map((row) => JSON.parse(row.data) as Record<string, unknown>)
      expect(told.map(({ days }) => days)).to.deep.equal([90, 30, 14, 7, 1, 0])
      expect(told.map((one) => [one['fingerprint'], one['ours']])).to.deep.equal(
        told.map(() => [old.certificate.fingerprint, ours]),
      )
    }
  })

  /** Enters the certificates of G02 by hand, as an operator does. */
  async function know({ gateway }: TestGateway, certificates: readonly Fresh[]): Promise<void> {
    const { store } = gateway
    const present = (await Directory.load(store)).find('G02')
    if (present === undefined) throw new Error('the toy directory has G02')
    const bound = certificates.map(({ certificate: { fingerprint, notBefore, notAfter }, certificatePem }) => {
      return { fingerprint, notBefore, notAfter, pem: certificatePem.slice(0, certificatePem.indexOf('END CERT') + 21) }
    })
    const deps = { store, clock, ids: timeOrderedIds(clock) }
    await enterAgencies(deps, [{ ...present, code: 'G02' as AgencyCode, certificates: bound }], 'test')
    await gateway.directory.reload()
  }

  /** A letter that arrived and was receipted. */
  async function sent(): Promise<string> {
    const { status, body } = await ministry.as('G02').submit(numbered(++number), [textFile('nội dung')])
    expect(status, JSON.stringify(body)).to.equal(202)
    await world.until('its receipt', async () => {
      const { deliveries } = await ministry.as('G02').document(body.id)
      return deliveries?.[0]?.state === 'received'
    })
    return body.id
  }

  async function signerOf(id: string): Promise<string | undefined> {
    const row = await ministry.gateway.store.read.get<{ signer: string }>('SELECT signer FROM envelope WHERE id = ?', [
      id,
    ])
    return row?.signer
  }
})

function write(folder: string, name: string, { privateKeyPem, certificatePem }: Fresh): Key {
  const [privateKeyFile, certificateFile] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
  writeFileSync(privateKeyFile, privateKeyPem)
  writeFileSync(certificateFile, certificatePem)
  return { privateKeyFile, certificateFile }
}
