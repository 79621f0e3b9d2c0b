import { limits } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'

/** What a sender may ask of the one thread that reads PDFs. */
export type Turn = { readonly limitMs: number } | { readonly waitUntil: Date }

/**
 * How long the PDFs of each sender are waited for. A sender whose file exhausted its reader has less time for the next,
 * and after each that exhausts it again the others of that sender rest: so twenty such files cost everybody else about
 * as much as one. In memory: a process that starts anew has new patience.
 */
export class Patience {
  readonly #strained = new Map<AgencyCode, { readonly nextAt: number; readonly calmAt: number }>()

  turnOf(sender: AgencyCode, now: Date): Turn {
    const strain = this.#strained.get(sender)
    if (strain === undefined || strain.calmAt <= now.getTime()) return { limitMs: limits.pdfExamineMs }
    if (strain.nextAt > now.getTime()) return { waitUntil: new Date(strain.nextAt) }
    return { limitMs: limits.pdfExamineAgainMs }
  }

  /** A file of this sender exhausted its reader. */
  strain(sender: AgencyCode, now: Date): void {
    this.#strained.delete(sender)
    const at = now.getTime()
    this.#strained.set(sender, { nextAt: at + limits.pdfRestMs, calmAt: at + limits.pdfCalmMs })
    for (const [oldest] of this.#strained) {
      if (this.#strained.size <= limits.pdfStrainedSenders) return
      this.#strained.delete(oldest)
    }
  }
}
