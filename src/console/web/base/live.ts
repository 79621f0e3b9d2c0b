import { signal } from '@preact/signals'
import type { Job, StreamChanges, StreamEvent } from '../../shapes.ts'
import { get, lockedOut, Problem } from './http.ts'

/** What a page depends on: `events` is anything that happened, `document:<id>` only what concerns that document. */
export type Topic = 'events' | 'jobs' | `document:${string}`

/** Whether the gateway's feed is open; what is on screen may be old while it is not. */
export const connected = signal(true)

/** Rises each time the feed is open again after it was closed. */
export const returned = signal(0)

/** Jobs of the user as the feed tells them, by id; `base/jobs.ts` fills in those from before. */
export const movedJob = signal<Job | undefined>(undefined)

interface Listener {
  readonly topics: readonly Topic[]
  readonly tell: () => void
}

const listeners = new Set<Listener>()

/** Pages ask again at most so often; and once more so long after the last change, since counts and words follow events. */
const REST_MS = 2000

/** Calls `tell` when one of the topics changed: at once, every two seconds while it goes on, and when it is over. @returns how to stop */
export function changes(topics: readonly Topic[], tell: () => void): () => void {
  if (topics.length === 0) return () => undefined
  let resting: ReturnType<typeof setTimeout> | undefined
  let more = false
  const rest = () => {
    resting = setTimeout(() => {
      resting = undefined
      if (more) rest()
      more = false
      tell()
    }, REST_MS)
  }
  const listener: Listener = {
    topics,
    tell: () => {
      if (resting !== undefined) {
        more = true
        return
      }
      rest()
      tell()
    },
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    clearTimeout(resting)
  }
}

function announce(concerns: (topic: Topic) => boolean): void {
  for (const listener of listeners) if (listener.topics.some(concerns)) listener.tell()
}

let stream: EventSource | undefined
/** Whether something may have happened while the feed was closed. */
let away = false
let retrying: ReturnType<typeof setTimeout> | undefined
const RETRY_MS = 5000

/** Opens the feed; the browser opens it again by itself when it breaks. */
export function openFeed(): void {
  if (stream !== undefined) return
  const source = new EventSource('/console/api/stream')
  stream = source
  const on = <T>(name: string, handle: (data: T) => void) =>
    source.addEventListener(name, (event) => handle(JSON.parse((event as MessageEvent<string>).data) as T))
  on('hello', () => {
    connected.value = true
    if (!away) return
    away = false
    returned.value++
    announce(() => true)
  })
  on<StreamChanges>('changes', ({ documents, count }) => {
    const named = new Set<string>(documents)
    const unnamed = count > documents.length && documents.length >= 200
    announce((topic) => topic === 'events' || (topic.startsWith('document:') && (unnamed || named.has(topic.slice(9)))))
  })
  on('reset', () => announce(() => true))
  on<Job>('job', (job) => {
    movedJob.value = job
    announce((topic) => topic === 'jobs')
  })
  on<StreamEvent<'bye'>>('bye', ({ reason }) => {
    if (reason === 'session-ended') {
      closeFeed()
      lockedOut.value++
    }
  })
  source.addEventListener('error', () => {
    connected.value = false
    away = true
    // a refusal closes for good: the browser tries again only after a broken connection
    if (source.readyState === EventSource.CLOSED && stream === source) {
      stream = undefined
      retry()
    }
  })
}

/** The feed does not say why it was refused; who is signed in no more, though, is told when he asks. */
function retry(): void {
  retrying = setTimeout(() => {
    get('/session').then(
      () => {
        if (retrying !== undefined) openFeed()
      },
      (error: unknown) => {
        if (retrying !== undefined && !(error instanceof Problem && error.status === 401)) retry()
      },
    )
  }, RETRY_MS)
}

/** Nobody is signed in any more. */
export function closeFeed(): void {
  clearTimeout(retrying)
  retrying = undefined
  stream?.close()
  stream = undefined
  away = false
}
