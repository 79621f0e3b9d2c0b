import { readFile, stat } from 'node:fs/promises'
import { type Backoff, type Clock, codeOf, GatewayError, type Ids, type Log, limits, messageOf } from '../base/index.ts'
import {
  answerAbout,
  type Certificate,
  type Crl,
  type OcspResponse,
  ocspRequest,
  RevocationData,
  readCrlAside,
  readOcspResponse,
  type TrustStore,
} from '../pki/index.ts'
import { type DuePlace, type RevocationState, revocation, type Store } from '../store/index.ts'
import type { FetchRequest } from './fetch.ts'

export interface RevocationDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly backoff: Backoff
  readonly trust: TrustStore
  /** What the trust store judges by; filled here. */
  readonly data: RevocationData
  /** Whose chains will be asked about: partners' signers and our own, as the directory stands now. */
  readonly certificates: () => readonly Certificate[]
  readonly settings: RevocationSettings
  /** Absent: nothing is fetched; what other processes and files bring is used. */
  readonly fetch?: (request: FetchRequest, signal: AbortSignal) => Promise<Uint8Array>
}

export interface RevocationSettings {
  /** CRLs that somebody else brings to this machine. */
  readonly crlFiles: readonly string[]
  /** An address that begins with `from` is fetched from `to` instead. */
  readonly mirrors: readonly { readonly from: string; readonly to: string }[]
  /** Whether an OCSP response must repeat our nonce; otherwise one without any is bounded by its time alone. */
  readonly requireNonce: boolean
}

/** A place, and one certificate in a path that holds which names it. */
interface Asked {
  readonly path: readonly Certificate[]
  readonly index: number
  readonly kind: 'crl' | 'ocsp'
  readonly url: string
  readonly certificate: string
}

/**
 * Keeps revocation data at hand, ahead of need and never in the path of a document: finds where the certificates of all
 * who take part say that it is published, fetches it, keeps only what could decide something now, and shares it through
 * the store with other processes. What a place gave last stays until the place gives something better.
 */
export class RevocationKeeper {
  readonly #deps: RevocationDeps
  /** By leaf: what its chain names, and until when. Kept, because chains of thousands of partners take their time. */
  readonly #named = new Map<string, { readonly places: ReadonlyMap<string, Asked>; readonly untilMs: number }>()
  #asked: ReadonlyMap<string, Asked> = new Map()
  /** When each file was written that was read, and how long it is: large lists are not read each minute. */
  readonly #files = new Map<string, string>()
  #planAt = 0

  constructor(deps: RevocationDeps) {
    this.#deps = deps
  }

