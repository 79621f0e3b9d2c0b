import { Command, Option } from 'commander'
import { GatewayError, systemClock } from '../base/index.ts'
import { type EnvelopeId, type Lane, lanes, successors, type TransportState } from '../message/index.ts'
import { type DeliveryConditions, deliveries, deliveryMoves } from '../store/index.ts'
import { requireAgencyCode } from './client.ts'
import { type OrderOptions, order, withOrder } from './on-repair.ts'
import { onStore, type StoreOptions, withStore } from './on-store.ts'
import type { Terminal } from './terminal.ts'

interface DeliveryFilterOptions {
  readonly state?: TransportState
  readonly recipient?: string
  readonly code?: string
  readonly lane?: Lane
  readonly document?: string
}

const COMMANDS = {
  resend: 'send again what expired, was rejected or is held: the same id, a new deadline',
  hold: 'send nothing of it until it is released; what is held has a deadline of its own',
  release: 'send on what was held, with the time that was left',
  expire: 'end it before its deadline; a late receipt is still welcome',
} as const

export function deliveryCommand(terminal: Terminal): Command {
  const delivery = new Command('delivery')
    .summary('what is on its way, or did not arrive')
    .description(
      'Deliveries: one document or status to one recipient. A running gateway notices what is ordered here within a second.',
    )
  withFilter(withStore(delivery.command('list')))
    .summary('list those that are not received, the oldest first')
    .addOption(limitOption())
    .option('--json', 'print one JSON array', false)
    .action(async (options: StoreOptions & DeliveryFilterOptions & { limit: string; json: boolean }) => {
      const limit = requireLimit(options.limit)
      const found = await onStore(options, (store) =>
        store.transact((tx) => deliveryMoves.select(tx, filterOf(options), { limit })),
      )
      if (options.json) return terminal.out(JSON.stringify(found, null, 2))
      const rows = found.map((one) => [
        one.id,
        one.documentId,
        one.recipient,
        one.lane,
        one.state,
        String(one.attempt),
        one.deadlineAt.toISOString(),
        one.lastError ?? '',
      ])
      terminal.table(['id', 'document', 'recipient', 'lane', 'state', 'attempts', 'deadline', 'cause'], rows)
    })
  withStore(delivery.command('show'))
    .summary('one delivery, with its attempts')
    .argument('<id>', 'the id that `delivery list` shows')
    .action(async (id: string, options: StoreOptions) => {
      const { one, attempts } = await onStore(options, async (store) => {
        const [found] = await store.transact((tx) => deliveryMoves.select(tx, { ids: [id] }, { limit: 1 }))
        return { one: found, attempts: await deliveries.attempts(store.read, id, 50) }
      })
      if (one === undefined) throw new GatewayError('not-found', `there is no delivery ${id}`)
      terminal.out(JSON.stringify({ ...one, attempts }, null, 2))
    })
  for (const [command, summary] of Object.entries(COMMANDS) as [keyof typeof COMMANDS, string][]) {
    const made = withFilter(withOrder(delivery.command(command)))
      .summary(summary)
      .description(`Deliveries by their ids, or all that a filter finds: ${summary}.`)
      .argument('[ids...]', 'the ids that `delivery list` shows')
    if (command === 'hold') made.option('--hours <n>', 'how long it may be held (default: 72)')
    made.action(async (ids: string[], options: OrderOptions & DeliveryFilterOptions & { hours?: string }) => {
      const until = options.hours === undefined ? {} : { until: inHours(options.hours) }
      await order(terminal, options, { command, deliveries: selection(ids, filterOf(options)), ...until })
    })
  }
  return delivery
}

function withFilter(command: Command): Command {
  return command
    .addOption(new Option('--state <state>', 'only those in this state').choices(Object.keys(successors)))
    .option('--recipient <agency>', 'only those to this agency')
    .option('--code <code>', 'only those whose last failure or refusal has this code')
    .addOption(new Option('--lane <lane>', 'only those of this lane').choices([...lanes]))
    .option('--document <id>', 'only those of this document of ours (the id of the API)')
}

function filterOf(options: DeliveryFilterOptions): DeliveryConditions {
  const { state, recipient, code, lane, document } = options
  return {
    ...(state === undefined ? {} : { state }),
    ...(recipient === undefined ? {} : { recipient: requireAgencyCode(recipient) }),
    ...(code === undefined ? {} : { code }),
    ...(lane === undefined ? {} : { lane }),
    ...(document === undefined ? {} : { envelope: document as EnvelopeId }),
  }
}

/** Named ones or those of a filter; never all by oversight. @throws {GatewayError} request-invalid */
export function selection<Filter extends object>(
  ids: readonly string[],
  filter: Filter,
): { ids: readonly string[] } | { filter: Filter } {
  const filtered = Object.keys(filter).length > 0
  if (ids.length > 0 && filtered) throw new GatewayError('request-invalid', 'name ids or a filter, not both')
  if (ids.length === 0 && !filtered) throw new GatewayError('request-invalid', 'name ids, or a filter such as --code')
  return filtered ? { filter } : { ids }
}

export function limitOption(): Option {
  return new Option('--limit <n>', 'at most so many').default('50')
}

/** @throws {GatewayError} request-invalid */
export function requireLimit(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new GatewayError('request-invalid', `--limit ${text}: write a number from 1 to 9999`)
}

function inHours(text: string): Date {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new GatewayError('request-invalid', `--hours ${text}: write a number of hours`)
  return new Date(systemClock.now().getTime() + Number(text) * 60 * 60 * 1000)
}
