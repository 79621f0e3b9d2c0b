import type { ChannelModel } from 'amqplib'
import { replies, replyCodeOf } from './rabbitmq-errors.ts'

/**
 * Which of these queues are not there. Asks passively, on channels of its own: the broker closes one at each "no". Many are
 * asked about at once, because a connection has only so much time to begin, and far brokers take theirs over each answer.
 */
export async function findMissingQueues(model: ChannelModel, queues: readonly string[]): Promise<string[]> {
  const there = new Map<string, boolean>()
  const left = queues.values()
  const ask = async (): Promise<void> => {
    for (const queue of left) there.set(queue, await exists(model, queue))
  }
  await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, ask))
  return queues.filter((queue) => there.get(queue) === false)
}

const LOOKS_AT_ONCE = 50

async function exists(model: ChannelModel, queue: string): Promise<boolean> {
  const channel = await model.createChannel()
  channel.on('error', () => undefined) // thrown below as well
  try {
    await channel.checkQueue(queue)
    await channel.close()
    return true
  } catch (error) {
    if (replyCodeOf(error) === replies.notFound) return false
    throw error
  }
}