  /** Takes what the store and the files have, before the first document is judged. */
  async load(): Promise<void> {
    await this.#readFiles()
    for (const { place, kind, fingerprint } of await revocation.states(this.#deps.store.read))
      if (fingerprint !== undefined && !this.#deps.data.has(place, fingerprint)) await this.#takeFromStore(place, kind)
  }

  /** @returns whether there is more to do at once */
  async runOnce(signal: AbortSignal): Promise<boolean> {
    const { store, fetch } = this.#deps
    const now = store.clock.now()
    if (now.getTime() >= this.#planAt) {
      if (!(await this.#plan(now))) return true
      await this.load()
      this.#planAt = now.getTime() + limits.sweepMs
    }
    if (fetch === undefined || !(await revocation.isDue(store.read, now))) return false
    const leaseUntil = new Date(now.getTime() + limits.fetchLeaseMs)
    const limit = limits.fetchesAtOnce
    const due = await store.transact((tx) => revocation.leaseDue(tx, { now, leaseUntil, limit }))
    await Promise.all(due.map((place) => this.#refresh(place, (request) => fetch(request, signal), signal)))
    return due.length === limit
  }

  /** Which places the certificates name. @returns false: there are more chains to look at */
  async #plan(now: Date): Promise<boolean> {
    const { certificates, trust, store } = this.#deps
    const leaves = new Map(certificates().map((leaf) => [leaf.fingerprint, leaf]))
    for (const known of this.#named.keys()) if (!leaves.has(known)) this.#named.delete(known)
    const fresh = [...leaves.values()].filter(
      ({ fingerprint }) => !((this.#named.get(fingerprint)?.untilMs ?? 0) > now.getTime()),
    )
    for (const leaf of fresh.slice(0, limits.chainsAtOnce)) {
      const path = pathOf(trust, leaf, now)
      this.#named.set(leaf.fingerprint, { places: placesAlong(path), untilMs: untilOf(path, now) })
    }
    this.#asked = new Map([...this.#named.values()].flatMap(({ places }) => [...places]))
    const states = await revocation.states(store.read)
    const there = new Set(states.map(({ place }) => place))
    const added = [...this.#asked].filter(([place]) => !there.has(place))
    if (added.length > 0)
      await store.transact((tx) => Promise.all(added.map(([place, one]) => revocation.addPlace(tx, { place, ...one }))))
    if (fresh.length > limits.chainsAtOnce) return false
    await this.#forgetExpired(states, now)
    return true
  }

  /** What is out of date can still say *revoked*, as long as a certificate names its place; then it decides nothing. */
  async #forgetExpired(states: readonly RevocationState[], now: Date): Promise<void> {
    const { store, data, log } = this.#deps
    const since = new Date(now.getTime() - limits.revocationExpiredMs)
    for (const { place, url, validUntil } of states) {
      if (this.#asked.has(place) || validUntil === undefined || validUntil > since) continue
      // another process may know a certificate that names it, and have renewed it just now
      if (!(await store.transact((tx) => revocation.forgetExpired(tx, place, since)))) continue
      data.forget(place)
      log.info({ url, validUntil: validUntil.toISOString() }, 'revocation data that nobody names any more were removed')
    }
  }

  async #refresh(due: DuePlace, fetch: Fetch, signal: AbortSignal): Promise<void> {
    const { store, backoff, log, data } = this.#deps
    const { place, kind, url, attempt } = due
    const asked = this.#asked.get(place)
    try {
      if (asked === undefined) throw unusable('no certificate that is trusted names it any more')
      const got = await this.#fetch(due, asked, fetch)
      const at = store.clock.now()
      const nextAt = new Date(at.getTime() + restMs(kind, got.validUntil, at))
      const { validUntil, found } = got
      data.take(place, found, at)
      const { fingerprint, der } = found
      await store.transact((tx) => revocation.keep(tx, place, { fingerprint, der, at, validUntil, nextAt }))
      log.info({ url, kind, validUntil: validUntil?.toISOString() }, 'revocation data fetched')
    } catch (error) {
      if (signal.aborted) return // we are stopping: it will be due again
      const at = store.clock.now()
      const nextAt = new Date(at.getTime() + backoff(attempt))
      // another process may know a certificate that names it; when none does for long, it goes
      if (asked === undefined && attempt >= limits.forgottenAfter)
        return void ((await store.transact((tx) => revocation.forgetFailed(tx, due))) && data.forget(place))
      await store.transact((tx) => revocation.fail(tx, place, `[${codeOf(error)}] ${messageOf(error)}`, at, nextAt))
      log.warn(
        { url, kind, code: codeOf(error), reason: messageOf(error), attempt },
        'revocation data could not be fetched',
      )
    }
  }

  async #fetch({ kind, url }: DuePlace, { path, index }: Asked, fetch: Fetch): Promise<Fetched> {
    const { settings, ids } = this.#deps
    const [certificate, issuer] = [path[index], path[index + 1]]
    if (certificate === undefined || issuer === undefined) throw new TypeError('an anchor has no issuer to ask')
    const mirror = settings.mirrors.find(({ from }) => url.startsWith(from))
    const address = mirror === undefined ? url : mirror.to + url.slice(mirror.from.length)
    const found = new RevocationData()
    if (kind === 'crl') {
      const crl = await readCrlAside(await fetch({ url: address, maxOctets: limits.crlBytes }))
      if (crl.issuer.key !== issuer.fields.subject.key)
        throw unusable(`the CRL is of ${crl.issuer.text}, not of ${issuer.subject}`)
      found.addCrl(crl)
      this.#requireUse(found, path, index)
      return { found: crl, validUntil: crl.nextUpdate }
    }
    const sent = Buffer.from(ids.secret(), 'base64url')
    const body = { octets: ocspRequest(certificate, issuer, sent), type: 'application/ocsp-request' }
    const response = readOcspResponse(await fetch({ url: address, body, maxOctets: limits.ocspBytes }))
    const answer = answerAbout(response, certificate, issuer)
    if (answer === undefined) throw unusable('the response is about another certificate')
    // a responder that answers in advance knows no nonce, and its answers are bounded by their time alone (RFC 9654 §1)
    if (response.nonce === undefined && settings.requireNonce)
      throw unusable('the response repeats no nonce, and trust.revocation.requireNonce asks for it')
    if (response.nonce !== undefined && response.nonce !== sent.toString('hex'))
      throw unusable('the response repeats another nonce than was sent')
    found.addResponse(response)
    this.#requireUse(found, path, index)
    return { found: response, validUntil: answer.nextUpdate }
  }

  /** Keeps only what tells something now: signed by who may, of its time, about this certificate. */
  #requireUse(found: RevocationData, path: readonly Certificate[], index: number): void {
    const { status, reasons } = this.#deps.trust.statusBy(found, path, index, this.#deps.store.clock.now())
    // a list for some reasons or some certificates decides only together with others
    if (status === 'undetermined' && reasons.some(({ code }) => code !== 'crl-scope'))
      throw unusable(reasons.map(({ code, en }) => `[${code}] ${en}`).join(' '))
  }

  async #takeFromStore(place: string, kind: 'crl' | 'ocsp'): Promise<void> {
    const { store, data, log } = this.#deps
    const kept = await revocation.octets(store.read, place)
    try {
      if (kept === undefined) return
      data.take(place, kind === 'crl' ? await readCrlAside(kept.der) : readOcspResponse(kept.der), kept.at)
    } catch (err) {
      log.error({ err, place }, 'revocation data in the store cannot be read')
    }
  }

  async #readFiles(): Promise<void> {
    const { settings, data, log, store } = this.#deps
    for (const file of settings.crlFiles)
      try {
        const { mtimeMs, size } = await stat(file)
        const state = `${mtimeMs} ${size}`
        if (this.#files.get(file) === state) continue
        data.take(`file ${file}`, await readCrlAside(await readFile(file)), store.clock.now())
        this.#files.set(file, state)
      } catch (error) {
        log.error({ file, reason: messageOf(error) }, 'a CRL file cannot be used; what it held before still counts')
      }
  }
}

type Fetch = (request: FetchRequest) => Promise<Uint8Array>

interface Fetched {
  readonly found: Crl | OcspResponse
  readonly validUntil: Date | undefined
}

function pathOf(trust: TrustStore, leaf: Certificate, at: Date): readonly Certificate[] {
  try {
    return trust.requirePath(leaf, [], at)
  } catch (error) {
    if (error instanceof GatewayError) return [] // expired, or not known to us: nobody will be judged by it
    throw error
  }
}

/**
 * How long what was found of a chain is so: as long as each of it is valid. Where none was found, one may come: with the
 * first day of a certificate that was bound ahead of need, or with an intermediate that a package brings.
 */
function untilOf(path: readonly Certificate[], now: Date): number {
  return path.length === 0
    ? now.getTime() + limits.chainAgainMs
    : Math.min(...path.map(({ notAfter }) => notAfter.getTime() + 1))
}

/** Only a certificate under a trusted anchor is asked where to look; the anchor itself is not asked about. */
function placesAlong(path: readonly Certificate[]): Map<string, Asked> {
  const places = new Map<string, Asked>()
  path.slice(0, -1).forEach(({ fields, fingerprint: certificate }, index) => {
    const asked = { path, index, certificate }
    for (const url of crlUrls(fields)) places.set(`crl ${url}`, { ...asked, kind: 'crl', url })
    const [url] = fields.ocspUrls.filter((text) => /^https?:/i.test(text))
    if (url !== undefined) places.set(`ocsp ${url} ${certificate}`, { ...asked, kind: 'ocsp', url })
  })
  return places
}

/** All its addresses of CRLs that we could read; those of indirect ones are of no use. */
function crlUrls({ crlDistributionPoints }: Certificate['fields']): string[] {
  return crlDistributionPoints
    .flatMap(({ name, crlIssuer }) => (name?.kind === 'full' && crlIssuer === undefined ? name.names : []))
    .flatMap((name) => (name.form === 'uri' && /^https?:/i.test(name.text) ? [name.text] : []))
}

/** Half of the time it still holds, within bounds: so there are several tries before it is out of date. */
function restMs(kind: 'crl' | 'ocsp', validUntil: Date | undefined, now: Date): number {
  const left = (validUntil?.getTime() ?? 0) - now.getTime()
  const most = kind === 'crl' ? limits.crlRestMs : limits.ocspRestMs
  return Math.min(most, Math.max(limits.fetchRestMs, left / 2))
}

function unusable(text: string): GatewayError {
  return new GatewayError('revocation-data-unusable', text)
}
