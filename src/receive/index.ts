/**
 * Receive: broker → stage → verify → inbox and receipt. A part is acknowledged once it is staged; a package is seen only
 * when a trusted signature of its sender covers it; its receipt is signed first and stored in the same transaction; a
 * repeat gets the same stored answer.
 */
export type { ReceiveDeps } from './deps.ts'
export { Receiver } from './receiver.ts'
