/**
 * Upkeep: what follows the clock. Numbers events and audit rows, frees what was abandoned, signs the audit's head daily,
 * takes over new keys, warns of certificates that end, judges the signatures inside of attachments,
 * keeps revocation data at hand.
 */
export { AttachmentReports, type AttachmentReportsDeps } from './attachment-reports.ts'
export { expiryDays } from './expiry.ts'
export { type FetchRequest, type FetchRules, fetchBounded } from './fetch.ts'
export { type RevocationDeps, RevocationKeeper, type RevocationSettings } from './revocation.ts'
export { renewKeys } from './rollover.ts'
export { Upkeep, type UpkeepDeps } from './upkeep.ts'
