import type { IRouter, Response } from 'express'
import { agenciesWith, userOfSession } from '../access/index.ts'
import { GatewayError, limits } from '../base/index.ts'
import type { AgencyCode, EnvelopeId } from '../message/index.ts'
import { desk } from '../store/index.ts'
import { getStream } from './command-operations.ts'
import { commandJob } from './commands.ts'
import type { ConsoleDeps } from './deps.ts'
import { jobView } from './jobs.ts'
import { serve } from './operation.ts'
import type { Job } from './shapes-commands.ts'
import type { StreamChanges, StreamEvent, StreamEventName } from './shapes-stream.ts'

/** A page that listens. */
interface Listener {
  readonly response: Response
  readonly session: string
  readonly actor: string
  agencies: ReadonlySet<AgencyCode>
  /** The number of the last event it was told of. */
  seq: number
  readonly since: number
  /** When something was last sent to it. */
  heardAt: number
  /** When its session and rights were last looked at. */
  checkedAt: number
}

type Heard = Awaited<ReturnType<typeof desk.eventsAfter>>[number]

/**
 * Tells open pages what happens, about once a second, by the numbered events: a page that was away goes on from the number
 * it has. However many pages listen, the store is asked once in a turn; without any, not at all.
 */
export class Stream {
  readonly #deps: ConsoleDeps
  readonly #listeners = new Set<Listener>()
  #turnAt = 0
  #jobsSince: Date
  /** Jobs that moved of late, as they were told. */
  #told: ReadonlyMap<string, string> = new Map()

  constructor(deps: ConsoleDeps) {
    this.#deps = deps
    this.#jobsSince = deps.clock.now()
  }

