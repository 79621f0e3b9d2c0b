/** One item and whoever waits for it. */
interface Waiting<I, O> {
  readonly item: I
  readonly resolve: (outcome: O) => void
  readonly reject: (error: unknown) => void
}

/**
 * Does together what comes together: while one piece of work is under way, all that is added meanwhile becomes the next
 * piece. Nobody waits for company, and a crowd costs little more than one. When the work fails, it fails for all in it.
 */
export class Gathering<I, O> {
  readonly #work: (items: readonly I[]) => Promise<readonly O[]>
  readonly #most: number
  #waiting: Waiting<I, O>[] = []
  #running = false

  /** @param work Gives one outcome for each item, in their order. @param most Items in one piece. */
  constructor(work: (items: readonly I[]) => Promise<readonly O[]>, most: number) {
    this.#work = work
    this.#most = most
  }

  add(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (this.#running) return
      this.#running = true
      setImmediate(() => void this.#run()) // what comes in the same turn comes along
    })
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const piece = this.#waiting.splice(0, this.#most)
      try {
        const outcomes = await this.#work(piece.map(({ item }) => item))
        for (const [i, { resolve }] of piece.entries()) resolve(outcomes[i] as O)
      } catch (error) {
        for (const { reject } of piece) reject(error)
      }
    }
    this.#running = false
  }
}
