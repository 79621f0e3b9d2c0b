import { expect } from 'chai'
import { limits, silentLog } from '../../../src/base/index.ts'
import { createEmbeddedAxis, type EmbeddedAxis } from '../../../src/broker/index.ts'
import { type AgencyCode, findAgencyCode } from '../../../src/message/index.ts'
import { MovableClock, turns } from '../../support/clock.ts'
import { axisContractSuite, part } from './axis-contract.ts'

axisContractSuite('the embedded axis', async (bounds) => {
  const clock = new MovableClock()
  const axis = createEmbeddedAxis({
    clock,
    log: silentLog,
    ...(bounds === undefined ? {} : { bounds: { parts: bounds.queueParts, octets: limits.embeddedQueueBytes } }),
  })
  return {
    connect: async (user, agencies) => axis.connect({ user, agencies }),
    provision: async (agency) => axis.provision(agency),
    ready: async (agency, lane) =>
      axis.depths().find((depth) => depth.agency === agency && depth.lane === lane)?.ready ?? 0,
    purge: async () => void axis.purge(),
    outage: async (on) => axis.outage(on),
    settle: async () => {
      await turns(50)
      await clock.advance(limits.redeliveryWaitMs)
      await turns(50)
    },
    close: async () => {},
  }
})

describe('the embedded axis', () => {
  const [G02, G22] = ['G02', 'G22'].map((code) => findAgencyCode(code)) as [AgencyCode, AgencyCode]
  const MIB = 1024 * 1024

  function opened(bounds?: { parts: number; octets: number }): { axis: EmbeddedAxis; clock: MovableClock } {
    const clock = new MovableClock()
    const axis = createEmbeddedAxis({ clock, log: silentLog, ...(bounds === undefined ? {} : { bounds }) })
    axis.provision(G02)
    axis.provision(G22)
    return { axis, clock }
  }

  const ordinary = (axis: EmbeddedAxis) =>
    axis.depths().find(({ agency, lane }) => agency === G22 && lane === 'ordinary')

  it('shows an operator every queue: what waits, what is in hand, how much it weighs, who reads', async () => {
    const { axis } = opened()
    const ministry = axis.connect({ user: 'bct', agencies: [G02] })
    const office = axis.connect({ user: 'vpcp', agencies: [G22] })
    await office.consume(G22, 'ordinary', 1, () => new Promise(() => {}))
    for (let i = 0; i < 3; i++) await ministry.publish(part({ body: new Uint8Array(10) }))
    await turns()
    expect(axis.depths()).to.have.length(6)
    expect(ordinary(axis)).to.deep.equal({
      agency: G22,
      lane: 'ordinary',
      ready: 2,
      unacknowledged: 1,
      octets: 30,
      consumers: 1,
    })
    await office.close()
    expect(ordinary(axis)).to.include({ ready: 3, unacknowledged: 0, octets: 30, consumers: 0 })
    expect(axis.purge(G02)).to.equal(0)
    expect(axis.purge(G22)).to.equal(3)
    expect(ordinary(axis)).to.include({ ready: 0, octets: 0 })
  })

  it('keeps its queues when an agency is provisioned again', async () => {
    const { axis } = opened()
    await axis.connect({ user: 'bct', agencies: [G02] }).publish(part())
    axis.provision(G22)
    expect(ordinary(axis)?.ready).to.equal(1)
  })

  it('never holds more octets than its bound', async () => {
    const { axis } = opened({ parts: 100, octets: 2 * MIB })
    const ministry = axis.connect({ user: 'bct', agencies: [G02] })
    const published = await Promise.allSettled(
      Array.from({ length: 5 }, () => ministry.publish(part({ body: new Uint8Array(MIB) }))),
    )
    expect(published.map(({ status }) => status)).to.deep.equal([
      ...['fulfilled', 'fulfilled'],
      ...['rejected', 'rejected', 'rejected'],
    ])
    expect(ordinary(axis)?.octets).to.equal(2 * MIB)
  })

  it('holds a publisher back while its reader is behind, and lets go as soon as the reader catches up', async () => {
    const { axis, clock } = opened()
    const ministry = axis.connect({ user: 'bct', agencies: [G02] })
    const office = axis.connect({ user: 'vpcp', agencies: [G22] })
    const acknowledgements: (() => void)[] = []
    await office.consume(G22, 'ordinary', 1, () => new Promise((resolve) => acknowledgements.push(resolve)))
    const parts = limits.embeddedFlowBytes / MIB
    for (let i = 0; i < parts; i++) await ministry.publish(part({ body: new Uint8Array(MIB) }))
    let confirmed = false
    const publishing = ministry.publish(part({ body: new Uint8Array(MIB) })).then(() => {
      confirmed = true
    })
    await turns()
    expect(confirmed).to.equal(false)
    acknowledgements[0]?.()
    await publishing
    expect(clock.waiting, 'no timer is left behind').to.equal(0)
  })

  it('confirms after a bounded wait when the reader does not catch up', async () => {
    const { axis, clock } = opened()
    const ministry = axis.connect({ user: 'bct', agencies: [G02] })
    await axis.connect({ user: 'vpcp', agencies: [G22] }).consume(G22, 'ordinary', 1, () => new Promise(() => {}))
    const parts = limits.embeddedFlowBytes / MIB + 1
    const publishing = Promise.all(
      Array.from({ length: parts }, () => ministry.publish(part({ body: new Uint8Array(MIB) }))),
    )
    await clock.advance(limits.embeddedFlowWaitMs)
    await publishing
  })

  it('lets a refused part rest before it is tried again', async () => {
    const { axis, clock } = opened()
    let tries = 0
    await axis.connect({ user: 'vpcp', agencies: [G22] }).consume(G22, 'ordinary', 10, async () => {
      tries++
      throw new Error('never')
    })
    await axis.connect({ user: 'bct', agencies: [G02] }).publish(part())
    await clock.advance(limits.redeliveryWaitMs - 1)
    expect(tries).to.equal(1)
    await clock.advance(1)
    await turns()
    expect(tries).to.equal(2)
    await clock.advance(3 * limits.redeliveryWaitMs)
    expect(tries).to.be.within(4, 5)
  })
})
