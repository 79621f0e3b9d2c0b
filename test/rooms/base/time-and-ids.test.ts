import { expect } from 'chai'
import {
  Bell,
  edxmlDate,
  edxmlTimestamp,
  exponentialBackoff,
  limits,
  systemClock,
  timeOrderedIds,
} from '../../../src/base/index.ts'
import { MovableClock, turns } from '../../support/clock.ts'

describe('Vietnam time in edXML fields', () => {
  it('changes the day at 17:00 UTC, not at midnight UTC', () => {
    expect(edxmlTimestamp(new Date('2025-12-31T16:59:59.999Z'))).to.equal('2025/12/31 23:59:59')
    expect(edxmlTimestamp(new Date('2025-12-31T17:00:00Z'))).to.equal('2026/01/01 00:00:00')
    expect(edxmlDate(new Date('2025-12-31T16:59:59.999Z'))).to.equal('2025/12/31')
    expect(edxmlDate(new Date('2025-12-31T17:00:00Z'))).to.equal('2026/01/01')
    expect(edxmlDate(new Date('2026-01-01T00:00:00Z'))).to.equal('2026/01/01')
  })

  it('knows the leap day', () => {
    expect(edxmlDate(new Date('2028-02-28T17:00:00Z'))).to.equal('2028/02/29')
    expect(edxmlDate(new Date('2028-02-29T17:00:00Z'))).to.equal('2028/03/01')
  })
})

describe('ids', () => {
  it('have 26 characters and sort by the time they were made', () => {
    const clock = new MovableClock()
    const ids = timeOrderedIds(clock)
    const early = ids.next()
    clock.set('2026-11-23T02:00:00.001Z')
    const later = ids.next()
    expect(early).to.match(/^[0-9a-hjkmnp-tv-z]{26}$/)
    expect(early < later).to.equal(true)
    expect(timeOrderedIds(clock).next().slice(0, 9)).to.equal(later.slice(0, 9)) // the time stands first
  })

  it('of one instant sort by the order of the calls, and none comes twice', () => {
    const ids = timeOrderedIds(new MovableClock())
    const made = Array.from({ length: 2_000 }, () => ids.next())
    expect(made.toSorted()).to.deep.equal(made)
    expect(new Set(made).size).to.equal(made.length)
  })

  it('keep their order when the clock steps back', () => {
    const clock = new MovableClock('2026-11-23T02:00:00Z')
    const ids = timeOrderedIds(clock)
    const made = [ids.next()]
    clock.set('2026-11-22T02:00:00Z')
    made.push(ids.next(), ids.next())
    clock.set('2026-11-23T02:00:01Z')
    made.push(ids.next())
    expect(made.toSorted()).to.deep.equal(made)
  })

  it('of two processes in one instant differ', () => {
    const clock = new MovableClock()
    expect(timeOrderedIds(clock).next()).not.to.equal(timeOrderedIds(clock).next())
  })

  it('that are secret carry 256 bits and come once', () => {
    const ids = timeOrderedIds(new MovableClock())
    const made = Array.from({ length: 100 }, () => ids.secret())
    expect(Buffer.from(made[0] ?? '', 'base64url')).to.have.length(32)
    expect(new Set(made).size).to.equal(100)
  })
})

describe('the wait before the next attempt', () => {
  it('doubles up to the cap and stays between half of it and the whole', () => {
    for (let attempt = 0; attempt < 60; attempt++) {
      const whole = Math.min(limits.backoffCapMs, limits.backoffFirstMs * 2 ** Math.min(attempt, 30))
      const waits = Array.from({ length: 50 }, () => exponentialBackoff(attempt))
      expect(Math.min(...waits), `attempt ${attempt}`).to.be.at.least(whole / 2)
      expect(Math.max(...waits), `attempt ${attempt}`).to.be.at.most(whole + 1)
    }
  })

  it('is not the same for all who wait', () => {
    expect(new Set(Array.from({ length: 50 }, () => exponentialBackoff(5))).size).to.be.greaterThan(1)
  })
})

describe('the bell', () => {
  const never = new AbortController().signal

  async function hearing(bell: Bell, clock: MovableClock, signal = never): Promise<() => boolean> {
    let heard = false
    void bell.heard(clock, 1_000, signal).then(() => {
      heard = true
    })
    await turns()
    return () => heard
  }

  it('wakes who waits, at once', async () => {
    const [bell, clock] = [new Bell(), new MovableClock()]
    const heard = await hearing(bell, clock)
    expect(heard()).to.equal(false)
    bell.ring()
    await turns()
    expect(heard()).to.equal(true)
    expect(clock.waiting, 'no timer is left behind').to.equal(0)
  })

  it('is remembered when it rang while nobody waited, and only once', async () => {
    const [bell, clock] = [new Bell(), new MovableClock()]
    bell.ring()
    bell.ring()
    expect((await hearing(bell, clock))()).to.equal(true)
    expect((await hearing(bell, clock))()).to.equal(false)
  })

  it('that never rings costs no more than the longest wait', async () => {
    const [bell, clock] = [new Bell(), new MovableClock()]
    const heard = await hearing(bell, clock)
    await clock.advance(999)
    expect(heard()).to.equal(false)
    await clock.advance(1)
    expect(heard()).to.equal(true)
  })

  it('lets go of who waits when the gateway stops', async () => {
    const [bell, clock, stop] = [new Bell(), new MovableClock(), new AbortController()]
    const heard = await hearing(bell, clock, stop.signal)
    stop.abort()
    await turns()
    expect(heard()).to.equal(true)
    expect((await hearing(bell, clock, stop.signal))()).to.equal(true)
  })
})

describe("the machine's clock", () => {
  it('never lets a wait outlive a stop', async () => {
    const stop = new AbortController()
    const waiting = systemClock.wait(3_600_000, stop.signal)
    stop.abort()
    await waiting
    await systemClock.wait(3_600_000, stop.signal)
    await systemClock.wait(1)
    expect(systemClock.now().getTime()).to.be.closeTo(Date.now(), 1_000)
  })
})
