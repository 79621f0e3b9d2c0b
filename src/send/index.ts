/**
 * Send: outbox → broker. Lease, attempt, back off, expire. What it marks as sent was confirmed by the broker; what was
 * sent is sent again until the recipient's signed receipt is there or the deadline passes.
 */
export type { SendDeps } from './deps.ts'
export { Sender } from './sender.ts'
