import { type Clock, codeOf, GatewayError, type Ids, type Log, limits, messageOf } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import type { Certificate } from '../pki/index.ts'
import {
  type AuditVerdict,
  audit,
  desk,
  type ListQuery,
  type Store,
  type StoredJob,
  walkAudit,
} from '../store/index.ts'
import { BYTE_ORDER_MARK, csvLine } from './csv.ts'
import { documentRows, vietnamTime } from './document-rows.ts'
import type { DocumentRow } from './shapes-documents.ts'

export interface JobRunnerDeps {
  readonly store: Store
  readonly directory: Directory
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Those that may have signed heads of the audit. */
  readonly auditCertificates: () => readonly Certificate[]
}

/** What an export is asked for; kept with the job. */
export interface ExportParams {
  readonly language: 'vi' | 'en'
  readonly query: ListQuery
}

/**
 * Does the long work that people asked for, one step at a time. Each step is committed with the place it reached, so that
 * whoever dies in between loses a step and not the work.
 */
export class JobRunner {
  readonly #deps: JobRunnerDeps
  #sweepAt = 0

  constructor(deps: JobRunnerDeps) {
    this.#deps = deps
  }

  /** @returns whether there is more to do at once */
  async runOnce(): Promise<boolean> {
    const { store, clock } = this.#deps
    const now = clock.now()
    if (now.getTime() >= this.#sweepAt) {
      await store.transact((tx) => desk.sweepJobs(tx, new Date(now.getTime() - limits.jobKeptMs)))
      this.#sweepAt = now.getTime() + limits.sweepMs
    }
    const [waiting] = await desk.openJobs(store.read, now)
    if (waiting === undefined) return false
    const leaseUntil = new Date(now.getTime() + limits.jobLeaseMs)
    const job = await store.transact((tx) => desk.leaseJob(tx, now, leaseUntil))
    if (job === undefined) return false
    try {
      await (job.kind === 'export' ? this.#export(job) : this.#checkAudit(job))
    } catch (error) {
      this.#deps.log.warn({ err: error, job: job.id, kind: job.kind }, 'a job failed')
      const place = error instanceof GatewayError && error.code === 'audit-broken' ? brokenAt(error) : {}
      const end = {
        at: clock.now(),
        state: 'failed',
        code: codeOf(error),
        message: messageOf(error),
        ...place,
      } as const
      await store.transact((tx) => desk.endJob(tx, job, end))
    }
    return true
  }

  /** One page of the list becomes one part of the file. */
  async #export(job: StoredJob): Promise<void> {
    const { store, directory, clock, ids } = this.#deps
    const { language, query } = readParams(job.params)
    const page = { ...(job.cursor === '' ? {} : { after: job.cursor }), limit: limits.jobRows }
    const { items, next } = await desk.listDocuments(store.read, query, page)
    const rows = await documentRows(store.read, directory, query.direction, items, limits.recipients)
    const lines = rows.map((row) => csvLine(cellsOf(row))).join('')
    const head =
      job.parts === 0 ? BYTE_ORDER_MARK + csvLine(COLUMNS.map(([vi, en]) => (language === 'vi' ? vi : en))) : ''
    const part = Buffer.from(head + lines)
    const full = job.octets + part.length > limits.jobOctets
    const done = job.done + rows.length
    await store.transact(async (tx) => {
      const at = clock.now()
      if (!(await desk.advanceJob(tx, job, { at, done, cursor: next ?? job.cursor, part }))) return
      if (next !== undefined && !full) return
      await desk.endJob(
        tx,
        job,
        full && next !== undefined
          ? { at, state: 'failed', code: 'request-too-large', message: `an export may have ${limits.jobOctets} octets` }
          : { at, state: 'done' },
      )
      const entry = { actor: job.actor, action: 'documents-exported', subject: job.id, detail: { rows: done } }
      await audit.record(tx, entry, ids, clock)
    })
  }

  /** So many pages, and the place reached: whoever asked may end it, and what else waits has its turn. */
  async #checkAudit(job: StoredJob): Promise<void> {
    const { store, clock, ids, auditCertificates } = this.#deps
    const certificates = auditCertificates()
    let step = await walkAudit(store, certificates, readPlace(job.cursor))
    for (let n = 1; n < limits.jobPages && !step.ended; n++) step = await walkAudit(store, certificates, step.verdict)
    const { verdict, ended } = step
    await store.transact(async (tx) => {
      if (!ended) {
        const place = { at: clock.now(), done: verdict.rows, cursor: JSON.stringify(verdict) }
        await desk.advanceJob(tx, job, place)
        return
      }
      const end = { at: clock.now(), state: 'done', result: JSON.stringify(verdict), done: verdict.rows } as const
      if (!(await desk.endJob(tx, job, end))) return
      const detail = { rows: verdict.rows, hash: verdict.hash }
      await audit.record(tx, { actor: job.actor, action: 'audit-checked', subject: job.id, detail }, ids, clock)
    })
  }
}

function brokenAt({ detail }: GatewayError): { result?: string } {
  return typeof detail['seq'] === 'number' ? { result: JSON.stringify({ brokenAt: detail['seq'] }) } : {}
}

function readPlace(cursor: string): AuditVerdict | undefined {
  return cursor === '' ? undefined : (JSON.parse(cursor) as AuditVerdict)
}

export function writeParams(params: ExportParams): string {
  return JSON.stringify(params)
}

export function readParams(written: string): ExportParams {
  const { language, query } = JSON.parse(written) as {
    language: 'vi' | 'en'
    query: ListQuery & { from?: string; to?: string }
  }
  const { from, to, ...rest } = query as Omit<ListQuery, 'from' | 'to'> & { from?: string; to?: string }
  return {
    language,
    query: {
      ...rest,
      ...(from === undefined ? {} : { from: new Date(from) }),
      ...(to === undefined ? {} : { to: new Date(to) }),
    },
  }
}

const COLUMNS: readonly (readonly [vi: string, en: string])[] = [
  ['Số/ký hiệu', 'Number'],
  ['Trích yếu', 'Subject'],
  ['Ngày ban hành', 'Date'],
  ['Đơn vị', 'Agency'],
  ['Bên gửi/nhận', 'Other side'],
  ['Trạng thái', 'State'],
  ['Luồng', 'Lane'],
  ['Thời điểm', 'Stored at'],
  ['Dung lượng', 'Octets'],
  ['Mã định danh văn bản', 'DocumentId'],
  ['Mã của hệ thống', 'Id'],
]

function cellsOf(row: DocumentRow): (string | number)[] {
  return [
    row.number,
    row.subject,
    row.promulgationDate,
    row.agency.code,
    row.counterparts.map(({ agency, state }) => `${agency.code} ${agency.name}: ${state}`).join('; '),
    row.state,
    row.lane,
    vietnamTime(row.storedAt),
    row.octets,
    row.documentId,
    row.id,
  ]
}
