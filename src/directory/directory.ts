import { GatewayError } from '../base/index.ts'
import type { AgencyCode, Lane, Party } from '../message/index.ts'
import type { SenderQuestion } from '../pdf/index.ts'
import { type Certificate, readCertificate, type TrustStore } from '../pki/index.ts'
import type { TrustMaterial } from '../signature/index.ts'
import { folded, type Store } from '../store/index.ts'
import type { Agency } from './agency.ts'
import { holdersOf } from './holders.ts'
import { nearMatches } from './near-matches.ts'
import { loadAgencies, loadForms } from './records.ts'

/** Who takes part, in memory. Loaded once and again by `reload`; what it answers follows the last load. */
export class Directory {
  readonly #store: Store
  #agencies: ReadonlyMap<string, Agency> = new Map()
  #codesByForm: ReadonlyMap<string, AgencyCode> = new Map()
  #codesByFingerprint: ReadonlyMap<string, ReadonlySet<AgencyCode>> = new Map()
  #codesByBrokerUser: ReadonlyMap<string, readonly AgencyCode[]> = new Map()
  readonly #read = new Map<string, Certificate>()
  /** Looks at the store: how many began, and which of them it stands by. */
  #begun = 0
  #taken = 0

  private constructor(store: Store) {
    this.#store = store
  }

  static async load(store: Store): Promise<Directory> {
    const directory = new Directory(store)
    await directory.reload()
    return directory
  }

