import { createHash } from 'node:crypto'
import type { IRouter } from 'express'
import { GatewayError, limits } from '../base/index.ts'
import { send } from '../http/index.ts'
import { type AuditVerdict, audit, desk, lock, type StoredJob } from '../store/index.ts'
import { cancelMyJob, checkAuditChain, downloadJobFile, getJob, listMyJobs, startExport } from './command-operations.ts'
import { commandJob, commandView } from './commands.ts'
import type { ConsoleDeps } from './deps.ts'
import { listQueryOf, vietnamTime } from './document-rows.ts'
import { getAuditChain } from './gateway-operations.ts'
import type { Caller } from './identity.ts'
import { readParams, writeParams } from './job-runner.ts'
import { serve } from './operation.ts'
import type { AuditChain } from './shapes-audit.ts'
import type { Job } from './shapes-commands.ts'
import { causeOf, instantIf, iso, text } from './words.ts'

/** Exports and checks, and commands as jobs beside them. */
export function serveJobs(router: IRouter, deps: ConsoleDeps): void {
  const { store, clock, ids } = deps
  const sql = store.read

  serve(router, deps, startExport, async ({ response, caller, body }) => {
    const params = writeParams({ language: body.language, query: listQueryOf(body.filters, caller.agencies) })
    const job = { id: body.jobId, kind: 'export', actor: caller.actor, params, at: clock.now() } as const
    await store.transact((tx) => desk.addJob(tx, job))
    const stored = await desk.findJob(sql, body.jobId)
    if (stored === undefined || stored.actor !== caller.actor || stored.params !== params)
      throw new GatewayError('command-id-reused', `another job was asked for under ${body.jobId}`, { field: '/jobId' })
    deps.jobs.ring()
    response.status(202).json(jobView(stored))
  })

  serve(router, deps, checkAuditChain, async ({ response, caller }) => {
    const id = await store.transact(async (tx) => {
      await lock(tx, ['audit-check'])
      const last = await desk.lastJob(tx, 'audit-check')
      if (last !== undefined && last.endedAt === null) return last.id
      const job = { id: ids.next(), kind: 'audit-check', actor: caller.actor, params: '{}', at: clock.now() } as const
      await desk.addJob(tx, job)
      return job.id
    })
    deps.jobs.ring()
    response.status(202).json(jobView(await requireJob(deps, id)))
  })

  serve(router, deps, getAuditChain, async ({ response }) => {
    response.json(await chainView(deps))
  })

  serve(router, deps, listMyJobs, async ({ response, caller }) => {
    const all = mayAudit(caller)
    const [jobs, commands] = await Promise.all([
      desk.listJobs(sql, all ? undefined : caller.actor, limits.jobsShown),
      deps.repair.recent(limits.jobsShown),
    ])
    const own = commands.filter(({ actor }) => all || actor === caller.actor).map(commandJob)
    const items = [...jobs.map(jobView), ...own].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
    response.json({ items: items.slice(0, limits.jobsShown) })
  })

  serve(router, deps, getJob, async ({ response, caller, params }) => {
    const command = await deps.repair.find(params.id)
    if (command !== undefined && (command.actor === caller.actor || mayAudit(caller)))
      return void response.json(await commandView(deps, command))
    const job = await requireJob(deps, params.id)
    requireOwn(job, caller)
    response.json(jobView(job))
  })

  serve(router, deps, cancelMyJob, async ({ response, caller, params }) => {
    const job = await requireJob(deps, params.id)
    requireOwn(job, caller)
    await store.transact((tx) => desk.cancelJob(tx, job.id, clock.now()))
    response.json(jobView(await requireJob(deps, job.id)))
  })

  serve(router, deps, downloadJobFile, async ({ request, response, caller, params }) => {
    const job = await requireJob(deps, params.id)
    if (job.actor !== caller.actor || job.kind !== 'export' || job.state !== 'done')
      throw new GatewayError('not-found', 'there is no such file of yours')
    if (!readParams(job.params).query.owners.every((code) => caller.agencies.includes(code)))
      throw new GatewayError('role-missing', 'the file speaks of agencies that you may see no more')
    const entry = { actor: caller.actor, action: 'content-downloaded', subject: job.id, detail: { what: 'export' } }
    await store.transact((tx) => audit.record(tx, entry, ids, clock))
    await send(request, response, {
      name: fileName(job),
      contentType: 'text/csv; charset=utf-8',
      sha256: createHash('sha256').update(`${job.id} ${job.octets}`).digest('hex'), // names the file, which never changes
      octets: job.octets,
      whole: () => desk.jobParts(sql, job),
    })
  })
}

function mayAudit(caller: Caller): boolean {
  return caller.rights.includes('audit')
}

function requireOwn(job: StoredJob, caller: Caller): void {
  if (job.actor !== caller.actor && !mayAudit(caller))
    throw new GatewayError('not-found', 'there is no such job of yours')
}

async function requireJob({ store }: ConsoleDeps, id: string): Promise<StoredJob> {
  const job = await desk.findJob(store.read, id)
  if (job === undefined) throw new GatewayError('not-found', `there is no job ${id}`)
  return job
}

export function jobView(job: StoredJob): Job {
  const { id, kind, state, actor, done, code, message, endedAt } = job
  const finished = kind === 'export' && state === 'done' && endedAt !== null
  return {
    id,
    kind,
    state,
    title:
      kind === 'export'
        ? text('Xuất danh sách văn bản', 'Export a list of documents')
        : text('Kiểm tra chuỗi nhật ký', 'Check the chain of the audit'),
    by: actor,
    createdAt: iso(job.createdAt),
    ...instantIf('startedAt', job.startedAt),
    ...instantIf('endedAt', endedAt),
    done,
    ...(state === 'done' ? { total: done } : {}),
    ...(code === null ? {} : { cause: causeOf(code) }),
    ...(message === null ? {} : { message }),
    ...(finished
      ? {
          file: {
            name: fileName(job),
            octets: job.octets,
            href: `/console/api/jobs/${id}/file`,
            until: iso(endedAt + limits.jobKeptMs),
          },
        }
      : {}),
  }
}

function fileName(job: StoredJob): string {
  const { direction } = readParams(job.params).query
  const day = vietnamTime(iso(job.createdAt)).slice(0, 10)
  return direction === 'out' ? `van-ban-di-${day}.csv` : `van-ban-den-${day}.csv`
}

async function chainView({ store }: ConsoleDeps): Promise<AuditChain> {
  const [now, last, judged] = await Promise.all([
    desk.auditEnd(store.read),
    desk.lastJob(store.read, 'audit-check'),
    desk.lastAuditVerdict(store.read),
  ])
  const unchecked = { state: 'unchecked', rows: now.rows, heads: now.heads, signedUpTo: now.signedUpTo } as const
  if (last?.endedAt === null) return { ...unchecked, state: 'checking', checked: last.done, job: last.id }
  if (judged === undefined) return unchecked
  const about = { ...instantIf('checkedAt', judged.endedAt), job: judged.id }
  const result = judged.result ?? '{}'
  if (judged.code === 'audit-broken') {
    const place = JSON.parse(result) as { brokenAt?: number }
    return { ...unchecked, ...about, ...place, state: 'broken', message: judged.message ?? '' }
  }
  const { rows, hash, heads, signedUpTo } = JSON.parse(result) as AuditVerdict
  return { state: 'intact', ...about, rows, hash, heads, signedUpTo }
}
