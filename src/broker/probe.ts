import { createHash } from 'node:crypto'
import { type Channel, type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib'
import { type Clock, type Ids, limits, messageOf, type Secret } from '../base/index.ts'
import { type AgencyCode, documentId, lanes } from '../message/index.ts'
import type { OutgoingPart } from './axis.ts'
import { writePartHeaders } from './part-headers.ts'
import { type RabbitmqTls, readAddress, readTls } from './rabbitmq.ts'
import { replies, replyCodeOf, within } from './rabbitmq-errors.ts'
import { publishOptions } from './rabbitmq-message.ts'
import { findMissingQueues } from './rabbitmq-topology.ts'
import { EXCHANGE, queueName, routingKey } from './topology.ts'

export interface ProbeRequest {
  /** `amqp://host:port` or `amqps://host:port`. */
  readonly url: string
  readonly vhost: string
  readonly tls?: RabbitmqTls
  readonly user: string
  readonly password: Secret
  /** The agency whose place on the axis is tried, with its own user. */
  readonly from: AgencyCode
  /** Another one, whose gateway is at work. */
  readonly to: AgencyCode
  /** How long its answer may take. */
  readonly waitMs: number
  readonly clock: Clock
  readonly ids: Ids
}

/**
 * What is tried, in this order: the broker lets the user in; the three queues of the agency are there and can be read; nobody
 * else reads the answers; the user cannot speak for the other agency; a message reaches its queue; its gateway answers.
 */
export const probeSteps = ['connection', 'queues', 'alone', 'entitlement', 'publishing', 'answer'] as const
export type ProbeStep = (typeof probeSteps)[number]

export interface ProbeFinding {
  readonly step: ProbeStep
  /** Why it does not work, in the words of the broker or ours. */
  readonly problem?: string
  readonly ms: number
}

/**
 * Tries an agency's place on the axis from end to end, and leaves nothing there: it asks the other gateway what it lacks
 * of a package that nobody ever sent, and gets told "everything". Messages that wait for the agency stay in their queue.
 * Ends at the first step that fails.
 */
export async function* probeAxis(request: ProbeRequest): AsyncGenerator<ProbeFinding> {
  const { clock, from } = request
  let model: ChannelModel | undefined
  let asked: Asking | undefined
  try {
    for (const step of probeSteps) {
      const begun = clock.now().getTime()
      const problem = await within(clock, limits.brokerConnectMs + request.waitMs, step, trial(step)).catch(messageOf)
      yield { step, ms: clock.now().getTime() - begun, ...(problem !== undefined && { problem }) }
      if (problem !== undefined) return
    }
  } finally {
    await model?.close().catch(() => undefined)
  }

  async function trial(step: ProbeStep): Promise<string | undefined> {
    if (step === 'connection') {
      model = await open(request)
      return undefined
    }
    if (model === undefined) return 'there is no connection'
    if (step === 'queues') {
      const missing = await findMissingQueues(
        model,
        lanes.map((lane) => queueName(from, lane)),
      )
      return missing.length === 0 ? undefined : `missing: ${missing.join(', ')}`
    }
    if (step === 'alone') return onChannel(model, (channel) => readers(channel, from))
    if (step === 'entitlement') return refusedAs(model, request)
    if (step === 'publishing') {
      asked = await askAndRead(model, request)
      return asked.problem
    }
    return asked === undefined ? 'nothing was asked' : answered(asked, request)
  }
}

async function open({ url, vhost, tls, user, password, clock }: ProbeRequest): Promise<ChannelModel> {
  const at = {
    ...readAddress(url),
    username: user,
    password: password.reveal(),
    vhost,
    heartbeat: limits.brokerHeartbeatSeconds,
  }
  const opening = connect(at, { ...(tls === undefined ? {} : readTls(tls)), noDelay: true })
  const model = await within(clock, limits.brokerConnectMs, 'connecting', opening)
  model.on('error', () => undefined) // what ends it is said by whatever is under way
  return model
}

async function readers(channel: Channel, agency: AgencyCode): Promise<string | undefined> {
  const queue = queueName(agency, 'status')
  const { consumerCount } = await channel.checkQueue(queue)
  return consumerCount === 0 ? undefined : `${consumerCount} already read ${queue} and would take the answer away`
}

/** The broker must refuse a message under the name of the other agency. Should it not, it lands in our own queue. */
async function refusedAs(model: ChannelModel, request: ProbeRequest): Promise<string | undefined> {
  const { from, to } = request
  const { problem, refused } = await ask(model, { ...request, from: to, to: from })
  if (refused) return undefined
  return problem ?? `the broker lets ${request.user} speak for ${to}`
}

interface Asked {
  readonly messageId: string
  readonly refused: boolean
  readonly problem?: string
}

/** Publishes the question, on a channel of its own, since a refusal ends it. */
async function ask(model: ChannelModel, request: ProbeRequest): Promise<Asked> {
  const { ids, from, to, user } = request
  const messageId = ids.next()
  const channel: ConfirmChannel = await model.createConfirmChannel()
  const seen = { returned: false }
  const ended = new Promise<unknown>((resolve) => channel.once('error', resolve))
  channel.on('return', () => {
    seen.returned = true
  })
  const confirmed = new Promise<unknown>((resolve) => {
    const part = question(request, messageId)
    const options = publishOptions(part, user)
    channel.publish(EXCHANGE, routingKey(from, to, 'status'), Buffer.alloc(0), options, (error: unknown) =>
      resolve(error ?? undefined),
    )
  })
  const error = await Promise.race([confirmed, ended])
  if (error === undefined) await channel.close()
  if (replyCodeOf(error) === replies.accessRefused) return { messageId, refused: true, problem: messageOf(error) }
  if (error !== undefined) return { messageId, refused: false, problem: messageOf(error) }
  return { messageId, refused: false, ...(seen.returned && { problem: `${to} has no queue on this axis` }) }
}

/** architecture §6: a query without a body asks about a package of several parts. */
function question({ clock, from, to }: ProbeRequest, messageId: string): OutgoingPart {
  const nothing = new Uint8Array()
  return {
    from,
    to,
    lane: 'status',
    messageId,
    type: 'query',
    contentType: 'application/xml',
    timestamp: clock.now(),
    headers: writePartHeaders({
      from,
      to,
      documentId: documentId(`probe-${messageId}`),
      attempt: 1,
      part: 0,
      parts: PARTS,
      partSha256: sha256(nothing),
      envelopeSha256: sha256(Buffer.from(messageId)), // of no package at all
    }),
    body: nothing,
  }
}

const PARTS = 3
const sha256 = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex')

interface Asking extends Asked {
  readonly channel: Channel
  readonly answer: Promise<ConsumeMessage>
}

/** Reads our queue while it asks. What is not the answer is held, and goes back as it was when the channel ends. */
async function askAndRead(model: ChannelModel, request: ProbeRequest): Promise<Asking> {
  const channel = await model.createChannel()
  channel.on('error', () => undefined) // then no answer comes
  await channel.prefetch(limits.prefetch)
  const known = Promise.withResolvers<string>()
  const answer = Promise.withResolvers<ConsumeMessage>()
  await channel.consume(queueName(request.from, 'status'), (message) => {
    if (message === null) return
    void known.promise.then((id) => {
      if (message.properties.messageId === id) answer.resolve(message)
    })
  })
  const asked = await ask(model, request)
  known.resolve(asked.messageId)
  return { ...asked, channel, answer: answer.promise }
}

async function answered({ channel, answer }: Asking, { to, clock, waitMs }: ProbeRequest): Promise<string | undefined> {
  const message = await within(clock, waitMs, `the answer of ${to}`, answer)
  channel.ack(message)
  await channel.close()
  const { missing } = JSON.parse(message.content.toString()) as { missing?: unknown }
  const expected = JSON.stringify([[0, PARTS - 1]])
  return JSON.stringify(missing) === expected ? undefined : `the answer is not {"missing": ${expected}}`
}

async function onChannel<T>(model: ChannelModel, work: (channel: Channel) => Promise<T>): Promise<T> {
  const channel = await model.createChannel()
  channel.on('error', () => undefined) // thrown by the call that caused it
  const done = await work(channel)
  await channel.close()
  return done
}
