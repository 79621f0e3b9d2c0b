import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { type Clock, GatewayError, limits, messageOf } from '../base/index.ts'

export interface FetchRequest {
  readonly url: string
  /** Posted, with its type; without, the address is read. */
  readonly body?: { readonly octets: Uint8Array; readonly type: string }
  readonly maxOctets: number
}

export interface FetchRules {
  readonly clock: Clock
  /** Hosts that may be reached although their addresses are private: the mirrors of a closed network. */
  readonly privateHosts: ReadonlySet<string>
}

/**
 * Fetches from an address that stands in a certificate. Whoever could put it there must not thereby reach what only we
 * can reach: http and https only, no private address unless the host was named by an operator, the address that was
 * checked is the one that is connected to, redirects under the same rules, and an end to time and octets.
 * @throws {GatewayError} revocation-source-unavailable
 */
export async function fetchBounded(
  request: FetchRequest,
  rules: FetchRules,
  stopping?: AbortSignal,
): Promise<Uint8Array> {
  const stop = new AbortController()
  const ends = AbortSignal.any([stop.signal, ...(stopping === undefined ? [] : [stopping])])
  const done = new AbortController()
  const late = rules.clock.wait(limits.fetchMs, done.signal).then(() => {
    if (!done.signal.aborted) stop.abort(new Error(`no whole answer within ${limits.fetchMs} ms`))
  })
  try {
    let url = request.url
    for (let hop = 0; hop <= limits.fetchRedirects; hop++) {
      const answer = await once({ ...request, url }, rules, ends)
      if ('octets' in answer) return answer.octets
      url = new URL(answer.location, url).href
    }
    throw new Error(`more than ${limits.fetchRedirects} redirects`)
  } catch (cause) {
    const reason: unknown = stop.signal.aborted ? stop.signal.reason : cause
    const text = `${request.url} cannot be read: ${messageOf(reason)}`
    throw new GatewayError('revocation-source-unavailable', text, { value: request.url }, { cause })
  } finally {
    done.abort()
    await late
  }
}

type Answer = { readonly octets: Uint8Array } | { readonly location: string }

function once({ url: text, body, maxOctets }: FetchRequest, rules: FetchRules, signal: AbortSignal): Promise<Answer> {
  const url = allowedUrl(text, rules.privateHosts)
  const options = {
    method: body === undefined ? 'GET' : 'POST',
    agent: false,
    signal,
    lookup: guardedLookup(rules.privateHosts.has(url.hostname)),
    maxHeaderSize: limits.httpHeaderBytes,
    headers: { accept: '*/*', ...(body && { 'content-type': body.type, 'content-length': body.octets.length }) },
  } as const
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = send(url, options, (incoming) => {
      readAnswer(incoming, maxOctets).then(resolve, reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body?.octets)
  })
}

async function readAnswer(incoming: IncomingMessage, maxOctets: number): Promise<Answer> {
  const { statusCode = 0, headers } = incoming
  if ([301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined) {
    incoming.destroy()
    return { location: headers.location }
  }
  if (statusCode !== 200) {
    incoming.destroy()
    throw new Error(`the answer was HTTP ${statusCode}`)
  }
  const pieces: Uint8Array[] = []
  let octets = 0
  for await (const piece of incoming as AsyncIterable<Uint8Array>) {
    octets += piece.length
    if (octets > maxOctets) {
      incoming.destroy()
      throw new Error(`the answer is longer than ${maxOctets} octets`)
    }
    pieces.push(piece)
  }
  return { octets: Buffer.concat(pieces) }
}

function allowedUrl(text: string, privateHosts: ReadonlySet<string>): URL {
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`${url.protocol} is not http`)
  if (url.username !== '' || url.password !== '') throw new Error('the address holds a password')
  // an address that is written out is never looked up, so it is judged here (URL has made one form of all its spellings)
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0 && !privateHosts.has(url.hostname)) requirePublic(literal)
  return url
}

/** Looks a name up once and hands on only addresses that were checked, so that the name cannot change in between. */
function guardedLookup(isPrivateAllowed: boolean): LookupFunction {
  return (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, '')
      try {
        if (!isPrivateAllowed) for (const { address } of addresses) requirePublic(address)
      } catch (refusal) {
        return callback(refusal as NodeJS.ErrnoException, '')
      }
      const [first] = addresses
      if (options.all === true) callback(null, addresses)
      else callback(null, first?.address ?? '', first?.family)
    })
  }
}

function requirePublic(address: string): void {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  const plain = mapped ?? address
  if (notPublic.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4'))
    throw new Error(`${address} is an address of a closed network, and its host is not among those allowed`)
}

/** Loopback, private, link-local, shared, test, multicast and reserved networks; and IPv6 ways to write IPv4. */
const notPublic = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  notPublic.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of [
  ['::', 8],
  ['64:ff9b::', 32],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const)
  notPublic.addSubnet(network, bits, 'ipv6')
