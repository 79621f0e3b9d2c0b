import type { AgencyCode, Lane } from '../message/index.ts'

/** The topic exchange that everybody publishes to (architecture §7). */
export const EXCHANGE = 'axis'

/** Where parts end that came back too often: an exchange, and the one queue bound to it. */
export const DEAD = 'axis.dead'

/** `G12-18.G22.express` for a part from G12.18 to G22: dots in codes are dashes, since a topic's words end at dots. */
export function routingKey(from: AgencyCode, to: AgencyCode, lane: Lane): string {
  return `${word(from)}.${word(to)}.${lane}`
}

/** What the queue of an agency and lane is bound to: whoever sends. */
export function bindingKey(to: AgencyCode, lane: Lane): string {
  return `*.${word(to)}.${lane}`
}

/** `axis.G12-18.express`. Codes have no dashes of their own, so no two agencies share a queue. */
export function queueName(to: AgencyCode, lane: Lane): string {
  return `${EXCHANGE}.${word(to)}.${lane}`
}

/** A word of a routing key that no agency has: codes are written in capitals. */
export const NOBODY = 'nobody'

/** A code as one word of a topic. */
export function word(code: AgencyCode): string {
  return code.replaceAll('.', '-')
}
