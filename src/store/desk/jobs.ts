import type { Sql } from '../sql.ts'

export type JobKind = 'export' | 'audit-check'
export type JobState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'

/** Long work that somebody asked for. */
export interface StoredJob {
  readonly id: string
  readonly kind: JobKind
  readonly actor: string
  /** JSON: what is to be done. */
  readonly params: string
  readonly state: JobState
  readonly done: number
  /** From where the next step goes on. */
  readonly cursor: string
  readonly octets: number
  readonly parts: number
  readonly code: string | null
  readonly message: string | null
  /** JSON: what came of it. */
  readonly result: string | null
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly fence: number
}

const COLUMNS = `id, kind, actor, params, state, done, cursor, octets, parts, code, message, result, created_at AS "createdAt",
  started_at AS "startedAt", ended_at AS "endedAt", fence`

/** @returns false when there is a job with this id already */
export async function addJob(
  tx: Sql,
  job: { id: string; kind: JobKind; actor: string; params: string; at: Date },
): Promise<boolean> {
  const at = job.at.getTime()
  const added = await tx.run(
    `INSERT INTO desk_job (id, kind, actor, params, state, created_at, changed_at) VALUES (?, ?, ?, ?, 'waiting', ?, ?)
     ON CONFLICT (id) DO NOTHING`,
    [job.id, job.kind, job.actor, job.params, at, at],
  )
  return added === 1
}

export function findJob(sql: Sql, id: string): Promise<StoredJob | undefined> {
  return sql.get<StoredJob>(`SELECT ${COLUMNS} FROM desk_job WHERE id = ?`, [id])
}

/** The newest first; of one person, or of all. */
export function listJobs(sql: Sql, actor: string | undefined, limit: number): Promise<StoredJob[]> {
  const [where, params] = actor === undefined ? ['', []] : ['WHERE actor = ?', [actor]]
  return sql.all<StoredJob>(`SELECT ${COLUMNS} FROM desk_job ${where} ORDER BY created_at DESC, id LIMIT ?`, [
    ...params,
    limit,
  ])
}

/** The last job of this kind. */
export function lastJob(sql: Sql, kind: JobKind): Promise<StoredJob | undefined> {
  return sql.get<StoredJob>(`SELECT ${COLUMNS} FROM desk_job WHERE kind = ? ORDER BY created_at DESC LIMIT 1`, [kind])
}

const VERDICT = `kind = 'audit-check' AND (state = 'done' OR code = 'audit-broken')`
const LAST_VERDICT = `SELECT id FROM desk_job WHERE ${VERDICT} ORDER BY created_at DESC, id DESC LIMIT 1`

/** The last check of the audit that came to a verdict: one that was stopped, or failed for another reason, says nothing. */
export function lastAuditVerdict(sql: Sql): Promise<StoredJob | undefined> {
  return sql.get<StoredJob>(`SELECT ${COLUMNS} FROM desk_job WHERE id = (${LAST_VERDICT})`)
}

/** Those that have moved since. */
export function changedJobs(sql: Sql, since: Date, limit: number): Promise<StoredJob[]> {
  return sql.all<StoredJob>(`SELECT ${COLUMNS} FROM desk_job WHERE changed_at > ? ORDER BY created_at DESC LIMIT ?`, [
    since.getTime(),
    limit,
  ])
}

/** Claims the job that nobody works on and that has waited longest for its next step: a long one holds up no other. Every later write names its fence. */
export async function leaseJob(tx: Sql, now: Date, leaseUntil: Date): Promise<StoredJob | undefined> {
  const at = now.getTime()
  const rows = await tx.all<StoredJob>(
    `WITH due AS MATERIALIZED (SELECT id FROM desk_job WHERE ended_at IS NULL AND lease_until <= ? ORDER BY changed_at, id LIMIT 1 {{skipLocked}})
     UPDATE desk_job SET lease_until = ?, fence = fence + 1, state = 'running', started_at = COALESCE(started_at, ?), changed_at = ?
     WHERE id IN (SELECT id FROM due) RETURNING ${COLUMNS}`,
    [at, leaseUntil.getTime(), at, at],
  )
  return rows[0]
}

/** One step was done; the job waits for its next. @returns whether the claim still held */
export async function advanceJob(
  tx: Sql,
  job: StoredJob,
  step: { at: Date; done: number; cursor: string; part?: Uint8Array },
): Promise<boolean> {
  const changed = await tx.run(
    `UPDATE desk_job SET done = ?, cursor = ?, octets = octets + ?, parts = parts + ?, changed_at = ?, lease_until = 0
     WHERE id = ? AND fence = ? AND ended_at IS NULL`,
    [
      step.done,
      step.cursor,
      step.part?.length ?? 0,
      step.part === undefined ? 0 : 1,
      step.at.getTime(),
      job.id,
      job.fence,
    ],
  )
  if (changed === 1 && step.part !== undefined)
    await tx.run('INSERT INTO desk_job_part (job, n, bytes) VALUES (?, ?, ?)', [job.id, job.parts, step.part])
  return changed === 1
}

/** @returns whether the claim still held */
export async function endJob(
  tx: Sql,
  job: Pick<StoredJob, 'id' | 'fence'>,
  end: { at: Date; state: 'done' | 'failed'; code?: string; message?: string; result?: string; done?: number },
): Promise<boolean> {
  const at = end.at.getTime()
  const changed = await tx.run(
    `UPDATE desk_job SET state = ?, code = ?, message = ?, result = ?, done = COALESCE(?, done), ended_at = ?, changed_at = ?, lease_until = 0
     WHERE id = ? AND fence = ? AND ended_at IS NULL`,
    [end.state, end.code ?? null, end.message ?? null, end.result ?? null, end.done ?? null, at, at, job.id, job.fence],
  )
  return changed === 1
}

/** @returns false when it had ended already */
export async function cancelJob(tx: Sql, id: string, at: Date): Promise<boolean> {
  const changed = await tx.run(
    `UPDATE desk_job SET state = 'cancelled', ended_at = ?, changed_at = ?, lease_until = 0, fence = fence + 1 WHERE id = ? AND ended_at IS NULL`,
    [at.getTime(), at.getTime(), id],
  )
  return changed === 1
}

/** What an export has written, part by part. */
export async function* jobParts(sql: Sql, job: StoredJob): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < job.parts; n++) {
    const row = await sql.get<{ bytes: Uint8Array }>('SELECT bytes FROM desk_job_part WHERE job = ? AND n = ?', [
      job.id,
      n,
    ])
    if (row !== undefined) yield row.bytes
  }
}

/** Throws away what ended before, with what it has written, but not what is known of the audit's chain. */
export async function sweepJobs(tx: Sql, before: Date): Promise<void> {
  const at = before.getTime()
  await tx.run('DELETE FROM desk_job_part WHERE job IN (SELECT id FROM desk_job WHERE ended_at <= ?)', [at])
  await tx.run(`DELETE FROM desk_job WHERE ended_at <= ? AND id NOT IN (${LAST_VERDICT})`, [at])
}

/** Ids of jobs that nobody works on: one look that writes nothing. */
export async function openJobs(sql: Sql, now: Date): Promise<string[]> {
  const rows = await sql.all<{ id: string }>(
    'SELECT id FROM desk_job WHERE ended_at IS NULL AND lease_until <= ? ORDER BY created_at LIMIT 1',
    [now.getTime()],
  )
  return rows.map(({ id }) => id)
}
