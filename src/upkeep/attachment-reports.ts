import { type Clock, GatewayError, type Ids, type Log, limits, reached } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import {
  type AttachmentReport,
  type ExaminedFile,
  type Examiner,
  examineFile,
  isExhausted,
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
  type Sql,
  type Store,
  type ValidationDatum,
} from '../store/index.ts'
import { Patience } from './patience.ts'

export interface AttachmentReportsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly trust: () => TrustStore
  readonly directory: Directory
  readonly examiner: Pick<Examiner, 'examine' | 'stop'>
}

/**
 * Judges the signatures inside of attachments, off the path of documents: each once, in a thread with bounds, and again
 * when an operator asks or when revocation could not be checked. A process that dies on the way leaves its claim, which
 * lapses.
 */
export class AttachmentReports {
  readonly #deps: AttachmentReportsDeps
  readonly #patience = new Patience()
  readonly #awaited = new Map<string, Certificate>()

  constructor(deps: AttachmentReportsDeps) {
    this.#deps = deps
  }

  /** @returns whether there may be more to judge at once */
  async runOnce(signal: AbortSignal = new AbortController().signal): Promise<boolean> {
    const { store, clock, examiner } = this.#deps
    if (!(await reports.isDue(store.read, clock.now()))) return false
    const now = clock.now()
    const leaseUntil = new Date(now.getTime() + limits.reportLeaseMs)
    const leased = await store.transact((tx) => reports.lease(tx, { now, leaseUntil, limit: limits.reportBatch }))
    const stop = (): void => void examiner.stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      await this.#judgeAll(leased, signal)
    } finally {
      signal.removeEventListener('abort', stop)
    }
    return leased.length === limits.reportBatch
  }

  /** Signers of late for whom nothing was known of revocation: what their chains name is worth fetching. */
  get awaited(): readonly Certificate[] {
    return [...this.#awaited.values()]
  }

  /** Ends the thread. */
  async finish(): Promise<void> {
    await this.#deps.examiner.stop()
  }

  /** Files that are no PDF, which are most, are settled together; PDFs one at a time. */
  async #judgeAll(leased: readonly LeasedAttachment[], signal: AbortSignal): Promise<void> {
    const looked = await Promise.all(leased.map((attachment) => this.#tried(attachment, () => this.#look(attachment))))
    const found = looked.filter((one) => one !== undefined)
    await this.#keep(found.filter(({ examined }) => examined !== undefined).map((one) => this.#judged(one)))
    for (const one of found.filter(({ examined }) => examined === undefined))
      await this.#tried(one.attachment, () => this.#judgeInTurn(one, signal))
  }

  /** What cannot be done now is done when the claim has lapsed, and holds up no other. */
  async #tried<T>(attachment: LeasedAttachment, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (err) {
      const { envelope, n } = attachment
      this.#deps.log.error({ err, envelope, n }, 'an attachment could not be judged, and will be tried again')
      return undefined
    }
  }

  /** Whose it is, and what it is when its beginning says so. */
  async #look(attachment: LeasedAttachment): Promise<Looked | undefined> {
    const { store } = this.#deps
    const { envelope, octets } = attachment
    const document = await reports.documentOf(store.read, envelope)
    if (document === undefined) {
      await store.transact((tx) => reports.settle(tx, attachment, undefined)) // destroyed meanwhile
      return undefined
    }
    const beginning = await octetsOf(store, attachment, Math.min(octets, BEGINNING))
    const file = { ...attachment, octets: beginning }
    if (!isWorthExamining(file)) return { attachment, document, examined: examineFile(file) }
    if (octets > limits.pdfBytes) return { attachment, document, examined: unexamined('pdf-too-large') }
    return { attachment, document, examined: undefined }
  }

  /** One PDF, unless others of its sender have lately taken more of the thread than was theirs. */
  async #judgeInTurn(one: Looked, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps
    const { attachment, document } = one
    const turn = this.#patience.turnOf(document.sender, clock.now())
    if ('waitUntil' in turn) return this.#giveBack(attachment, turn.waitUntil)
    const examined = signal.aborted ? undefined : await this.#examine(attachment, turn.limitMs)
    // where the thread was ended, there is no verdict on the file
    if (examined === undefined || signal.aborted) return this.#giveBack(attachment, clock.now())
    if (isExhausted(examined)) {
      this.#patience.strain(document.sender, clock.now())
      const { envelope, n } = attachment
      log.warn(
        { envelope, n, sender: document.sender },
        'an attachment exhausted its reader; others of its sender wait',
      )
    }
    await this.#keep([this.#judged({ ...one, examined })])
  }

  /** In memory only while it is judged. */
  async #examine(attachment: LeasedAttachment, limitMs: number): Promise<ExaminedFile> {
    const { store, examiner } = this.#deps
    return examiner.examine({ ...attachment, octets: await octetsOf(store, attachment, attachment.octets) }, limitMs)
  }

  #judged({ attachment, document, examined }: Looked): Judged {
    const { clock, trust, directory } = this.#deps
    const { n, name, contentType, octets, sha256 } = attachment
    const judgedAt = clock.now()
    const evidence = new Map<string, ValidationDatum>()
    const report = reportOn(examined ?? unexamined('judging-failed'), {
      file: { name, contentType, octets, sha256 },
      role: n === 1 ? 'main' : 'attached',
      at: document.storedAt,
      sender: directory.senderOf(document.sender),
      judgeChain: (leaf, presented, at) => {
        const verdict = trust().judgeChain({ leaf, presented, at, knownAt: judgedAt })
        for (const { der, fingerprint } of verdict.path)
          evidence.set(fingerprint, { kind: 'certificate', fingerprint, der })
        for (const proof of verdict.proofs) evidence.set(proof.fingerprint, proof)
        this.#awaitRevocation(verdict, presented, judgedAt)
        return verdict
      },
    })
    return { attachment, agency: document.owner, judgedAt, report, evidence: [...evidence.values()] }
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

  async #keep(judged: readonly Judged[]): Promise<void> {
    if (judged.length === 0) return
    await this.#deps.store.transact(async (tx) => {
      for (const one of judged) await this.#keepOne(tx, one)
    })
    reached('upkeep.reported')
    for (const { attachment, report } of judged) {
      const { envelope, n } = attachment
      const { verdict, signatures } = report
      this.#deps.log.info({ envelope, n, verdict, signatures: signatures.length }, 'attachment judged')
    }
  }

  async #keepOne(tx: Sql, { attachment, agency, judgedAt, report, evidence }: Judged): Promise<void> {
    const { clock, ids } = this.#deps
    const { envelope, n } = attachment
    const earlier = await reports.latest(tx, envelope, n)
    const run = (earlier?.run ?? 0) + 1
    const next = nextTime(report, attachment, clock.now())
    const isOurs = await reports.settle(tx, attachment, next, attachment.tries + 1)
    if (!isOurs) return // another process judged it
    if (earlier !== undefined && JSON.stringify(earlier.report) === JSON.stringify(report)) return
    await reports.add(tx, attachment, { run, judgedAt, report }, evidence)
    if (report.file.form === 'other') return // a timeline tells of signatures, not of files that cannot have any
    const { verdict, informationOnly, signatures } = report
    const data = { n, run, verdict, informationOnly, signatures: signatures.length }
    await events.add(tx, ids, { agency, envelope, type: 'attachment-report', at: judgedAt, data })
  }

  async #giveBack(attachment: LeasedAttachment, until: Date): Promise<void> {
    await this.#deps.store.transact((tx) => reports.settle(tx, attachment, until))
  }
}

