/**
 * Loaded into a process before its own code (`node --import`): gives the names in TEST_HOSTS, a JSON object, the addresses
 * that stand beside them, as the network of containers would.
 */
import dns, { type LookupOptions } from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'

type Found = (error: NodeJS.ErrnoException | null, address?: unknown, family?: number) => void

const hosts = JSON.parse(process.env['TEST_HOSTS'] ?? '{}') as Readonly<Record<string, string>>
const { lookup } = dns

function named(host: string, options: LookupOptions | number, found: Found): void {
  const address = hosts[host]
  if (address === undefined) {
    Reflect.apply(lookup, dns, [host, options, found])
    return
  }
  const all = typeof options === 'object' && options.all === true
  setImmediate(() => (all ? found(null, [{ address, family: 4 }]) : found(null, address, 4)))
}

Object.assign(dns, {
  lookup: (host: string, options: LookupOptions | number | Found, found?: Found): void =>
    typeof options === 'function' ? named(host, {}, options) : named(host, options, found ?? (() => undefined)),
})
syncBuiltinESMExports()
