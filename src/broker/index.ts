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
export { createEmbeddedAxis, type EmbeddedAxis, type EmbeddedAxisOptions, type QueueDepth } from './embedded.ts'
export { contractVersion, type PartHeaders, partHeaders, readPartHeaders, writePartHeaders } from './part-headers.ts'
export { bindingKey, EXCHANGE, queueName, routingKey } from './topology.ts'
