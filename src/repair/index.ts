/**
 * Repair: what an operator does to a delivery, a quarantined package or a partner. Every command is named, audited with
 * its actor and reason, and done once however often it is given; a dry run says beforehand what would happen.
 */
export type { RepairDeps } from './deps.ts'
export {
  type CommandName,
  type CommandRecord,
  type DeliveryCommand,
  type DeliveryFilter,
  deliveryCommands,
  type Instruction,
  type ItemOutcome,
  type Order,
  type PartnerCommand,
  type Preview,
  partnerCommands,
  type QuarantineCommand,
  type QuarantineFilter,
  quarantineCommands,
  type Repairs,
  type Selection,
} from './orders.ts'
export { Repair } from './repair.ts'
