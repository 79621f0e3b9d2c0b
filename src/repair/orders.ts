import type { FailureCode } from '../base/index.ts'
import type { AgencyCode, EnvelopeId } from '../message/index.ts'
import type { DeliveryConditions, QuarantineConditions } from '../store/index.ts'

export const deliveryCommands = ['resend', 'hold', 'release', 'expire'] as const
export const quarantineCommands = ['redrive', 'discard'] as const
export const partnerCommands = ['pause', 'resume', 'close-circuit'] as const

export type DeliveryCommand = (typeof deliveryCommands)[number]
export type QuarantineCommand = (typeof quarantineCommands)[number]
export type PartnerCommand = (typeof partnerCommands)[number]
export type CommandName = DeliveryCommand | QuarantineCommand | PartnerCommand

/** Whose they may be is said by the scope of the instruction. */
export type DeliveryFilter = Omit<DeliveryConditions, 'ids' | 'owners'>
/** One `agency` is the local one it was sent to. */
export type QuarantineFilter = Omit<QuarantineConditions, 'ids' | 'agencies' | 'state'> & {
  readonly agency?: AgencyCode
}

/** Named ones (at most `limits.commandItems`), or all that a filter finds when the command begins. */
export type Selection<Filter> = { readonly ids: readonly string[] } | { readonly filter: Filter }

/**
 * What is to be done. `seenAt`: when the person looked at what he decides upon; whatever a command has changed since is left
 * out, so that two people who saw the same failure do not both repair it.
 */
export type Order =
  | {
      readonly command: DeliveryCommand
      readonly deliveries: Selection<DeliveryFilter>
      /** `hold` only: when what is held expires; by default in `limits.heldMs`. */
      readonly until?: Date
      readonly seenAt?: Date
    }
  | {
      readonly command: QuarantineCommand
      readonly quarantined: Selection<QuarantineFilter>
      readonly seenAt?: Date
    }
  | { readonly command: PartnerCommand; readonly partner: AgencyCode }

/** Who gives an order, and why. */
export interface Instruction {
  /** `operator:…` or `user:…`, as the audit names who acts. */
  readonly actor: string
  /** In a person's words; 1 to 500 characters. */
  readonly reason: string
  /** Made by whoever asks, once for each intention (8 to 64 of A–Z a–z 0–9 - _): given again it is the same command, with the same outcome. */
  readonly commandId: string
  /** The local agencies that the actor may act for; all, when absent. What is of another is not found. */
  readonly scope?: readonly AgencyCode[]
}

/** What a command does, or did, to one delivery, quarantined package or partner. */
export interface ItemOutcome {
  readonly id: string
  /** As it stood, absent for what is not there: a transport state, the state of a quarantined package, or a partner's. */
  readonly from?: string
  /** As it stands then; absent when it is left out. */
  readonly to?: string
  /** Why it is left out; the table of failures has the words. */
  readonly leftOut?: FailureCode
  /** One English sentence more about it. */
  readonly detail?: string
  readonly envelope?: EnvelopeId
  readonly counterpart?: AgencyCode
}

/** What would happen; nothing has. */
export interface Preview {
  readonly total: number
  readonly changes: number
  readonly leftOut: readonly { readonly code: FailureCode; readonly count: number }[]
  /** The first `limits.commandSamples` of them, in the order in which the command takes them. */
  readonly items: readonly ItemOutcome[]
}

/** A command as it was given, and how far it is. It stays for ever, and is answered again to whoever gives it again. */
export interface CommandRecord extends Preview {
  readonly id: string
  readonly order: Order
  readonly actor: string
  readonly reason: string
  readonly givenAt: Date
  readonly state: 'running' | 'done'
  /** Of `total`, how many were looked at. */
  readonly seen: number
  readonly endedAt?: Date
}

/** The room's service: doors give orders through it, and a loop of the gateway finishes what a process left half done. */
export interface Repairs {
  /** What `give` would do now. @throws {GatewayError} request-invalid */
  preview(order: Order, scope?: readonly AgencyCode[]): Promise<Preview>
  /**
   * Takes a command durably. One that names few items is done on return; a large group goes on in batches: see `find`.
   * @throws {GatewayError} request-invalid; command-id-reused: another order was given under this id; not-found
   */
  give(order: Order, instruction: Instruction): Promise<CommandRecord>
  find(commandId: string): Promise<CommandRecord | undefined>
  /** The newest first. */
  recent(limit: number): Promise<CommandRecord[]>
}
