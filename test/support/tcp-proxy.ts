import { connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'

/** A link that a test can cut and heal: what goes to `port` comes out at the target. */
export interface TcpProxy {
  readonly port: number
  /** Ends every connection at once, and refuses new ones. */
  cut(): void
  /** Lets nothing more through from our side, and ends nothing: as when cables are pulled. */
  stall(): void
  /** Damages one octet in each of the next `times` long base64 texts that come from our side. */
  damage(times: number): void
  /** How many were damaged so far. */
  readonly damaged: number
  heal(): void
  close(): Promise<void>
}

/** @param near Where it listens; by default a free port of the loopback. */
export async function openTcpProxy(
  target: { host: string; port: number },
  near: { host: string; port: number } = { host: '127.0.0.1', port: 0 },
): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const stalled: (() => void)[] = []
  let [whole, flowing, toDamage, damaged] = [true, true, 0, 0]
  const passing = (): Transform =>
    new Transform({
      transform(chunk: Buffer, _, done) {
        const at = toDamage > 0 ? middleOfBase64(chunk) : -1
        if (at >= 0) {
          chunk[at] = chunk[at] === LETTER_A ? LETTER_A + 1 : LETTER_A
          toDamage--
          damaged++
        }
        if (flowing) done(undefined, chunk)
        else stalled.push(() => done(undefined, chunk))
      },
    })
  const server = createServer((caller) => {
    if (!whole) return caller.destroy()
    const far = connect(target)
    for (const [one, other] of [
      [caller, far],
      [far, caller],
    ] as const) {
      one.setNoDelay(true)
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
    caller.pipe(passing()).pipe(far)
    far.pipe(caller)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(near.port, near.host, resolve))
  const address = server.address()
  const cut = (): void => {
    whole = false
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut,
    stall: () => {
      flowing = false
    },
    damage: (times) => {
      toDamage += times
    },
    get damaged() {
      return damaged
    },
    heal: () => {
      whole = true
      flowing = true
      toDamage = 0
      for (const go of stalled.splice(0)) go()
    },
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const LETTER_A = 0x41

/** Where a long base64 text can be damaged; longer than any digest, so that only what is carried is hit. */
function middleOfBase64(chunk: Buffer): number {
  const found = /[A-Za-z0-9+/]{200,}/.exec(chunk.toString('latin1'))
  return found === null ? -1 : found.index + 100
}
