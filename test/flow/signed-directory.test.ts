import { join } from 'node:path'
import { expect } from 'chai'
import { limits, timeOrderedIds } from '../../src/base/index.ts'
import { type AxisConnection, directoryParts } from '../../src/broker/index.ts'
import { directoryMediaType, enterAgencies, parseDirectory, signDirectory } from '../../src/directory/index.ts'
import type { AgencyCode } from '../../src/message/index.ts'
import type { Signer } from '../../src/pki/index.ts'
import { notices, quarantine } from '../../src/store/index.ts'
import { MovableClock } from '../support/clock.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { numbered, textFile } from '../support/letters.ts'
import { hours, later, withSweeps } from '../support/moving-on.ts'
import { toyFile, toySigner } from '../support/pki.ts'

const certs = join(import.meta.dirname, '../../certs-example')
const operator = toySigner('h26', 'p256')
const OPERATOR = 'AXIS' as AgencyCode

const pem = (name: string): string => {
  const text = toyFile(`${name}.crt`)
  return text.slice(text.indexOf('-----BEGIN'), text.indexOf('-----END CERTIFICATE-----') + 25)
}
const ministry = { code: 'G02', name: 'Bộ Công Thương', certificates: [pem('g02-p256'), pem('g02-rsa')] }
const office = { code: 'G22', name: 'Văn phòng Chính phủ', certificates: [pem('g22-p256')] }
const finance = { code: 'G12', name: 'Bộ Tài chính', certificates: [pem('g12-p256')] }

