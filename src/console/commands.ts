import type { IRouter } from 'express'
import { codeOf, type FailureCode, GatewayError, limits } from '../base/index.ts'
import type { Parsed } from '../http/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { CommandRecord, Instruction, ItemOutcome, Order } from '../repair/index.ts'
import { desk } from '../store/index.ts'
import { giveCommand, previewCommand } from './command-operations.ts'
import type { ConsoleDeps } from './deps.ts'
import type { Caller } from './identity.ts'
import { groupNamesOf, idsOfGroup, sinceDays } from './incidents.ts'
import { serve } from './operation.ts'
import type { CommandEffect, CommandPreview, JobDetail, targetsShape } from './shapes-commands.ts'
import type { Text } from './shapes-common.ts'
import { type CommandName, deliveryCommands, partnerCommands, quarantineCommands } from './shapes-names.ts'
import { causeOf, named, numberOf, text } from './words.ts'

/** What an operator orders; see the room of repair. */
export function serveCommands(router: IRouter, deps: ConsoleDeps): void {
  serve(router, deps, previewCommand, async ({ response, caller, body }) => {
    const order = await orderOf(deps, caller, body.command, body.targets)
    const at = deps.clock.now().toISOString()
    const { total, changes, leftOut, items } = await deps.repair.preview(order, scopeOf(deps, caller))
    const preview: CommandPreview = {
      command: body.command,
      at,
      total,
      changes,
      leftOut: leftOut.map(({ code, count }) => ({ cause: causeOf(code), count })),
      effects: await effects(deps, items),
    }
    response.json(preview)
  })

  serve(router, deps, giveCommand, async ({ response, caller, body }) => {
    const { commandId, command, targets, reason, seenAt } = body
    const scope = scopeOf(deps, caller)
    const instruction = { actor: caller.actor, reason, commandId, ...(scope === undefined ? {} : { scope }) }
    const known = await deps.repair.find(commandId)
    const record =
      known === undefined
        ? await give(deps, seen(await orderOf(deps, caller, command, targets), seenAt), instruction)
        : sameAs(known, command, instruction)
    response.json(await commandView(deps, record))
  })
}

/** A partner's state is what it is: the same command twice changes it once. */
function seen(order: Order, at: string | undefined): Order {
  return at === undefined || 'partner' in order ? order : { ...order, seenAt: new Date(at) }
}

/** Of two clicks at once, the later finds the group smaller and asks for something else: the first counts. */
async function give(deps: ConsoleDeps, order: Order, instruction: Instruction): Promise<CommandRecord> {
  try {
    return await deps.repair.give(order, instruction)
  } catch (error) {
    const meanwhile = codeOf(error) === 'command-id-reused' ? await deps.repair.find(instruction.commandId) : undefined
    if (meanwhile === undefined) throw error
    return sameAs(meanwhile, order.command, instruction)
  }
}

/**
 * A group that was repaired is another group when it is asked for again, so the command that was given first under
 * the id counts, if the same person gave it for the same reason.
 */
function sameAs(known: CommandRecord, command: CommandName, { actor, reason, commandId }: Instruction): CommandRecord {
  if (known.actor !== actor || known.reason !== reason || known.order.command !== command)
    throw new GatewayError('command-id-reused', `another command was given under ${commandId}`, { field: '/commandId' })
  return known
}

/** Whoever may command for all agencies of this gateway is not limited to some. */
function scopeOf({ locals }: ConsoleDeps, { agencies }: Caller): readonly AgencyCode[] | undefined {
  return locals.every((code) => agencies.includes(code)) ? undefined : agencies
}

async function orderOf(
  deps: ConsoleDeps,
  caller: Caller,
  command: CommandName,
  targets: Parsed<typeof targetsShape>,
): Promise<Order> {
  const delivery = deliveryCommands.find((name) => name === command)
  const quarantine = quarantineCommands.find((name) => name === command)
  const partner = partnerCommands.find((name) => name === command)
  if ('deliveries' in targets && delivery !== undefined)
    return { command: delivery, deliveries: { ids: [...new Set(targets.deliveries)] } }
  if ('quarantine' in targets && quarantine !== undefined)
    return { command: quarantine, quarantined: { ids: [...new Set(targets.quarantine)] } }
  if ('partner' in targets && partner !== undefined) {
    if (scopeOf(deps, caller) !== undefined)
      throw new GatewayError(
        'role-missing',
        'a partner is the partner of all agencies: this needs the role for all of them',
      )
    return { command: partner, partner: targets.partner }
  }
  if ('group' in targets) return groupOrder(deps, caller, command, targets.group)
  throw new GatewayError('request-invalid', `${command} is not done to that`, { field: '/targets' })
}

