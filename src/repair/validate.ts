import { GatewayError, limits } from '../base/index.ts'
import type { Instruction, Order, Selection } from './orders.ts'

/** @throws {GatewayError} request-invalid: an order that nobody can carry out */
export function requireOrder(order: Order, now: Date): void {
  const selection = selectionOf(order)
  if (selection !== undefined && 'ids' in selection) {
    const { length } = selection.ids
    if (length === 0 || length > limits.commandItems)
      throw invalid('ids', `${length} ids were named`, `1 to ${limits.commandItems}; use a filter for more`)
    if (new Set(selection.ids).size !== length) throw invalid('ids', 'an id is named twice', 'each id once')
  }
  if (!('deliveries' in order) || order.until === undefined) return
  if (order.command !== 'hold') throw invalid('until', `'${order.command}' knows no end`, "only 'hold' does")
  const ms = order.until.getTime() - now.getTime()
  if (!(ms > 0 && ms <= limits.heldMsMax))
    throw invalid('until', 'it is past or too far', `at most ${limits.heldMsMax / (24 * 60 * 60 * 1000)} days from now`)
}

/** @throws {GatewayError} request-invalid */
export function requireInstruction({ actor, reason, commandId }: Instruction): void {
  if (actor === '') throw invalid('actor', 'nobody gives the order', 'who acts')
  if (reason.trim() === '' || reason.length > 500)
    throw invalid('reason', 'the reason is missing or too long', '1 to 500 characters')
  if (!/^[A-Za-z0-9_-]{8,64}$/.test(commandId))
    throw invalid('commandId', 'that is no id of a command', '8 to 64 of A–Z a–z 0–9 - _')
}

export function selectionOf(order: Order): Selection<unknown> | undefined {
  if ('deliveries' in order) return order.deliveries
  return 'quarantined' in order ? order.quarantined : undefined
}

function invalid(field: string, what: string, expected: string): GatewayError {
  return new GatewayError('request-invalid', `${what}: it must be ${expected}`, { field, expected })
}
