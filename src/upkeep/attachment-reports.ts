import { type Clock, GatewayError, type Ids, type Log, limits, reached } from '../base/index.ts'
import {
  type AttachmentReport,
  type ExaminedFile,
  type Examiner,
  isWorthExamining,
  reportOn,
  unexamined,
} from '../pdf/index.ts'
import type { Certificate, ChainVerdict, TrustStore } from '../pki/index.ts'
import {
  content,
  events,
  type LeasedAttachment,
  type ReportRecord,
  reports,
  type Store,
  type ValidationDatum,
} from '../store/index.ts'

export interface AttachmentReportsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly trust: () => TrustStore
  readonly examiner: Examiner
}

/**
 * Judges the signatures inside of attachments, off the path of documents: each once, in a thread with bounds, and again
 * when an operator asks or when revocation could not be checked. A process that dies on the way leaves its claim, which
 * lapses.
 */
export class AttachmentReports {
  readonly #deps: AttachmentReportsDeps
  readonly #awaited = new Map<string, Certificate>()

  constructor(deps: AttachmentReportsDeps) {
    this.#deps = deps
  }

  /** @returns whether there may be more to judge at once */
  async runOnce(signal?: AbortSignal): Promise<boolean> {
    const { store, clock, examiner } = this.#deps
    if (!(await reports.isDue(store.read, clock.now()))) return false
    const now = clock.now()
    const leaseUntil = new Date(now.getTime() + limits.reportLeaseMs)
    const leased = await store.transact((tx) => reports.lease(tx, { now, leaseUntil, limit: limits.reportBatch }))
    const stop = (): void => void examiner.stop()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      for (const attachment of leased) await this.#judge(attachment, signal)
    } finally {
      signal?.removeEventListener('abort', stop)
    }
    return leased.length > 0
  }

  /** Signers of late for whom nothing was known of revocation: what their chains name is worth fetching. */
  get awaited(): readonly Certificate[] {
    return [...this.#awaited.values()]
  }

  /** Ends the thread. */
  async finish(): Promise<void> {
    await this.#deps.examiner.stop()
  }

  async #judge(attachment: LeasedAttachment, signal: AbortSignal | undefined): Promise<void> {
    const { store, clock, trust, log } = this.#deps
    const { envelope, n, name, contentType, octets, sha256 } = attachment
    const settle = (next: Date | undefined) => store.transact((tx) => reports.settle(tx, attachment, next))
    const isEnding = (): boolean => signal?.aborted === true
    if (isEnding()) return void (await settle(clock.now()))
    const document = await reports.documentOf(store.read, envelope)
    if (document === undefined) return void (await settle(undefined)) // destroyed meanwhile
    const examined = await this.#examine(attachment)
    if (isEnding()) return void (await settle(clock.now())) // the thread was ended: no verdict on the file
    const knownAt = clock.now()
    const evidence = new Map<string, ValidationDatum>()
    const report = reportOn(examined, {
      file: { name, contentType, octets, sha256 },
      role: n === 1 ? 'main' : 'attached',
      at: document.storedAt,
      judgeChain: (leaf, presented, at) => {
        const verdict = trust().judgeChain({ leaf, presented, at, knownAt })
        for (const { der, fingerprint } of verdict.path)
          evidence.set(fingerprint, { kind: 'certificate', fingerprint, der })
        for (const proof of verdict.proofs) evidence.set(proof.fingerprint, proof)
        this.#awaitRevocation(verdict, presented, knownAt)
        return verdict
      },
    })
    await this.#keep(attachment, document.owner, { judgedAt: knownAt, report }, [...evidence.values()])
    log.info({ envelope, n, verdict: report.verdict, signatures: report.signatures.length }, 'attachment judged')
  }

  /** Only a signer whose path holds now: nobody fetches what a stranger's certificate names. */
  #awaitRevocation({ revocation, path }: ChainVerdict, presented: readonly Certificate[], now: Date): void {
    const [leaf] = path
    if (leaf === undefined || revocation !== 'undetermined') return
    try {
      this.#deps.trust().requirePath(leaf, presented, now) // and is remembered, with what came along
    } catch (error) {
      if (error instanceof GatewayError) return
      throw error
    }
    this.#awaited.delete(leaf.fingerprint)
    this.#awaited.set(leaf.fingerprint, leaf)
    for (const [oldest] of this.#awaited) {
      if (this.#awaited.size <= limits.awaitedSigners) return
      this.#awaited.delete(oldest)
    }
  }

  /** In memory only while it is judged; what is larger than the limit is not read at all. */
  async #examine({ envelope, n, name, contentType, octets }: LeasedAttachment): Promise<ExaminedFile> {
    const { store, examiner } = this.#deps
    if (octets > limits.pdfBytes) return unexamined('pdf-too-large')
    const file = { octets: new Uint8Array(octets), name, contentType }
    let at = 0
    for await (const piece of content.readAttachment(store.read, envelope, n, 0, octets)) {
      file.octets.set(piece, at)
      at += piece.length
      // what begins like no file that is judged is not read to its end
      if (at >= BEGINNING && at - piece.length < BEGINNING && !isWorthExamining(file)) break
    }
    return examiner.examine(file)
  }

  async #keep(
    attachment: LeasedAttachment,
    agency: Parameters<typeof events.add>[2]['agency'],
    { judgedAt, report }: Omit<ReportRecord, 'run'>,
    evidence: readonly ValidationDatum[],
  ): Promise<void> {
    const { store, clock, ids } = this.#deps
    const { envelope, n } = attachment
    await store.transact(async (tx) => {
      const earlier = await reports.latest(tx, envelope, n)
      const run = (earlier?.run ?? 0) + 1
      if (!(await reports.settle(tx, attachment, nextTime(report, attachment, clock.now())))) return // another process judged it
      if (earlier !== undefined && JSON.stringify(earlier.report) === JSON.stringify(report)) return
      await reports.add(tx, attachment, { run, judgedAt, report }, evidence)
      if (report.file.form === 'other') return // a timeline tells of signatures, not of files that cannot have any
      const { verdict, informationOnly, signatures } = report
      const data = { n, run, verdict, informationOnly, signatures: signatures.length }
      await events.add(tx, ids, { agency, envelope, type: 'attachment-report', at: judgedAt, data })
    })
    reached('upkeep.reported')
  }
}

const BEGINNING = 1024

/** Only what may be known later is judged again by itself. */
function nextTime({ signatures }: AttachmentReport, { fence }: LeasedAttachment, now: Date): Date | undefined {
  const mayChange = signatures.some(({ reasons }) => reasons.some(({ code }) => code === 'revocation-unknown'))
  const waitMs = mayChange ? limits.reportAgainMs[fence - 1] : undefined
  return waitMs === undefined ? undefined : new Date(now.getTime() + waitMs)
}
