import { connect, createServer, type Socket } from 'node:net'

/** A link that a test can cut and heal: what goes to `port` comes out at the target. */
export interface TcpProxy {
  readonly port: number
  /** Ends every connection at once, and refuses new ones. */
  cut(): void
  heal(): void
  close(): Promise<void>
}

/** @param near Where it listens; by default a free port of the loopback. */
export async function openTcpProxy(
  target: { host: string; port: number },
  near: { host: string; port: number } = { host: '127.0.0.1', port: 0 },
): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let whole = true
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
      one.pipe(other)
    }
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
    heal: () => {
      whole = true
    },
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
