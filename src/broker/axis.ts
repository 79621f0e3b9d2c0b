import type { AgencyCode, Lane } from '../message/index.ts'

/** What travels beside the bytes of one part: the AMQP properties and headers of the contract (architecture §6). */
export interface PartProperties {
  /** At most 255 octets; the same at each attempt and for each part of one package. */
  readonly messageId: string
  readonly type: PartType
  readonly contentType: string
  /** The broker user that published; stamped and checked by the axis, so it can be believed. */
  readonly userId?: string
  /** Whole seconds: AMQP carries no more. */
  readonly timestamp: Date
  /** See `partHeaders`. */
  readonly headers: Readonly<Record<string, string | number>>
}

export const partTypes = ['edoc', 'status', 'query', 'directory'] as const
export type PartType = (typeof partTypes)[number]

/** One part to publish: chunk i of the store is message i on the axis. */
export interface OutgoingPart extends PartProperties {
  readonly from: AgencyCode
  readonly to: AgencyCode
  readonly lane: Lane
  readonly body: Uint8Array
}

export interface ReceivedPart extends Omit<PartProperties, 'type'> {
  /** A claim, like the message id and the headers: whoever published may have written anything, or nothing (''). */
  readonly type: string
  readonly lane: Lane
  /** The agency whose queue it was read from. */
  readonly to: AgencyCode
  readonly body: Uint8Array
  /** It was handed out before: whether it was dealt with then, the axis cannot know. */
  readonly redelivered: boolean
}

/** The body is the handler's until it resolves. Resolve = acknowledge: the axis forgets the part. Reject = it is delivered again, later and after others. */
export type PartHandler = (part: ReceivedPart) => Promise<void>

export interface Subscription {
  /** Hands out no more parts; resolves when those in hand are acknowledged or refused. */
  cancel(): Promise<void>
}

/**
 * One broker user's way to the axis. It outlives outages: publishing fails while the axis is away, and subscriptions
 * go on by themselves when it is back.
 */
export interface AxisConnection {
  /**
   * Resolves on the broker's confirm: then the part is in the recipient's queue. Parts of one connection keep their
   * order. A rejection does not prove that the part is not there: publish it again.
   * @throws broker-unavailable | broker-unroutable | broker-full | sender-not-entitled | part-too-large | contract-violation
   */
  publish(part: OutgoingPart): Promise<void>
  /**
   * Reads the queue of one agency and lane, at most `prefetch` parts in hand at a time. What is in hand when the
   * connection ends goes back to the queue.
   * @throws sender-not-entitled | broker-unroutable (the queue is not provisioned) | broker-unavailable (closed)
   */
  consume(agency: AgencyCode, lane: Lane, prefetch: number, handle: PartHandler): Promise<Subscription>
  /** Ends the connection at once; parts in hand go back to their queues. */
  close(): Promise<void>
}
