/**
 * Notify: receipts and processing statuses → the sender's record. What answers other bytes than ours, or nothing of
 * ours, is kept and changes no transport state.
 */
export { Notifier, type NotifyDeps } from './notifier.ts'
