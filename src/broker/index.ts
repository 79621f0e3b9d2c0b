/**
 * Broker: the axis that carries parts between agencies. A publish resolves when the part is in the recipient's queue;
 * a part leaves its queue when its handler has resolved; whoever publishes or reads is the user that the axis
 * authenticated. Everything on the axis may be lost at any moment, and nothing that matters is.
 */
export {
  type AxisConnection,
  type OutgoingPart,
  type PartHandler,
  type PartProperties,
  type PartType,
  partTypes,
  type ReceivedPart,
  type Subscription,
} from './axis.ts'
export { directoryParts } from './directory-parts.ts'
export { createEmbeddedAxis, type EmbeddedAxis, type EmbeddedAxisOptions, type QueueDepth } from './embedded.ts'
export { Management, type ManagementOptions } from './management.ts'
export {
  contractVersion,
  type PartHeaders,
  partHeaders,
  readPartHeaders,
  readPartProperties,
  writePartHeaders,
} from './part-headers.ts'
export { type ProbeFinding, type ProbeRequest, type ProbeStep, probeAxis } from './probe.ts'
export { checkAxis, type ProvisionedItem, type ProvisionRequest, provisionAxis } from './provision.ts'
export { brokerDialect, planAxis } from './provision-plan.ts'
export {
  createRabbitmqAxis,
  type RabbitmqAxis,
  type RabbitmqOptions,
  type RabbitmqTls,
  type RabbitmqUser,
} from './rabbitmq.ts'
export type { RabbitmqConnection } from './rabbitmq-connection.ts'
export { bindingKey, DEAD, EXCHANGE, queueName, routingKey } from './topology.ts'
