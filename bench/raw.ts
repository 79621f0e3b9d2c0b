import { createPrivateKey, randomBytes, sign } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import type { TestVhost } from '../test/support/rabbitmq.ts'
import { toyKey } from './toys.ts'

/** RSA-2048 signatures, as many at once as there are cores: how many a second, and the processor time of one. */
export async function rawSignatures(ms: number): Promise<{ perSecond: number; cpuMs: number }> {
  const key = createPrivateKey(toyKey('g02-rsa'))
  const bytes = randomBytes(1_000)
  const signOnce = promisify(sign)
  const start = performance.now()
  let count = 0
  const one = async (): Promise<void> => {
    for (; performance.now() - start < ms; count++) await signOnce('sha256', bytes, key)
  }
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: availableParallelism() }, one))
  const { user, system } = process.cpuUsage(before)
  return { perSecond: (count * 1000) / (performance.now() - start), cpuMs: (user + system) / 1000 / count }
}

/** Messages of so many octets a second that RabbitMQ confirms, in a quorum queue that nobody reads, with 256 under way. */
export async function rawConfirms(vhost: TestVhost, octets: number, ms: number): Promise<number> {
  const channel = await vhost.model.createConfirmChannel()
  const { queue } = await channel.assertQueue('bench.raw', { arguments: { 'x-queue-type': 'quorum' } })
  const body = randomBytes(octets)
  const start = performance.now()
  let count = 0
  const one = async (): Promise<void> => {
    for (; performance.now() - start < ms; count++)
      await new Promise<void>((resolve, reject) => {
        channel.sendToQueue(queue, body, { persistent: true }, (error) =>
          error ? reject(new Error(String(error))) : resolve(),
        )
      })
  }
  await Promise.all(Array.from({ length: 256 }, one))
  const perSecond = (count * 1000) / (performance.now() - start)
  await channel.deleteQueue(queue)
  await channel.close()
  return perSecond
}
