import { isDeepStrictEqual } from 'node:util'
import { limits } from '../base/index.ts'
import { type AgencyCode, lanes } from '../message/index.ts'
import { bindingKey, DEAD, EXCHANGE, queueName, word } from './topology.ts'

export interface AxisPlan {
  /** Of the broker, such as `3.10.8`. */
  readonly version: string
  readonly vhost: string
  /** Who publishes as these agencies and reads their queues. */
  readonly user: string
  readonly agencies: readonly AgencyCode[]
  /** Of each queue; by default those of the limits. */
  readonly bounds?: { readonly parts?: number; readonly octets?: number }
}

/** One thing that must be on the broker, in the words of the management API. */
export interface PlannedItem {
  readonly kind: 'vhost' | 'exchange' | 'queue' | 'binding' | 'policy' | 'operator-policy' | 'user' | 'permission'
  readonly what: string
  /** Where it is found. */
  readonly path: readonly string[]
  /** Where it is made, when that is elsewhere. */
  readonly post?: readonly string[]
  readonly body: unknown
  /** Whether what is there differs in what the axis needs, in words; `missing` where it is a list without it. */
  readonly differs: (found: unknown) => string | undefined
  /** It cannot be changed while it exists. */
  readonly fixed: boolean
}

/** Everything that the axis needs on the broker for one user and its agencies, in the order of making it. */
export function planAxis(plan: AxisPlan): PlannedItem[] {
  const { vhost, user, agencies } = plan
  const owned = agencies.flatMap((agency) => lanes.map((lane) => ({ agency, lane, name: queueName(agency, lane) })))
  const words = agencies.map((agency) => word(agency)).join('|')
  return [
    item('vhost', `virtual host ${vhost}`, ['vhosts', vhost], {}),
    exchange(vhost, EXCHANGE, 'topic'),
    exchange(vhost, DEAD, 'fanout'),
    ...policies(plan),
    queue(vhost, DEAD),
    binding(vhost, DEAD, DEAD, ''),
    ...owned.flatMap(({ agency, lane, name }) => [
      queue(vhost, name),
      binding(vhost, EXCHANGE, name, bindingKey(agency, lane)),
    ]),
    item('user', `user ${user}`, ['users', user], { tags: '' }, (found) => {
      const { tags } = found as { tags?: string | string[] }
      return tags === undefined || tags.length === 0 ? undefined : 'it has tags, which let it into the management'
    }),
    same('permission', `permissions of ${user}`, ['permissions', vhost, user], {
      configure: '^$',
      write: `^${EXCHANGE}$`,
      read: `^${EXCHANGE}\\.(${words})\\.(${lanes.join('|')})$`,
    }),
    topicPermission(vhost, user, `^(${words})\\.[^.]+\\.[^.]+$`),
  ]
}

/** What differs between the versions of RabbitMQ. Tested on 3.10; tried once on 4.0.5. */
export function brokerDialect(version: string): { policyTarget: 'queues' | 'quorum_queues' } {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  // Since 3.12 a policy can name the kind of queue, and 4.x warns of keys that do not fit the others.
  return { policyTarget: major > 3 || (major === 3 && minor >= 12) ? 'quorum_queues' : 'queues' }
}

/**
 * Bounds and dead-lettering are policies, never arguments of a queue: a policy can be changed, and a declaration with
 * other arguments fails. The bounds are operator policies, which no ordinary policy can widen; what becomes of a part
 * beyond them can only be said by an ordinary one. The delivery limit is stated, because 4.x has one of 20 by default and
 * then drops; every death of a consumer counts. The broker's patience for acknowledgements (`consumer_timeout`, 30 min)
 * stays as it is.
 */