  /** Takes over what the store has now, all at once. */
  async reload(): Promise<void> {
    const look = ++this.#begun
    // In one unit, so that agencies, certificates and forms are of one moment.
    const [agencies, forms] = await this.#store.transact((tx) => Promise.all([loadAgencies(tx), loadForms(tx)]), {
      snapshot: true,
    })
    if (look < this.#taken) return // one that began later was faster, and has seen more
    this.#taken = look
    this.#agencies = new Map(agencies.map((agency) => [agency.code, agency]))
    this.#codesByForm = forms
    this.#codesByFingerprint = codesByFingerprint(agencies)
    const users = Map.groupBy(agencies, ({ brokerUser, code }) => brokerUser ?? code)
    this.#codesByBrokerUser = new Map([...users].map(([user, those]) => [user, those.map(({ code }) => code)]))
  }

  find(code: string): Agency | undefined {
    return this.#agencies.get(code)
  }

  /** The agency that a code names, in any form that the directory knows, trimmed and compared exactly (edXML notes §5.1). */
  identify(organId: string): AgencyCode | undefined {
    return this.#codesByForm.get(organId.trim())
  }

  /** @throws {GatewayError} agency-unknown: naming what was meant perhaps, or since when it takes part no more */
  requireActive(code: string, at: Date): Agency {
    const agency = this.#require(code)
    const { name, validFrom, validTo, successor } = agency
    if (validFrom !== undefined && at < validFrom)
      throw unknown(`${code} (${name}) takes part from ${validFrom.toISOString()} on.`, code)
    if (validTo !== undefined && at >= validTo) {
      const next = successor === undefined ? '' : `; its successor is ${successor}`
      throw unknown(`${code} (${name}) takes part no more since ${validTo.toISOString()}${next}.`, code, successor)
    }
    return agency
  }

  /** @throws {GatewayError} lane-not-served: the agency has no queue for what is so urgent */
  requireLane(code: string, lane: Lane): void {
    const { lanes, name } = this.#require(code)
    if (lanes === undefined || lanes.includes(lane)) return
    throw new GatewayError('lane-not-served', `${code} (${name}) is not served on the lane ${lane}.`, {
      field: '/otherInfo/priority',
      value: lane,
      expected: lanes.join(', '),
    })
  }

  isActive(code: string, at: Date): boolean {
    const agency = this.#agencies.get(code)
    if (agency === undefined) return false
    const { validFrom, validTo } = agency
    return (validFrom === undefined || validFrom <= at) && (validTo === undefined || at < validTo)
  }

  /** What stands in `From` and `To` for this agency. @throws {GatewayError} agency-unknown */
  partyOf(code: string): Party {
    const { wireCode, name, contact } = this.#require(code)
    return { organId: wireCode, organName: name, ...contact }
  }

  /** The form that goes on the wire. @throws {GatewayError} agency-unknown */
  wireCodeOf(code: string): string {
    return this.#require(code).wireCode
  }

  /** The agencies for which a user of the axis may speak; without an entry, the agency whose code is the user's name. */
  speaksFor(brokerUser: string): readonly AgencyCode[] {
    return this.#codesByBrokerUser.get(brokerUser) ?? []
  }

  /** Our own agencies. */
  locals(): AgencyCode[] {
    return [...this.#agencies.values()].filter(({ local }) => local).map(({ code }) => code)
  }

  /** The certificates that may sign for anybody, each once. */
  certificates(): Certificate[] {
    const pems = new Map<string, string>()
    for (const { certificates } of this.#agencies.values())
      for (const { fingerprint, pem } of certificates) pems.set(fingerprint, pem)
    for (const known of this.#read.keys()) if (!pems.has(known)) this.#read.delete(known)
    for (const [fingerprint, pem] of pems)
      if (!this.#read.has(fingerprint)) this.#read.set(fingerprint, readCertificate(pem))
    return [...this.#read.values()]
  }

  /** In the order of their codes. @param query Words of a name, with or without diacritics, or a piece of a code. */
  list({ query = '' }: { query?: string } = {}): Agency[] {
    const words = folded(query)
      .split(/\s+/)
      .filter((word) => word !== '')
    return [...this.#agencies.values()].filter(({ code, wireCode, name, nameEn = '' }) => {
      const text = folded(`${code} ${wireCode} ${name} ${nameEn}`)
      return words.every((word) => text.includes(word))
    })
  }

  /** What the signatures inside of a document are held against: who sent it, and whose certificates are known. */
  senderOf(code: string): SenderQuestion {
    const known = {
      agencies: this.#agencies,
      boundTo: (fingerprint: string) => this.#codesByFingerprint.get(fingerprint) ?? [],
      identify: (form: string) => this.identify(form),
    }
    const name = this.#agencies.get(code)?.name ?? code
    return { code, name, holdersOf: (claim) => holdersOf(claim, code, known) }
  }

  /** Whom to believe when verifying: the anchors given, and for agencies whatever the directory says at that moment. */
  trust(store: TrustStore): TrustMaterial {
    return {
      store,
      agencySigning: ({ fingerprint }, organId) => {
        const code = this.identify(organId)
        return code !== undefined && this.#codesByFingerprint.get(fingerprint)?.has(code) === true ? code : undefined
      },
      ed25519Agreed: (code) => this.#agencies.get(code)?.ed25519Agreed === true,
    }
  }

  #require(code: string): Agency {
    const agency = this.#agencies.get(code)
    if (agency !== undefined) return agency
    const near = nearMatches(code, this.#agencies.values(), this.identify(code))
    const meant = near.length === 0 ? '' : ` Perhaps ${near.map((one) => `${one.code} (${one.name})`).join(' or ')}?`
    throw unknown(`The directory has no agency "${code}".${meant}`, code, near.map((one) => one.code).join(', '))
  }
}

function codesByFingerprint(agencies: readonly Agency[]): Map<string, Set<AgencyCode>> {
  const codes = new Map<string, Set<AgencyCode>>()
  for (const { code, certificates } of agencies)
    for (const { fingerprint } of certificates) codes.set(fingerprint, (codes.get(fingerprint) ?? new Set()).add(code))
  return codes
}

function unknown(message: string, value: string, expected?: string): GatewayError {
  return new GatewayError('agency-unknown', message, { value, ...(expected ? { expected } : {}) })
}
