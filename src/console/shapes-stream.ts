import { z } from 'zod'
import { envelopeId, instant } from '../http/index.ts'
import { jobShape } from './shapes-commands.ts'

/**
 * What `GET /console/api/stream` sends (text/event-stream). Each `changes` bears the number of its last event as id, so
 * that the browser's Last-Event-ID resumes where it was. About once a second at most, however much happens.
 */
export const streamEvents = {
  /** First of each connection. */
  hello: z.object({ now: instant('Clock of the gateway'), seq: z.number().int() }),
  /** What happened since the last; reread what of it is on the page. */
  changes: z.object({
    upTo: z.number().int(),
    count: z.number().int(),
    types: z.record(z.string(), z.number().int()).meta({ description: 'Events by type.' }),
    agencies: z.array(z.string()).meta({ description: 'Ours and theirs that are concerned, at most 100.' }),
    documents: z.array(envelopeId).meta({ description: 'At most 200; `count` tells whether there are more.' }),
  }),
  /** Too much was missed to be told one by one: reread everything. */
  reset: z.object({ upTo: z.number().int() }),
  /** A job of the user moved. */
  job: jobShape,
  /** The session is over; sign in again. */
  bye: z.object({ reason: z.enum(['session-ended', 'stopping']) }),
} as const

export type StreamEventName = keyof typeof streamEvents
export type StreamEvent<N extends StreamEventName> = z.output<(typeof streamEvents)[N]>
export type StreamHello = StreamEvent<'hello'>
export type StreamChanges = StreamEvent<'changes'>
