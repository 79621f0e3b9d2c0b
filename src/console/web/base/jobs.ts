import { computed, effect, signal } from '@preact/signals'
import type { Job, JobList } from '../../shapes.ts'
import { get } from './http.ts'
import { movedJob, returned } from './live.ts'

/** Long work of the user: commands over many documents, exports, checks. It goes on without the page. */
const known = signal<ReadonlyMap<string, Job>>(new Map())

export const jobs = computed(() => [...known.value.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)))

/** The job whose dialog is open. */
export const openJob = signal<string | undefined>(undefined)

export function isOver(job: Job): boolean {
  return job.state === 'done' || job.state === 'failed' || job.state === 'cancelled'
}

export function noteJob(job: Job): void {
  known.value = new Map(known.value).set(job.id, job)
}

/** What was begun before this page was loaded. */
export async function recallJobs(): Promise<void> {
  const { items } = await get<JobList>('/jobs')
  known.value = new Map([...known.value, ...items.map((job) => [job.id, job] as const)])
}

effect(() => {
  const job = movedJob.value
  if (job !== undefined) known.value = new Map(known.peek()).set(job.id, job)
})

effect(() => {
  if (returned.value > 0) recallJobs().catch(() => undefined) // what ended meanwhile was told to nobody
})

/** An id for one decision of the user: the same click twice is the same command. */
export function decisionId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
