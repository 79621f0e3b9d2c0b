/** Lets in as many as may be inside at once; the others wait in the order they came. What waits is not lost, only later. */
export class Gate {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #inside = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Resolves when there is room. Whoever goes in says so with `enter`. */
  async room(): Promise<void> {
    while (this.#inside >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Goes in as soon as there is room: between the look and the step nobody else goes in. */
  async entered(): Promise<void> {
    while (this.#inside >= this.#most) await this.room()
    this.enter()
  }

  enter(): void {
    this.#inside += 1
  }

  /** One went out; leaving more often than entering does no harm. All who wait look again: who is let in need not enter. */
  leave(): void {
    this.settle(Math.max(0, this.#inside - 1))
  }

  /** For who knows better how many are inside: some may have left by another door. */
  settle(inside: number): void {
    this.#inside = inside
    for (const lookAgain of this.#waiting.splice(0)) lookAgain()
  }
}
