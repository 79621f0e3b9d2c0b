/**
 * Places for work that goes on beside a loop: the loop fills what is free and never waits for the slowest, so one slow
 * piece holds up nothing but its own place.
 */
export class Crew {
  readonly #width: number
  readonly #underWay = new Set<Promise<void>>()

  constructor(width: number) {
    this.#width = width
  }

  get busy(): number {
    return this.#underWay.size
  }

  get free(): number {
    return Math.max(0, this.#width - this.#underWay.size)
  }

  /**
   * @param work Handles its own errors: one that escapes has nobody to hear it
   * @param left Called when its place is free again
   */
  start(work: () => Promise<void>, left: () => void): void {
    const running = work().finally(() => {
      this.#underWay.delete(running)
      left()
    })
    this.#underWay.add(running)
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }
}
