import { join } from 'node:path'
import { expect } from 'chai'
import type { CommandRecord } from '../../src/repair/index.ts'
import { lienthong } from '../support/command-line.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { numbered, textFile } from '../support/letters.ts'
import { Partner, tampered } from '../support/partner.ts'

/** Commands beside a gateway that runs on the same store. */
describe('the commands of an operator', () => {
  let world: World
  let house: TestGateway
  let store: string
  beforeEach(async () => {
    world = openWorld()
    house = await world.start('G02')
    store = join(world.folder, 'g02.sqlite')
  })
  afterEach(() => world.close())

  const onStore = (...args: string[]) => lienthong([...args, '--store', store])
  const because = ['--reason', 'đối tác báo đã sửa xong']
  const listed = async (...filter: string[]) =>
    JSON.parse((await onStore('delivery', 'list', '--json', ...filter)).out) as Record<
      'id' | 'state' | 'recipient',
      string
    >[]

  it('hold, release and resend deliveries: tried first, then done once under one command id, and noticed by the gateway', async () => {
    const sent = await house.as('G02').submit(numbered(1), [textFile('một')]) // nobody has provisioned G22
    const [found] = await listed('--recipient', 'G22')
    expect(found).to.include({ state: 'accepted', recipient: 'G22' })
    const id = found?.id ?? ''

    const tried = await onStore('delivery', 'hold', id, '--dry-run')
    expect(tried).to.include({ code: 0 })
    expect(tried.out)
      .to.contain('would change 1 of 1')
      .and.to.match(new RegExp(`^${id} +G22 +accepted +→ held$`, 'm'))
    expect((await onStore('delivery', 'hold', id)).err).to.contain('--reason is missing')
    expect((await listed())[0]?.state).to.equal('accepted')

    const hold = ['delivery', 'hold', id, ...because, '--command-id', 'an-id-of-mine', '--json']
    const [once, twice] = [await onStore(...hold), await onStore(...hold)]
    expect(once).to.include({ code: 0 })
    expect(twice.out).to.equal(once.out)
    expect(JSON.parse(once.out) as CommandRecord).to.include({ id: 'an-id-of-mine', state: 'done', changes: 1 })
    expect((await onStore('delivery', 'release', '--state', 'held', '--recipient', 'G12', ...because)).code).to.equal(1)
    world.axis.provision('G22' as never)
    const released = await onStore('--lang', 'vi', 'delivery', 'release', '--state', 'held', ...because)
    expect(released.out).to.contain('đã thực hiện 1 trên 1')
    await world.until('the gateway to send it', async () => {
      return (await house.as('G02').document(sent.body.id)).deliveries?.[0]?.state === 'sent'
    })
    const shown = await onStore('delivery', 'show', id)
    expect(JSON.parse(shown.out)).to.include({ id, state: 'sent' })
    const [ended, nothing] = await Promise.all([
      onStore('delivery', 'expire', '--document', sent.body.id, ...because),
      onStore('delivery', 'show', 'nothing'),
    ])
    expect(ended).to.include({ code: 0 })
    expect(nothing).to.include({ code: 1 })
    const again = await onStore('delivery', 'resend', id, 'nothing', ...because)
    expect(again, 'one of the two is not there').to.include({ code: 1 })
    expect(again.out).to.contain('changed 1 of 2').and.to.contain('1 [not-found]')
    expect((await onStore('delivery', 'expire', ...because)).code, 'never all by oversight').to.equal(2)
  })

  it('pause a partner and resume it, and show how it stands', async () => {
    expect((await onStore('partner', 'pause', 'G22', ...because)).code).to.equal(0)
    const again = await onStore('partner', 'pause', 'G22', ...because)
    expect(again).to.include({ code: 1 })
    expect(again.out).to.contain('[transition-not-allowed]')
    world.axis.provision('G22' as never)
    await house.as('G02').submit(numbered(1), [textFile('một')])
    const list = await onStore('partner', 'list')
    expect(list.out).to.match(/^G22 .* 1 +closed .*operator:.+: đối tác báo đã sửa xong$/m)
    expect(world.axis.depths().reduce((sum, { ready }) => sum + ready, 0)).to.equal(0)
    expect((await onStore('partner', 'resume', 'G22', ...because)).code).to.equal(0)
    await world.until('it in the queue', async () => world.axis.depths().some(({ ready }) => ready > 0))
    expect((await onStore('partner', 'close-circuit', 'G22', ...because)).code, 'it was not open').to.equal(1)
  })

  it('show what is in quarantine, judge it again, and let it go', async () => {
    const partner = await Partner.open(world, 'G22')
    const to = [{ organId: '000.00.00.G02', organName: 'Bộ Công Thương' }]
    const from = { organId: '000.00.00.G22', organName: 'Văn phòng Chính phủ' }
    await partner.put(
      tampered(await partner.document('sửa trộm', { to, from }), 'Nguyễn Văn An', 'Nguyễn Văn Em'),
      'G02',
    )
    await world.until('the refusal', async () => partner.answers('02')[0])
    const list = await onStore('quarantine', 'list')
    const [, id = ''] = /^([0-9a-z]{26}) .* G22 +G02 +digest-mismatch /m.exec(list.out) ?? []
    expect(JSON.parse((await onStore('quarantine', 'show', id)).out)).to.include({
      id,
      state: 'kept',
      redrive: 'possible',
    })
    expect((await onStore('quarantine', 'redrive', '--code', 'digest-mismatch', ...because)).code).to.equal(0)
    await world.until('it judged, and kept again', async () => {
      const row = await house.gateway.store.read.get<{ redrives: number }>('SELECT redrives FROM quarantine')
      return row?.redrives === 1
    })
    expect((await onStore('quarantine', 'discard', id, ...because)).code).to.equal(0)
    expect((await onStore('quarantine', 'list')).out).not.to.contain(id)
    await partner.close()
  })
})
