/**
 * The transport states of one delivery (one envelope, one recipient). They are ours; processing statuses are the
 * regulation's.
 *
 * - `accepted`: durable in the outbox. A document starts here; an operator's re-send brings it back here.
 * - `sent`: the broker confirmed every part. Retries stay `sent`, with a higher attempt.
 * - `received`: the recipient's signed receipt was verified and names the bytes we sent. Final.
 * - `rejected`: a signed 02 came instead of the receipt. Ends by itself; a re-send or a late receipt may move it.
 * - `expired`: no receipt by the deadline. As `rejected`.
 * - `held`: stopped by an operator or by policy until something is repaired; has a deadline of its own.
 *
 * A receipt (status 01, or 02 as refusal) is never answered, so its delivery ends at `sent`.
 */
export const successors = {
  accepted: ['sent', 'received', 'rejected', 'held', 'expired'],
  sent: ['received', 'rejected', 'held', 'expired'],
  held: ['accepted', 'received', 'rejected', 'expired'],
  rejected: ['accepted', 'received'],
  expired: ['accepted', 'received', 'rejected'],
  received: [],
} as const satisfies Record<string, readonly string[]>

export type TransportState = keyof typeof successors

export function mayFollow(from: TransportState, to: TransportState): boolean {
  return (successors[from] as readonly string[]).includes(to)
}

/** The states from which this one may follow: what a change of state names as its condition. */
export function predecessors(to: TransportState): TransportState[] {
  return (Object.keys(successors) as TransportState[]).filter((from) => mayFollow(from, to))
}

/** `express` for Priority 1 to 4, so that an urgent document overtakes; answers never wait behind documents. */
export const lanes = ['express', 'ordinary', 'status'] as const
export type Lane = (typeof lanes)[number]

/** The lane follows the signed Priority: 1 khẩn … 4 hỏa tốc hẹn giờ are urgent (edXML notes §4.4). */
export function laneOf(priority: string | undefined): 'express' | 'ordinary' {
  return priority !== undefined && /^[1-4]$/.test(priority.trim()) ? 'express' : 'ordinary'
}

/** How deliveries of one gateway behave; set by its operator. */
export interface DeliverySettings {
  /** Octets of a content chunk, which is one message on the axis: below the oldest partner's limit. */
  readonly chunkBytes: number
  /** From acceptance until a delivery without a receipt expires, milliseconds (QĐ 28/2018 Art. 6(2): urgent at once). */
  readonly deadlineMs: Readonly<Record<Lane, number>>
  /** How long the first wait for a receipt is before the package is sent again; later waits double. */
  readonly receiptWaitMs: number
}