  serve(router: IRouter): void {
    const { clock, store } = this.#deps
    serve(router, this.#deps, getStream, async ({ request, response, caller }) => {
      const session = caller.session.id
      const own = [...this.#listeners].filter((listener) => listener.session === session)
      if (this.#listeners.size >= limits.streams || own.length >= limits.streamsPerSession)
        throw new GatewayError('too-many-streams', `a session may have ${limits.streamsPerSession} streams`)
      const last = await desk.lastEvent(store.read)
      const asked = Number(request.get('last-event-id') ?? last)
      const seq = Number.isSafeInteger(asked) && asked >= 0 && asked <= last ? asked : last
      if (response.closed) return // hung up meanwhile: nobody would ever say so again
      response.status(200)
      response.setHeader('Content-Type', 'text/event-stream')
      response.setHeader('X-Accel-Buffering', 'no')
      const now = clock.now()
      const listener: Listener = {
        response,
        session,
        actor: caller.actor,
        agencies: new Set(caller.agencies),
        seq,
        since: now.getTime(),
        heardAt: now.getTime(),
        checkedAt: now.getTime(),
      }
      this.#tell(listener, 'hello', { now: now.toISOString(), seq })
      this.#listeners.add(listener)
      response.once('close', () => this.#listeners.delete(listener))
    })
  }

  /** Tells every listener what it has not heard yet. */
  async runOnce(): Promise<void> {
    const { clock, store } = this.#deps
    const now = clock.now().getTime()
    if (this.#listeners.size === 0 || now < this.#turnAt) return
    this.#turnAt = now + limits.streamTurnMs
    const oldest = Math.min(...[...this.#listeners].map(({ seq }) => seq))
    const [events, jobs] = await Promise.all([
      desk.eventsAfter(store.read, oldest, limits.streamEvents),
      this.#movedJobs(),
    ])
    const upTo = events.length < limits.streamEvents ? (events.at(-1)?.seq ?? oldest) : await desk.lastEvent(store.read)
    const missed = events.length >= limits.streamEvents
    for (const listener of this.#listeners) {
      if (!(await this.#isAllowed(listener, now))) continue
      if (missed && listener.seq < (events[0]?.seq ?? 0)) {
        listener.seq = upTo
        this.#tell(listener, 'reset', { upTo }, upTo)
      } else this.#tellChanges(listener, events)
      for (const { actor, job } of jobs) if (actor === listener.actor) this.#tell(listener, 'job', job)
      if (now - listener.heardAt >= limits.streamBeatMs) this.#write(listener, ': \n\n')
    }
  }

  /** Says goodbye and lets go of all. */
  async close(): Promise<void> {
    for (const listener of this.#listeners) this.#dismiss(listener, 'stopping')
  }

  #tellChanges(listener: Listener, events: readonly Heard[]): void {
    const fresh = events.filter(({ seq }) => seq > listener.seq)
    const last = fresh.at(-1)
    if (last === undefined) return
    listener.seq = last.seq
    const own = fresh.filter(({ agency }) => listener.agencies.has(agency))
    if (own.length > 0) this.#tell(listener, 'changes', changesOf(own, last.seq), last.seq)
  }

  /** A session that is over hears nothing more, nor of agencies that its user may see no more; who does not read is cut off. */
  async #isAllowed(listener: Listener, now: number): Promise<boolean> {
    const { response, session } = listener
    if (response.writableLength > limits.streamOctets) {
      response.destroy()
      return false
    }
    if (now - listener.checkedAt >= limits.streamBeatMs) {
      const { store, clock, locals } = this.#deps
      const user = await userOfSession(store, clock, session)
      if (user === undefined) {
        this.#dismiss(listener, 'session-ended')
        return false
      }
      listener.agencies = new Set(agenciesWith(user.grants, 'read', locals))
      listener.checkedAt = now
    }
    if (now - listener.since >= limits.streamMs) {
      this.#listeners.delete(listener)
      response.end()
      return false
    }
    return true
  }

  #dismiss(listener: Listener, reason: StreamEvent<'bye'>['reason']): void {
    this.#tell(listener, 'bye', { reason })
    this.#listeners.delete(listener)
    listener.response.end()
  }

  #tell<N extends StreamEventName>(listener: Listener, name: N, event: StreamEvent<N>, id?: number): void {
    this.#write(listener, `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(event)}\n\n`)
  }

  #write(listener: Listener, text: string): void {
    listener.heardAt = this.#deps.clock.now().getTime()
    listener.response.write(text)
  }

  /** Whoever moves a job says when before he commits: so what is a little older may still be news. */
  async #movedJobs(): Promise<{ actor: string; job: Job }[]> {
    const { store, clock, repair } = this.#deps
    const since = new Date(this.#jobsSince.getTime() - limits.streamLateMs)
    this.#jobsSince = clock.now()
    const [jobs, commands] = await Promise.all([
      desk.changedJobs(store.read, since, limits.jobsShown),
      repair.recent(limits.jobsShown),
    ])
    const recent = [
      ...jobs.map((job) => ({ actor: job.actor, job: jobView(job) })),
      ...commands
        .filter(({ state, endedAt }) => state === 'running' || (endedAt !== undefined && endedAt >= since))
        .map((command) => ({ actor: command.actor, job: commandJob(command) })),
    ].map((one) => ({ ...one, text: JSON.stringify(one.job) }))
    const before = this.#told
    this.#told = new Map(recent.map(({ job, text }) => [job.id, text]))
    return recent.filter(({ job, text }) => before.get(job.id) !== text)
  }
}

function changesOf(events: readonly Heard[], upTo: number): StreamChanges {
  const types: Record<string, number> = {}
  const agencies = new Set<string>()
  const documents = new Set<EnvelopeId>()
  for (const { type, agency, counterpart, envelope } of events) {
    types[type] = (types[type] ?? 0) + 1
    agencies.add(agency)
    if (counterpart !== null) agencies.add(counterpart)
    if (envelope !== null) documents.add(envelope)
  }
  return {
    upTo,
    count: events.length,
    types,
    agencies: [...agencies].slice(0, 100),
    documents: [...documents].slice(0, limits.streamDocuments),
  }
}
