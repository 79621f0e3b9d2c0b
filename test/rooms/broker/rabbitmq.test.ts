import { limits, Secret, silentLog } from '../../../src/base/index.ts'
import { createRabbitmqAxis, queueName, type RabbitmqConnection } from '../../../src/broker/index.ts'
import { type AgencyCode, findAgencyCode, lanes } from '../../../src/message/index.ts'
import { MovableClock } from '../../support/clock.ts'
import { eventually, TestVhost, testBroker } from '../../support/rabbitmq.ts'
import { openTcpProxy } from '../../support/tcp-proxy.ts'
import { axisContractSuite } from './axis-contract.ts'

const agencies = ['G02', 'G02.18', 'G22'].map((code) => findAgencyCode(code)) as AgencyCode[]

/** One virtual host serves all tests of the contract, emptied for each; one with short queues serves the test of full ones. */
const vhosts = new Map<number | undefined, TestVhost>()

after(async () => {
  for (const vhost of vhosts.values()) await vhost.close()
})

axisContractSuite('RabbitMQ', async (bounds) => {
  const vhost = vhosts.get(bounds?.queueParts) ?? (await openVhost(bounds?.queueParts))
  vhosts.set(bounds?.queueParts, vhost)
  const { host, port } = vhost.broker
  const proxy = await openTcpProxy({ host, port })
  const clock = new MovableClock()
  const axis = createRabbitmqAxis({
    urls: [`amqp://127.0.0.1:${proxy.port}`],
    vhost: vhost.name,
    clock,
    log: silentLog,
  })
  const connections: RabbitmqConnection[] = []
  let handled = 0
  const everyQueue = agencies.flatMap((agency) => lanes.map((lane) => queueName(agency, lane)))
  const purge = (): Promise<void> =>
    vhost.onChannel(async (channel) => {
      for (const queue of everyQueue) await channel.purgeQueue(queue)
    })
  /** What can be seen of the axis from outside; when it stays the same for some looks, nothing is under way. */
  const look = (): Promise<string> =>
    vhost.onChannel(async (channel) => {
      const counts = await Promise.all(everyQueue.map((queue) => channel.checkQueue(queue)))
      return JSON.stringify([counts, handled])
    })
  const quiet = async (): Promise<void> => {
    let [same, before] = [0, '']
    await eventually('a quiet axis', async () => {
      const now = await look()
      same = now === before ? same + 1 : 0
      before = now
      return same >= 4
    })
  }
  await purge()
  return {
    connect: async (user, entitled) => {
      await vhost.grant(user, entitled)
      const connection = axis.connect({ user, password: () => new Secret(vhost.passwordOf(user)), agencies: entitled })
      connections.push(connection)
      await eventually('the connection', () => connection.isUp)
      return {
        publish: (part) => connection.publish(part),
        consume: (agency, lane, prefetch, handle) =>
          connection.consume(agency, lane, prefetch, async (part) => {
            handled++
            await handle(part)
          }),
        close: () => connection.close(),
      }
    },
    provision: async () => {},
    ready: (agency, lane) => vhost.ready(agency, lane),
    purge,
    outage: async (on) => {
      if (on) {
        proxy.cut()
        await eventually('the outage', () => connections.every((connection) => !connection.isUp))
      } else {
        proxy.heal()
        await eventually('the way back', async () => {
          await clock.advance(limits.brokerBackoffFirstMs)
          return connections.every((connection) => connection.isUp)
        })
      }
    },
    settle: async () => {
      await quiet()
      await clock.advance(limits.redeliveryWaitMs)
      await quiet()
    },
    close: async () => {
      await Promise.all(connections.map((connection) => connection.close()))
      await proxy.close()
    },
  }
})

async function openVhost(queueParts: number | undefined): Promise<TestVhost> {
  const vhost = await TestVhost.open(testBroker())
  // A quorum queue refuses once it is longer than its bound, so it takes one more.
  const bounds = queueParts === undefined ? undefined : { parts: queueParts - 1, octets: limits.axisQueueBytes }
  for (const [user, entitled] of [
    ['bct', agencies.slice(0, 2)],
    ['vpcp', agencies.slice(2)],
  ] as const)
    await vhost.provision(user, entitled, bounds)
  return vhost
}
