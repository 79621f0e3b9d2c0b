import { GatewayError } from '../base/index.ts'
import type { Crl } from './crl.ts'
import type { OcspResponse } from './ocsp.ts'

/**
 * What is at hand about revocation: CRLs and OCSP responses, in memory, found by whom they are about. It believes
 * nothing; `judgeChain` does, or not. Reads no clock and does no I/O.
 */
export class RevocationData {
  readonly #crls = new Map<string, Map<string, Crl>>()
  readonly #responses = new Map<string, Map<string, OcspResponse>>()
  #asOf = new Date(0)
  readonly #places = new Map<string, { fingerprint: string; issuedAt: Date; remove: () => void }>()

  /** CRLs of the authority with this name (`DistinguishedName.key`). */
  crlsOf(issuerKey: string): readonly Crl[] {
    return [...(this.#crls.get(issuerKey)?.values() ?? [])]
  }

  /** Responses that say something of a certificate with this serial number. */
  responsesAbout(serialOctets: string): readonly OcspResponse[] {
    return [...(this.#responses.get(serialOctets)?.values() ?? [])]
  }

  addCrl(crl: Crl): () => void {
    return put(this.#crls, crl.issuer.key, crl)
  }

  addResponse(response: OcspResponse): () => void {
    const removals = response.answers.map(({ id }) => put(this.#responses, id.serialOctets, response))
    return () => {
      for (const remove of removals) remove()
    }
  }

  /**
   * Takes what a place (an address, a file) has now, instead of what it had.
   * @param at When it was fetched, and found not to be of the future.
   * @throws {GatewayError} revocation-data-unusable: it is older than what the place gave before. Who stands between
   *   could otherwise bring back a list of the days before a certificate was revoked, until it is out of date
   */
  take(place: string, found: Crl | OcspResponse, at: Date): void {
    if (at > this.#asOf) this.#asOf = at
    const earlier = this.#places.get(place)
    if (earlier?.fingerprint === found.fingerprint) return
    const issuedAt = 'entries' in found ? found.thisUpdate : found.producedAt
    if (earlier !== undefined && issuedAt < earlier.issuedAt)
      throw new GatewayError(
        'revocation-data-unusable',
        `it is of ${issuedAt.toISOString()}, older than what is at hand, of ${earlier.issuedAt.toISOString()}`,
      )
    const remove = 'entries' in found ? this.addCrl(found) : this.addResponse(found)
    earlier?.remove()
    this.#places.set(place, { fingerprint: found.fingerprint, issuedAt, remove })
  }

  /** What the place gave is needed no more. */
  forget(place: string): void {
    this.#places.get(place)?.remove()
    this.#places.delete(place)
  }

  has(place: string, fingerprint: string): boolean {
    return this.#places.get(place)?.fingerprint === fingerprint
  }

  /** The latest instant at which something was taken: nothing here is of a later time. */
  get asOf(): Date {
    return this.#asOf
  }
}

/** The same octets may come from several places; they go when the last of these has others. */
function put<T extends { readonly fingerprint: string }>(
  map: Map<string, Map<string, T>>,
  key: string,
  value: T,
): () => void {
  const those = map.get(key) ?? new Map<string, T>()
  map.set(key, those)
  const slot = `${value.fingerprint} ${nextSlot++}`
  those.set(slot, value)
  return () => {
    those.delete(slot)
    if (those.size === 0) map.delete(key)
  }
}

let nextSlot = 0
