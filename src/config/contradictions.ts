import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { messageOf } from '../base/index.ts'
import { isToyCertificate, readCertificates } from '../pki/index.ts'
import type { AxisSettings, Settings } from './schema.ts'
import { settings } from './settings.ts'

/** What no single key shows: files that are not there, doors that are open, trust that is for play. */
export function contradictions(config: Settings): string[] {
  const { http, trust, agencies } = config
  const problems: string[] = []
  const readable = (key: string, path: string | undefined): string | undefined => {
    if (path === undefined) return undefined
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      problems.push(
        `${key} names ${path}, which cannot be read (${reasonOf(error)}): write ${settings[key.replace(/\[\d+\]/g, '[]')]?.write ?? 'the path of a file'}`,
      )
      return undefined
    }
  }
  if (!isLoopback(http.host) && http.tls === undefined && http.behindProxy === undefined) {
    problems.push(
      `http.host is "${http.host}", which other machines can reach, without HTTPS: give http.tls { keyFile, certFile }, ` +
        `or write into http.behindProxy ${settings['http.behindProxy']?.write}, or listen on 127.0.0.1`,
    )
  }
  readable('http.tls.keyFile', http.tls?.keyFile)
  readable('http.tls.certFile', http.tls?.certFile)
  if ('url' in config.store) {
    problems.push(...unfitDatabase(new URL(config.store.url)))
    readable('store.passwordFile', config.store.passwordFile)
  }
  if (config.axis.kind === 'rabbitmq') {
    const { passwordFile, tls } = config.axis
    problems.push(...unfitBroker(config.axis))
    readable('axis.passwordFile', passwordFile)
    readable('axis.tls.caFile', tls?.caFile)
    readable('axis.tls.certFile', tls?.certFile)
    readable('axis.tls.keyFile', tls?.keyFile)
  }
  readable('directoryFile', config.directoryFile)
  const token = readable('metrics.tokenFile', config.metrics.tokenFile)
  if (token !== undefined && token.trim().length < 32)
    problems.push(`metrics.tokenFile holds fewer than 32 characters: write ${settings['metrics.tokenFile']?.write}`)
  config.directory?.operatorFiles.forEach((path, i) => {
    const key = `directory.operatorFiles[${i}]`
    const pem = readable(key, path)
    if (pem !== undefined) problems.push(...unfitTrust(key, path, pem, config.allowToyTrust))
  })
  const codes = agencies.map((agency) => agency.code)
  for (const twice of new Set(codes.filter((one, i) => codes.indexOf(one) !== i))) {
    problems.push(`agencies names "${twice}" twice: write each agency once, with all its keys`)
  }
  agencies.forEach(({ keys }, i) => {
    keys.forEach((key, k) => {
      for (const [name, path] of Object.entries({ ...key, ...('token' in key && prefixed('token', key.token)) }))
        if (/[fF]ile$/.test(name) && typeof path === 'string') readable(`agencies[${i}].keys[${k}].${name}`, path)
    })
  })
  const anchors = (['anchorsFiles', 'congVuFiles', 'congCongFiles'] as const).flatMap((key) =>
    trust[key].map((path, i): [string, string] => [`trust.${key}[${i}]`, path]),
  )
  if (anchors.length === 0)
    problems.push(`trust.anchorsFiles names no root certificate: write ${settings['trust.anchorsFiles']?.write}`)
  for (const [i, path] of trust.revocation.crlFiles.entries()) readable(`trust.revocation.crlFiles[${i}]`, path)
  const trusted: [key: string, path: string | undefined][] = [
    ...anchors,
    ['trust.intermediatesFile', trust.intermediatesFile],
  ]
  for (const [key, path] of trusted) {
    const pem = readable(key, path)
    if (pem !== undefined) problems.push(...unfitTrust(key, path ?? '', pem, config.allowToyTrust))
  }
  return problems
}

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]))
}

/** architecture §8: the toy root of certs-example is trusted by the demo and tests only. */
function unfitTrust(key: string, path: string, pem: string, allowToyTrust: boolean): string[] {
  try {
    const certificates = readCertificates(pem)
    if (certificates.length === 0)
      return [`${key} names ${path}, which holds no certificate: write the path of a PEM file`]
    const toy = certificates.find(isToyCertificate)
    if (toy === undefined || allowToyTrust) return []
    return [
      `${key} names ${path}, which holds the toy certificate "${toy.subject}": its private key is public, so that anybody could ` +
        'sign for any agency; name the roots that your partners really use (allowToyTrust is for demonstrations and tests)',
    ]
  } catch (error) {
    return [`${key} names ${path}, which cannot be used: ${messageOf(error)}`]
  }
}

/** The configuration holds no secret, and what travels between machines is encrypted or somebody has decided otherwise. */
function unfitDatabase(url: URL): string[] {
  const problems: string[] = []
  if (url.password !== '' || url.searchParams.has('password'))
    problems.push('store.url holds a password (not shown): write it into a file and name that in store.passwordFile')
  const host = url.searchParams.get('host') ?? url.hostname
  const local = host === '' || host.startsWith('/') || isLoopback(host.replace(/^\[|\]$/g, ''))
  if (!local && !url.searchParams.has('sslmode'))
    problems.push(
      `store.url names ${host}, another machine, and says nothing of encryption: add sslmode=verify-full ` +
        '(and sslrootcert=… for an authority of your own), or sslmode=disable where the network itself is closed',
    )
  return problems
}

/** architecture §7: TLS with client certificates on every link but loopback. */
function unfitBroker({ urls, tls, closedNetwork }: Extract<AxisSettings, { kind: 'rabbitmq' }>): string[] {
  const problems: string[] = []
  if ((tls?.certFile === undefined) !== (tls?.keyFile === undefined))
    problems.push('axis.tls names a certificate or a key alone: write certFile and keyFile, or neither')
  if (tls === undefined && urls.some((url) => url.startsWith('amqps:')))
    problems.push(`axis.tls is missing, and axis.urls says amqps: write ${settings['axis.tls']?.write}`)
  const open = urls.find((url) => {
    const { protocol, hostname } = new URL(url)
    const closed = protocol === 'amqps:' && tls?.certFile !== undefined
    return !closed && !isLoopback(hostname.replace(/^\[|\]$/g, ''))
  })
  if (open !== undefined && closedNetwork === undefined)
    problems.push(
      `axis.urls names ${open}, another machine, without TLS and a certificate of our own: write amqps:// and ` +
        `axis.tls ${settings['axis.tls']?.write}, or write into axis.closedNetwork ${settings['axis.closedNetwork']?.write}`,
    )
  return problems
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** Why a file cannot be read, in words. */
export function reasonOf(error: unknown): string {
  const reason = (error as { code?: unknown }).code
  if (reason === 'ENOENT') return 'there is no such file'
  if (reason === 'EACCES') return 'permission denied'
  if (reason === 'EISDIR') return 'it is a folder'
  if (reason === 'EEXIST') return 'it is there already'
  return messageOf(error)
}
