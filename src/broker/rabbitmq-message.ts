import type { ConsumeMessage, Options } from 'amqplib'
import type { AgencyCode, Lane } from '../message/index.ts'
import type { OutgoingPart, ReceivedPart } from './axis.ts'

/** The AMQP properties of a part (architecture §6). The broker refuses a `user_id` other than the authenticated one. */
export function publishOptions(part: OutgoingPart, user: string): Options.Publish {
  return {
    messageId: part.messageId,
    type: part.type,
    contentType: part.contentType,
    userId: user,
    timestamp: Math.floor(part.timestamp.getTime() / 1000),
    headers: { ...part.headers },
    persistent: true,
    mandatory: true,
  }
}

/**
 * A delivery as the house sees it. Whoever published it may have written anything: what is absent or of another kind
 * stands as empty text, and the receiver says what it misses.
 */
export function receivedPart(
  { properties, fields, content }: ConsumeMessage,
  to: AgencyCode,
  lane: Lane,
): ReceivedPart {
  const { userId, timestamp } = properties as { userId: unknown; timestamp: unknown }
  return {
    messageId: text(properties.messageId),
    type: text(properties.type),
    contentType: text(properties.contentType),
    ...(typeof userId === 'string' && { userId }),
    timestamp: new Date(typeof timestamp === 'number' ? timestamp * 1000 : 0),
    headers: plainHeaders(properties.headers ?? {}),
    lane,
    to,
    body: content,
    redelivered: fields.redelivered,
  }
}

/** How often a part went back to its quorum queue; the broker counts. */
export function returnsOf({ properties }: ConsumeMessage): number {
  const count: unknown = properties.headers?.[DELIVERY_COUNT]
  return typeof count === 'number' ? count : 0
}

const DELIVERY_COUNT = 'x-delivery-count'

function plainHeaders(headers: Record<string, unknown>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string | number] =>
        entry[0] !== DELIVERY_COUNT && (typeof entry[1] === 'string' || typeof entry[1] === 'number'),
    ),
  )
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
