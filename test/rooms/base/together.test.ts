import { expect } from 'chai'
import { Gate, Gathering, giveBack } from '../../../src/base/index.ts'

describe('a gate', () => {
  it('lets in as many as may be inside, and the next one when one leaves', async () => {
    const gate = new Gate(2)
    const inside: number[] = []
    const go = async (n: number): Promise<void> => {
      await gate.room()
      gate.enter()
      inside.push(n)
    }
    await go(1)
    await go(2)
    const third = go(3)
    await new Promise((resolve) => setImmediate(resolve))
    expect(inside).to.deep.equal([1, 2])
    gate.leave()
    await third
    expect(inside).to.deep.equal([1, 2, 3])
  })

  it('lets no more in than may be inside when many wait to go in', async () => {
    const gate = new Gate(2)
    let [inside, most, done] = [0, 0, 0]
    const visit = async (): Promise<void> => {
      await gate.entered()
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
      done++
      gate.leave()
    }
    await Promise.all(Array.from({ length: 20 }, visit))
    expect({ most, done }).to.deep.equal({ most: 2, done: 20 })
  })

  it('keeps nobody waiting because those before him were let in and did not enter', async () => {
    const gate = new Gate(1)
    gate.enter()
    const looked = Promise.all([gate.room(), gate.room(), gate.room()])
    gate.leave()
    await looked
  })

  it('lets in again when it is told that those inside left by another door', async () => {
    const gate = new Gate(1)
    gate.enter()
    const waiting = gate.room()
    gate.settle(0)
    await waiting
  })

  it('is not opened wider by those who leave without having entered', async () => {
    const gate = new Gate(1)
    gate.leave()
    gate.leave()
    gate.enter()
    let entered = false
    void gate.room().then(() => {
      entered = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(entered).to.equal(false)
  })
})

describe('a gathering', () => {
  it('does together what came together, and gives each its own outcome', async () => {
    const pieces: number[][] = []
    const doubled = new Gathering(async (items: readonly number[]) => {
      pieces.push([...items])
      return items.map((item) => 2 * item)
    }, 10)
    expect(await Promise.all([1, 2, 3].map((item) => doubled.add(item)))).to.deep.equal([2, 4, 6])
    expect(pieces).to.deep.equal([[1, 2, 3]])
  })

  it('takes at most as many into one piece as it may', async () => {
    const sizes: number[] = []
    const gathering = new Gathering(async (items: readonly number[]) => {
      sizes.push(items.length)
      return items
    }, 2)
    await Promise.all([1, 2, 3, 4, 5].map((item) => gathering.add(item)))
    expect(sizes).to.deep.equal([2, 2, 1])
  })

  it('fails all in a piece that fails, and goes on with the next', async () => {
    let first = true
    const gathering = new Gathering(async (items: readonly number[]) => {
      if (!first) return items
      first = false
      throw new Error('the disk is full')
    }, 2)
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => gathering.add(item)))
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'fulfilled'])
  })
})

describe('giving memory back', () => {
  it('frees a large buffer at once', () => {
    const bytes = new Uint8Array(256 * 1024)
    giveBack(bytes)
    expect(bytes.byteLength).to.equal(0)
  })

  it('leaves small buffers, and views of a larger one, as they are', () => {
    const small = new Uint8Array(100)
    const whole = new Uint8Array(256 * 1024)
    giveBack(small)
    giveBack(whole.subarray(0, 128 * 1024))
    expect([small.byteLength, whole.byteLength]).to.deep.equal([100, 256 * 1024])
  })
})