function policies({ version, vhost, bounds }: AxisPlan): PlannedItem[] {
  const target = brokerDialect(version).policyTarget
  const { parts = limits.axisQueueParts, octets = limits.axisQueueBytes } = bounds ?? {}
  const [ofAgencies, dead] = [`^${EXCHANGE}\\.[^.]+\\.(${lanes.join('|')})$`, `^${EXCHANGE}\\.dead$`]
  const policy = (name: string, pattern: string, operator: object, ordinary: object): PlannedItem[] => {
    const body = { pattern, 'apply-to': target, priority: 10 }
    return [
      same('operator-policy', `operator policy ${name}`, ['operator-policies', vhost, name], {
        ...body,
        definition: operator,
      }),
      same('policy', `policy ${name}`, ['policies', vhost, name], { ...body, definition: ordinary }),
    ]
  }
  return [
    ...policy(
      EXCHANGE,
      ofAgencies,
      { 'max-length': parts, 'max-length-bytes': octets, 'delivery-limit': limits.axisDeliveries },
      { overflow: 'reject-publish', 'dead-letter-exchange': DEAD, 'dead-letter-strategy': 'at-least-once' },
    ),
    ...policy(DEAD, dead, { 'max-length-bytes': limits.axisDeadBytes }, { overflow: 'drop-head' }),
  ]
}

/** No alternate exchange: with one, a part without a queue would be confirmed instead of returned. */
function exchange(vhost: string, name: string, type: string): PlannedItem {
  const body = { type, durable: true, auto_delete: false, internal: false, arguments: {} }
  const planned = same('exchange', `exchange ${name}`, ['exchanges', vhost, name], body)
  return { ...planned, differs: (found) => planned.differs(found) ?? foreignPolicy(found, undefined), fixed: true }
}

function queue(vhost: string, name: string): PlannedItem {
  const body = { durable: true, auto_delete: false, arguments: { 'x-queue-type': 'quorum' } }
  const planned = same('queue', `queue ${name}`, ['queues', vhost, name], body)
  const ours = name === DEAD ? DEAD : EXCHANGE
  return { ...planned, differs: (found) => planned.differs(found) ?? foreignPolicy(found, ours), fixed: true }
}

/** Of each kind only one policy is in effect, and it must not be somebody else's. */
function foreignPolicy(found: unknown, ours: string | undefined): string | undefined {
  const { policy, operator_policy: operatorPolicy } = found as Record<string, string | null | undefined>
  for (const [kind, name] of Object.entries({ policy, 'operator policy': operatorPolicy }))
    if (name !== undefined && name !== null && name !== '' && name !== ours)
      return `the ${kind} ${name} rules it: remove that policy`
  return undefined
}

function binding(vhost: string, from: string, to: string, key: string): PlannedItem {
  const path = ['bindings', vhost, 'e', from, 'q', to]
  const differs = (found: unknown): string | undefined =>
    (found as { routing_key: string }[]).some(({ routing_key }) => routing_key === key) ? undefined : 'missing'
  const body = { routing_key: key, arguments: {} }
  return { ...item('binding', `binding ${key === '' ? from : key} → ${to}`, path, body, differs), post: path }
}

function topicPermission(vhost: string, user: string, write: string): PlannedItem {
  const differs = (found: unknown): string | undefined => {
    const rows = found as { exchange: string; write: string; read: string }[]
    const ours = rows.find((row) => row.exchange === EXCHANGE)
    if (ours === undefined) return 'missing'
    return ours.write === write && ours.read === '^$' ? undefined : `write is ${ours.write}, read is ${ours.read}`
  }
  const path = ['topic-permissions', vhost, user]
  return item('permission', `topic permission of ${user}`, path, { exchange: EXCHANGE, write, read: '^$' }, differs)
}

function same(
  kind: PlannedItem['kind'],
  what: string,
  path: readonly string[],
  body: Record<string, unknown>,
): PlannedItem {
  const differs = (found: unknown): string | undefined => {
    const values = found as Record<string, unknown>
    const wrong = Object.keys(body).filter((key) => !isDeepStrictEqual(values[key], body[key]))
    return wrong.length === 0
      ? undefined
      : wrong.map((key) => `${key} is ${JSON.stringify(values[key])}, not ${JSON.stringify(body[key])}`).join('; ')
  }
  return item(kind, what, path, body, differs)
}

function item(
  kind: PlannedItem['kind'],
  what: string,
  path: readonly string[],
  body: unknown,
  differs: (found: unknown) => string | undefined = () => undefined,
): PlannedItem {
  return { kind, what, path, body, differs, fixed: false }
}
