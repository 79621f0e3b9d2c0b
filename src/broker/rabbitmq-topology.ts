import type { ChannelModel } from 'amqplib'
import { replies, replyCodeOf } from './rabbitmq-errors.ts'

/** Which of these queues are not there. Asks passively, on channels of its own: the broker closes one at each "no". */
export async function findMissingQueues(model: ChannelModel, queues: readonly string[]): Promise<string[]> {
  const missing: string[] = []
  for (const queue of queues) if (!(await exists(model, queue))) missing.push(queue)
  return missing
}

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
