import { limits } from '../base/index.ts'
import { unreadable } from './unreadable.ts'

/** What one file may cost in all, whoever asks and how often. Each thing spent comes from one of these. */
export class Budget {
  #tokens: number = limits.pdfTokens
  #inflated: number = limits.pdfInflatedBytes
  #digested: number = limits.pdfDigestedBytes

  /** @throws pdf-unreadable: pdf-too-complex */
  spendTokens(count: number): void {
    this.#tokens -= count
    if (this.#tokens < 0) throw tooComplex(`more than ${limits.pdfTokens} tokens would have to be read`)
  }

  /** How many octets one stream may become. */
  get inflatable(): number {
    return Math.min(this.#inflated, limits.pdfStreamBytes)
  }

  /** @throws pdf-unreadable: pdf-too-complex */
  spendInflated(octets: number): void {
    this.#inflated -= octets
    if (this.#inflated <= 0) throw tooComplex(`its streams hold more than ${limits.pdfInflatedBytes} octets`)
  }

  /** @throws pdf-unreadable: pdf-too-complex */
  spendDigested(octets: number): void {
    this.#digested -= octets
    if (this.#digested < 0) throw tooComplex(`more than ${limits.pdfDigestedBytes} octets would have to be digested`)
  }
}

function tooComplex(why: string): Error {
  return unreadable(`The file asks for too much: ${why}.`, 'pdf-too-complex')
}
