/**
 * Deliver: inbox → the recipient's system, until it confirms. A lease has a token and a deadline; an expired lease
 * confirms nothing; a confirmed document is never handed out again.
 */
export {
  confirm,
  type DeliverDeps,
  extend,
  type HeldDocument,
  type LeasedDocument,
  type LeaseRequest,
  leaseDocuments,
  release,
} from './pickup.ts'