type StoredDocument = NonNullable<Awaited<ReturnType<typeof reports.documentOf>>>

interface Looked {
  readonly attachment: LeasedAttachment
  readonly document: StoredDocument
  /** Absent: it has to be read whole. */
  readonly examined: ExaminedFile | undefined
}

interface Judged extends Omit<ReportRecord, 'run'> {
  readonly attachment: LeasedAttachment
  readonly agency: StoredDocument['owner']
  readonly evidence: readonly ValidationDatum[]
}

async function octetsOf(
  { read }: Store,
  { envelope, n }: LeasedAttachment,
  count: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const octets = new Uint8Array(count)
  let at = 0
  for await (const piece of content.readAttachment(read, envelope, n, 0, count)) {
    octets.set(piece, at)
    at += piece.length
  }
  return octets
}

const BEGINNING = 1024

/** Only what may be known later is judged again by itself. */
function nextTime({ signatures }: AttachmentReport, { tries }: LeasedAttachment, now: Date): Date | undefined {
  const mayChange = signatures.some(({ reasons }) => reasons.some(({ code }) => code === 'revocation-unknown'))
  const waitMs = mayChange ? limits.reportAgainMs[tries] : undefined
  return waitMs === undefined ? undefined : new Date(now.getTime() + waitMs)
}