/** A group by its ids; one that is larger than a list of ids may be, by its cause and partner. */
async function groupOrder(deps: ConsoleDeps, caller: Caller, command: CommandName, group: string): Promise<Order> {
  const { kind, code, partner, days } = groupNamesOf(group)
  const ids = await idsOfGroup(deps, group, caller.agencies, limits.commandItems)
  if (ids.length === 0) {
    const [seen] = await idsOfGroup(deps, group, caller.agenciesWith('read'), 1)
    if (seen !== undefined)
      throw new GatewayError(
        'role-missing',
        'what is in this group is of agencies for which your role gives no command',
      )
    throw new GatewayError('incident-gone', 'there is nothing in this group any more')
  }
  const delivery = deliveryCommands.find((name) => name === command)
  const quarantine = quarantineCommands.find((name) => name === command)
  if (kind === 'delivery' && delivery !== undefined) {
    const filter =
      isNamed(code) && isNamed(partner)
        ? { code, recipient: partner as AgencyCode, kind: 'document' as const, failedFrom: sinceDays(deps, days) }
        : undefined
    const large = ids.length === limits.commandItems && filter !== undefined
    return { command: delivery, deliveries: large ? { filter } : { ids } }
  }
  if (kind === 'quarantine' && quarantine !== undefined) {
    const filter =
      isNamed(code) && isNamed(partner) ? { code, brokerUser: partner, keptFrom: sinceDays(deps, days) } : undefined
    const large = ids.length === limits.commandItems && filter !== undefined
    return { command: quarantine, quarantined: large ? { filter } : { ids } }
  }
  throw new GatewayError('request-invalid', `${command} is not done to such a group`, { field: '/command' })
}

/** A group may also be of those that name none. */
function isNamed(name: string | undefined): name is string {
  return name !== undefined && name !== ''
}

async function effects(deps: ConsoleDeps, items: readonly ItemOutcome[]): Promise<CommandEffect[]> {
  const envelopes = [...new Set(items.flatMap(({ envelope }) => (envelope === undefined ? [] : [envelope])))]
  const titles = new Map((await desk.titlesOf(deps.store.read, envelopes)).map((title) => [title.id, title]))
  return items.map(({ id, from, to, leftOut, detail, envelope, counterpart }) => {
    const title = envelope === undefined ? undefined : titles.get(envelope)
    return {
      id,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(leftOut === undefined ? {} : { cause: causeOf(leftOut) }),
      ...(detail === undefined ? {} : { detail }),
      ...(counterpart === undefined ? {} : { partner: named(deps.directory, counterpart) }),
      ...(title === undefined
        ? {}
        : { document: { id: title.id, number: numberOf(title), subject: title.subject ?? '' } }),
    }
  })
}

/** A command as a job: how far it is, and what came of it. */
export async function commandView(deps: ConsoleDeps, record: CommandRecord): Promise<JobDetail> {
  return {
    ...commandJob(record),
    leftOut: record.leftOut.map(({ code, count }: { code: FailureCode; count: number }) => ({
      cause: causeOf(code),
      count,
    })),
    effects: await effects(deps, record.items),
  }
}

export function commandJob(record: CommandRecord): Omit<JobDetail, 'leftOut' | 'effects'> {
  const at = record.givenAt.toISOString()
  return {
    id: record.id,
    kind: 'command',
    state: record.state,
    title: TITLES[record.order.command],
    command: record.order.command,
    reason: record.reason,
    by: record.actor,
    createdAt: at,
    startedAt: at,
    ...(record.endedAt === undefined ? {} : { endedAt: record.endedAt.toISOString() }),
    done: record.seen,
    total: record.total,
    changed: record.changes,
  }
}

const TITLES: Readonly<Record<CommandName, Text>> = {
  resend: text('Gửi lại', 'Resend'),
  hold: text('Tạm giữ', 'Hold'),
  release: text('Cho gửi tiếp', 'Release'),
  expire: text('Kết thúc', 'Expire'),
  redrive: text('Đưa vào xử lý lại', 'Judge again'),
  discard: text('Hủy khỏi cách ly', 'Discard'),
  pause: text('Tạm dừng đối tác', 'Pause a partner'),
  resume: text('Tiếp tục với đối tác', 'Resume a partner'),
  'close-circuit': text('Đóng ngắt mạch', 'Close a circuit'),
}
