import { connect, type Socket } from 'node:net'
import { until } from './gateways.ts'

/** A connection on which a test writes octets as it likes, in whole or in part. */
export class RawConnection {
  readonly #socket: Socket
  #heard = ''
  #isClosed = false
  /** Everything that was answered until the server hung up. */
  readonly closed: Promise<string>

  constructor(url: string) {
    this.#socket = connect(Number(new URL(url).port), '127.0.0.1')
    this.#socket.on('data', (bytes) => (this.#heard += bytes.toString('latin1')))
    this.#socket.on('error', () => {}) // being cut off is what some come for
    this.closed = new Promise((resolve) =>
      this.#socket.once('close', () => {
        this.#isClosed = true
        resolve(this.#heard)
      }),
    )
  }

  get heard(): string {
    return this.#heard
  }

  /** Resolves when the operating system has taken it, or the connection is gone. */
  write(octets: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#socket.writable) return resolve()
      this.#socket.write(octets, () => resolve()) // called with an error when the connection is cut
    })
  }

  /** Goes on with the same octets. @returns how many were taken until something was heard, or until the end */
  async writeUntil(heard: 'answer' | 'end', octets: Uint8Array, atMost: number): Promise<number> {
    let taken = 0
    for (; taken < atMost && !this.#isClosed && (heard === 'end' || this.#heard === ''); taken += octets.length)
      await this.write(octets)
    return taken
  }

  /** Resolves with what was heard as soon as this stands in it. */
  async hear(text: string): Promise<string> {
    await until(`${text} from the server, which said: ${this.#heard}`, async () => this.#heard.includes(text))
    return this.#heard
  }

  hangUp(): void {
    this.#socket.destroy()
  }
}

/** What is answered to these octets, until the server hangs up. */
export async function say(url: string, octets: string | Uint8Array): Promise<string> {
  const connection = new RawConnection(url)
  await connection.write(octets)
  return connection.closed
}

/** The status and the code of the one problem that was answered. */
export function problemIn(heard: string): [status: number, code: string | undefined] {
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(heard)?.[1])
  return [status, /"code":"([\w-]+)"/.exec(heard)?.[1]]
}
