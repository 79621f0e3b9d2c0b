import type { Code, Side, World } from './world.ts'

interface Seen {
  readonly attempt: number
  readonly fence: number
}

interface SentRow {
  id: string
  sha256: string
  parts: number
  documentId: string
}

/** How long what is on its way may take, without anything being sent again. */
const ARRIVAL_MS = 40_000
/** The broker counts its messages every five seconds. */
const COUNTED_MS = 12_000

/** Looks on from outside while the world is being broken: some things must hold at every moment. */
export class Witness {
  readonly #world: World
  readonly #deliveries = new Map<string, Seen>()
  readonly #cursors = new Map<Code, number>()

  constructor(world: World) {
    this.#world = world
  }

  /** What may never go back: attempts, fences, numbers of events. */
  async look(): Promise<void> {
    for (const side of Object.values(this.#world.sides)) {
      await this.#lookAtDeliveries(side)
      await this.#lookAtEvents(side)
    }
  }

  async #lookAtDeliveries({ books, code }: Side): Promise<void> {
    const rows = await books.ask<{ id: string; attempt: number; fence: number; envelope: string }>(
      'SELECT id, envelope, attempt, fence FROM delivery WHERE next_attempt_at IS NOT NULL',
    )
    for (const { id, envelope, attempt, fence } of rows ?? []) {
      const before = this.#deliveries.get(id)
      if (before !== undefined && (attempt < before.attempt || fence < before.fence))
        this.#world.find(
          'stale-write',
          `${code}: the delivery of ${envelope} went back from attempt ${before.attempt} (fence ${before.fence}) to ${attempt} (fence ${fence})`,
        )
      this.#deliveries.set(id, { attempt, fence })
    }
  }

  /** Whoever has read up to a number misses nothing below it: the numbers up to it are all given, each once. */
  async #lookAtEvents({ books, code }: Side): Promise<void> {
    const cursor = this.#cursors.get(code) ?? 0
    const rows = await books.ask<{ below: number; last: number | null }>(
      `SELECT COUNT(CASE WHEN seq <= ${cursor} THEN 1 END) AS below, MAX(seq) AS last FROM event WHERE seq IS NOT NULL`,
    )
    const [row] = rows ?? []
    if (row === undefined) return
    if (Number(row.below) !== cursor)
      this.#world.find('event-gap', `${code}: of the events up to ${cursor}, ${row.below} are there`)
    this.#cursors.set(code, Number(row.last ?? 0))
  }

  /**
   * What counts as sent was confirmed by the broker, part by part: as long as nothing is sent again, every part is on
   * the broker or with the recipient. (Promise 1 would heal a loss here by sending again, and so hide it.)
   */
  async calm(when: string): Promise<void> {
    const world = this.#world
    let missing: SentRow[] = []
    const arrived = async (): Promise<boolean> => {
      const found = await this.#missing()
      missing = found ?? missing
      return found?.length === 0
    }
    if (await world.until(ARRIVAL_MS, arrived)) return
    if (missing.length === 0) return // nobody could read the books
    // What rests at a reader, or waits on the broker, is not lost.
    let [empty, since] = [false, performance.now()]
    const gone = await world.until(6 * ARRIVAL_MS, async () => {
      if (await arrived()) return true
      empty = (await world.onBroker('G22')) === 0
      if (!empty) since = performance.now()
      return empty && performance.now() - since > COUNTED_MS
    })
    if (missing.length === 0 || !gone) return
    for (const { id, documentId, parts } of missing)
      world.find('vanished', `${when}: ${documentId} (${id}, ${parts} parts) counts as sent, and is nowhere`)
  }

  /** Sent documents of which the recipient has not every part; undefined while nobody can tell. */
  async #missing(): Promise<SentRow[] | undefined> {
    const { G02, G22 } = this.#world.sides
    const sent = await G02.books.ask<SentRow>(
      `SELECT e.id, e.sha256, e.parts, e.document_id AS "documentId" FROM delivery d JOIN envelope e ON e.id = d.envelope
       WHERE d.kind = 'document' AND d.state = 'sent'`,
    )
    if (sent === undefined) return undefined
    if (sent.length === 0) return []
    const held = await G22.books.ask<{ sha256: string }>(
      `SELECT sha256 FROM envelope WHERE direction = 'in'
       UNION ALL SELECT envelope_sha256 FROM stage WHERE direction = 'in' AND received = parts`,
    )
    const damaged = await G22.books.ask<{ id: string }>(
      `SELECT message_id AS id FROM quarantine WHERE code = 'part-mismatch'`,
    )
    if (held === undefined || damaged === undefined) return undefined
    const there = new Set(held.map(({ sha256 }) => sha256))
    const explained = new Set(damaged.map(({ id }) => id))
    return sent.filter(({ id, sha256 }) => !there.has(sha256) && !explained.has(id))
  }
}
