import type { Command } from 'commander'
import { GatewayError, limits, messageOf, silentLog, systemClock, timeOrderedIds } from '../base/index.ts'
import { createRabbitmqAxis, directoryParts } from '../broker/index.ts'
import { directoryMediaType } from '../directory/index.ts'
import { findAgencyCode } from '../message/index.ts'
import { readPassword, requireCode } from './axis-options.ts'
import { collected, type Terminal } from './terminal.ts'

/** How a signed directory gets to the agencies. */
export interface PublishOptions {
  readonly url?: string
  readonly vhost: string
  readonly user?: string
  readonly brokerPasswordFile?: string
  readonly from?: string
  readonly to: readonly string[]
  readonly ca?: string
  readonly cert?: string
  readonly clientKey?: string
}

export function withBroker(command: Command): Command {
  return command
    .option('--url <url>', 'the broker to send it over, such as amqps://broker.example.vn:5671')
    .option('--vhost <name>', 'the virtual host', '/')
    .option('--from <code>', 'the code under which the operator speaks on the axis')
    .option('--to <code>', 'an agency to send it to (default: each that it names); may be repeated', collected, [])
    .option('--user <user>', 'the broker user of the operator (default: --from)')
    .option('--broker-password-file <file>', 'its password')
    .option('--ca <file>', 'who may have issued the certificate of the broker, PEM')
    .option('--cert <file>', 'the client certificate of the operator, PEM')
    .option('--client-key <file>', 'its private key, PEM')
}

/** Sends it to one agency after the other; one that is not reached keeps no other from getting it. */
export async function publishSigned(terminal: Terminal, octets: Uint8Array, options: PublishOptions): Promise<void> {
  const { url, vhost, from: named, user, brokerPasswordFile, ca, cert, clientKey } = options
  if (url === undefined || named === undefined || brokerPasswordFile === undefined)
    throw new GatewayError('request-invalid', 'to send it, name --url, --from and --broker-password-file')
  const from = requireCode(named, '--from')
  const { version, agencies } = outline(octets)
  const to = options.to.length > 0 ? options.to.map((code) => requireCode(code, '--to')) : agencies
  const password = readPassword(brokerPasswordFile)
  const tls =
    ca === undefined
      ? {}
      : { tls: { caFile: ca, ...(cert && { certFile: cert }), ...(clientKey && { keyFile: clientKey }) } }
  const axis = createRabbitmqAxis({ urls: [url], vhost, ...tls, clock: systemClock, log: silentLog })
  const connection = axis.connect({ user: user ?? named, password: () => password, agencies: [from] })
  const ids = timeOrderedIds(systemClock)
  try {
    await connected(connection)
    for (const agency of to.filter((code) => code !== from)) {
      const about = { octets, version, contentType: directoryMediaType, from, to: agency }
      try {
        for (const part of directoryParts({ ...about, messageId: ids.next(), timestamp: systemClock.now() }))
          await connection.publish(part)
        terminal.out(`  ✔ ${agency}`)
      } catch (error) {
        terminal.out(`  ✘ ${agency}: ${messageOf(error)}`)
        terminal.exitCode = 1
      }
    }
  } finally {
    await connection.close()
  }
}

/** @throws {GatewayError} broker-unavailable */
async function connected(connection: { readonly isUp: boolean }): Promise<void> {
  const lastMs = systemClock.now().getTime() + limits.brokerConnectMs
  while (!connection.isUp) {
    if (systemClock.now().getTime() > lastMs)
      throw new GatewayError('broker-unavailable', `The broker did not let us in within ${limits.brokerConnectMs} ms.`)
    await systemClock.wait(CONNECT_LOOK_MS)
  }
}

const CONNECT_LOOK_MS = 50

/** What the sending needs to know of it; the recipients judge it. */
function outline(octets: Uint8Array): { version: number; agencies: ReturnType<typeof requireCode>[] } {
  try {
    const { payload } = JSON.parse(Buffer.from(octets).toString()) as { payload: string }
    const { version, agencies } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
      version: number
      agencies: { code: string }[]
    }
    return { version, agencies: agencies.flatMap(({ code }) => findAgencyCode(code) ?? []) }
  } catch {
    throw new GatewayError('directory-malformed', 'The file is no signed directory.')
  }
}