// threat: old-directory
describe('the signed directory', () => {
  let clock: MovableClock
  let world: World
  let axis: AxisConnection
  let apply: 'at-once' | 'by-hand'
  beforeEach(() => {
    apply = 'at-once'
    clock = new MovableClock()
    world = openWorld({
      clock,
      settings: () => ({
        directory: { axis: 'trial', operatorFiles: [join(certs, 'h26-p256.crt')], user: 'axis-operator', apply },
      }),
    })
    world.axis.provision(OPERATOR)
    axis = world.axis.connect({ user: 'axis-operator', agencies: [OPERATOR] })
  })
  afterEach(async () => {
    await axis.close()
    await world.close()
  })

  it('comes over the axis and is in force at once in a running gateway, however large it is', async () => {
    const { gateway } = await world.start('G02')
    const many = Array.from({ length: 3000 }, (_, i) => ({
      code: `H77.${i}`,
      name: `Xã số ${i} của tỉnh Ví dụ`,
      contact: { organAdd: 'x'.repeat(300) },
    }))
    const octets = await directory(1, [ministry, office, ...many])
    expect(octets.length).to.be.greaterThan(4 * limits.directoryPartBytes)
    await publish(octets, 'G02')
    await world.until(
      'an agency that only the directory knows',
      async () => gateway.directory.find('H77.2999') !== undefined,
    )
    expect(gateway.directory.find('G12'), 'what was entered by hand stands').not.to.equal(undefined)
    await world.until('an empty stage', async () => (await heldStages(gateway.store.read)) === 0)
  })

  it('withdraws a certificate: what it signed before is refused from then on, without a restart', async () => {
    const ours = await world.start('G02')
    const theirs = await world.start('G22')
    for (const version of [1, 2]) {
      const signing = version === 1 ? ministry : { ...ministry, certificates: [pem('g02-rsa')] }
      await publish(await directory(version, [signing, office]), 'G22')
      await world.until(`version ${version}`, async () => inForce(theirs, version))
      const { body } = await ours.as('G02').submit(numbered(7000 + version), [textFile('nội dung')])
      await world.until('the end of the delivery', async () => {
        const view = await ours.as('G02').document(body.id)
        return view.deliveries?.[0]?.state === (version === 1 ? 'received' : 'rejected')
      })
    }
    expect((await ours.as('G02').call<{ code: string }>('GET', '/v1/agencies')).status).to.equal(200)
  })

  it('ends an agency that it names no more, and tells who follows one that has ended', async () => {
    const { gateway } = await world.start('G02')
    await publish(await directory(1, [ministry, office, finance]), 'G02')
    await world.until('version 1', async () => gateway.directory.find('G12')?.origin === 'signed')
    const ended = { ...office, validTo: '2026-11-01', successor: 'G02' }
    await publish(await directory(2, [ministry, ended]), 'G02')
    await world.until('version 2', async () => gateway.directory.find('G22')?.successor === 'G02')
    expect(() => gateway.directory.requireActive('G12', clock.now())).to.throw('takes part no more')
    expect(() => gateway.directory.requireActive('G22', clock.now())).to.throw('its successor is G02')
    expect(gateway.directory.isActive('H26', clock.now()), 'entered by hand').to.equal(true)
  })

  // threat: old-directory
  it('is refused when it is older, a second one of its version, or signed by somebody else; the last good one goes on', async () => {
    const { gateway } = await world.start('G02')
    await publish(await directory(5, [ministry, office]), 'G02')
    await world.until('version 5', async () => inForce({ gateway }, 5))
    const bad: [code: string, octets: Uint8Array][] = [
      ['directory-older', await directory(4, [office])],
      ['directory-conflict', await directory(5, [office])],
      ['directory-untrusted', await directory(6, [office], toySigner('g22', 'p256'))],
      ['directory-other-axis', await directory(6, [office], operator, 'another')],
      ['directory-malformed', Buffer.from('{}')],
    ]
    for (const [code, octets] of bad) {
      await publish(octets, 'G02')
      await world.until(code, async () => {
        const items = await quarantine.list(gateway.store.read, 'G02' as AgencyCode, 10)
        return items.some((item) => item.code === code)
      })
      expect(gateway.directory.find('G02')?.origin).to.equal('signed')
      expect(await inForce({ gateway }, 5)).to.equal(true)
    }
    const alarms = await notices.open(gateway.store.read, 'directory-refused')
    expect(alarms).to.have.length(1)
    await publish(await directory(7, [ministry, office]), 'G02')
    await world.until('version 7', async () => inForce({ gateway }, 7))
    expect(await notices.open(gateway.store.read, 'directory-refused')).to.deep.equal([])
  })

  it('that was refused is in force when an operator redrives it after mending the cause, and is done with', async () => {
    const { gateway } = await world.start('G02')
    const enter = async (wireCode: string): Promise<void> => {
      const agency = { code: 'H88', name: 'Tỉnh nhập tay', wireCode }
      await enterAgencies(
        { ...gateway, clock, ids: timeOrderedIds(clock) },
        parseDirectory(JSON.stringify([agency]), pem),
        'test',
      )
    }
    await enter('000.00.00.H99')
    await publish(await directory(1, [ministry, office, { code: 'H99', name: 'Tỉnh khác' }]), 'G02')
    const items = () => quarantine.list(gateway.store.read, 'G02' as AgencyCode, 10)
    await world.until('the refusal', async () => (await items())[0]?.code === 'directory-inconsistent')
    await enter('000.00.00.H88')
    await gateway.repair.give(
      { command: 'redrive', quarantined: { filter: { code: 'directory-inconsistent' } } },
      { actor: 'operator:an', reason: 'đã sửa mã', commandId: 'redrive-directory' },
    )
    await world.until('version 1', async () => inForce({ gateway }, 1))
    await world.until('the end of it', async () => (await items())[0]?.state !== 'redriving')
    expect((await items()).map(({ state, code }) => [state, code])).to.deep.equal([
      ['redriven', 'directory-inconsistent'],
    ])
    expect(await gateway.store.read.all('SELECT envelope FROM content')).to.deep.equal([])
    expect(await notices.open(gateway.store.read, 'directory-refused')).to.deep.equal([])
  })

  // threat: old-directory
  it('is taken from the user of the operator alone, whoever signed it', async () => {
    const { gateway } = await world.start('G02')
    world.axis.provision('G22' as AgencyCode)
    const stranger = world.axis.connect({ user: 'G22', agencies: ['G22' as AgencyCode] })
    await publish(await directory(1, [ministry, office]), 'G02', stranger, 'G22' as AgencyCode)
    await world.until('the incident', async () => {
      const items = await quarantine.list(gateway.store.read, 'G02' as AgencyCode, 10)
      return items.some(({ code }) => code === 'sender-not-entitled')
    })
    expect(gateway.directory.find('G02')?.origin).to.equal(undefined)
    await stranger.close()
  })

  it('waits for a person where the configuration says so', async () => {
    apply = 'by-hand'
    const { gateway } = await world.start('G02')
    await publish(await directory(1, [ministry, office]), 'G02')
    const [waiting] = await world.until('the notice', async () => {
      const open = await notices.open(gateway.store.read, 'directory-waiting')
      return open.length > 0 && open
    })
    expect(waiting?.data['version']).to.equal(1)
    expect(gateway.directory.find('G02')?.origin).to.equal(undefined)
  })

  it('that was promised and does not come is told', async () => {
    const { gateway } = await world.start('G02')
    await publish(await directory(1, [ministry, office], operator, 'trial', hours(24)), 'G02')
    await world.until('version 1', async () => inForce({ gateway }, 1))
    await later(world, clock, hours(25))
    const overdue = () => notices.open(gateway.store.read, 'directory-overdue')
    await world.until(
      'the notice',
      withSweeps(clock, async () => (await overdue()).length === 1),
    )
    await publish(await directory(2, [ministry, office]), 'G02')
    await world.until('its end', async () => (await notices.open(gateway.store.read, 'directory-overdue')).length === 0)
  })

  function directory(
    version: number,
    entries: readonly unknown[],
    signer: Signer = operator,
    name = 'trial',
    lastsMs?: number,
  ): Promise<Uint8Array> {
    const issuedAt = clock.now()
    const nextUpdate = lastsMs === undefined ? {} : { nextUpdate: new Date(issuedAt.getTime() + lastsMs) }
    return signDirectory({ axis: name, version, issuedAt, ...nextUpdate }, entries, signer)
  }

  async function publish(octets: Uint8Array, to: string, through = axis, from = OPERATOR): Promise<void> {
    const about = { octets, version: 1, contentType: directoryMediaType, from, to: to as AgencyCode }
    for (const part of directoryParts({ ...about, messageId: timeOrderedIds(clock).next(), timestamp: clock.now() }))
      await through.publish(part)
  }
})

async function inForce({ gateway }: Pick<TestGateway, 'gateway'>, version: number): Promise<boolean> {
  const row = await gateway.store.read.get<{ version: number }>(
    'SELECT MAX(version) AS version FROM directory_document WHERE applied_at IS NOT NULL',
  )
  return row?.version === version
}

async function heldStages(read: TestGateway['gateway']['store']['read']): Promise<number> {
  return (await read.get<{ n: number }>(`SELECT COUNT(*) AS n FROM stage WHERE type = 'directory'`))?.n ?? 0
}
