import { createHash } from 'node:crypto'
import { GatewayError, limits } from '../base/index.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import type { CertificateStatus } from './certificate-status.ts'
import type { AnchorScope, ChainVerdict } from './chain-verdict.ts'
import {
  type ChainQuestion,
  type FoundPath,
  findPath,
  holds,
  judgeChain,
  statusInPath,
  type Trust,
  withRevocation,
} from './judge-chain.ts'
import type { RevocationData } from './revocation-data.ts'

export interface TrustStoreOptions {
  /** Which PKI an anchor belongs to, by its fingerprint. */
  readonly scopes?: ReadonlyMap<string, AnchorScope>
  /** What is at hand about revocation; absent: it is not checked. Others add to it while the store is in use. */
  readonly revocation?: RevocationData
}

/**
 * Anchors and known intermediates. Reads no clock and does no I/O.
 *
 * The path found for a leaf is remembered with the interval of instants in which it holds, so judging the same leaf
 * again costs one look-up, and one more for each certificate whose revocation is asked for. Only paths that held are
 * remembered: a certificate refused for want of an intermediate may come with it the next time, and what strangers send
 * takes no room.
 */
export class TrustStore {
  readonly #trust: Trust
  readonly #revocation: RevocationData | undefined
  readonly #remembered = new Map<string, FoundPath>()
  readonly #known = new Map<string, Certificate>()

  /** @throws trust-unusable: no anchor */
  constructor(
    anchors: readonly Certificate[],
    intermediates: readonly Certificate[] = [],
    { scopes = new Map(), revocation }: TrustStoreOptions = {},
  ) {
    if (anchors.length === 0) throw new GatewayError('trust-unusable', 'At least one trusted certificate is needed.')
    this.#trust = { anchors: new Map(anchors.map((anchor) => [anchor.fingerprint, anchor])), intermediates, scopes }
    this.#revocation = revocation
  }

  /**
   * The certificate with these octets: read at the first time, and remembered once it stood in a path that held.
   * @throws certificate-malformed
   */
  read(der: Uint8Array): Certificate {
    return this.#known.get(createHash('sha256').update(der).digest('hex')) ?? readCertificate(der)
  }

  get anchors(): readonly Certificate[] {
    return [...this.#trust.anchors.values()]
  }

  get intermediates(): readonly Certificate[] {
    return this.#trust.intermediates
  }

  /**
   * The path leaf … anchor whose every certificate is valid at `at`, and whose leaf may sign documents. Says nothing of
   * revocation.
   * @param presented Certificates that came with the leaf; they help to find a path and are not trusted.
   * @throws certificate-untrusted: no path, or none that the rules allow
   * @throws certificate-expired, certificate-not-yet-valid: a path holds at another instant
   * @throws key-too-short (or algorithm-not-allowed, algorithm-forbidden): a path holds but for a weak key
   * @see RFC 5280 §6; edXML notes §7.3
   */
  requirePath(leaf: Certificate, presented: readonly Certificate[], at: Date): readonly Certificate[] {
    return this.#recall(leaf, at) ?? this.#find(leaf, presented, at)
  }

  /**
   * As `requirePath`, and what is known of revocation along the path.
   * Revocation data may be newer than `at`, when that is the moment of arrival and the judgement comes later.
   * @throws as `requirePath`; certificate-revoked
   */
  requireChain(leaf: Certificate, presented: readonly Certificate[], at: Date): ChainVerdict {
    const path = this.requirePath(leaf, presented, at)
    const question: ChainQuestion = { leaf, presented, at, ...this.#revocationAt(at) }
    const first = withRevocation(this.#trust, question, path)
    // another path may lead around an authority that was revoked, or of which nothing is known
    const verdict = first.verdict === 'valid' ? first : judgeChain(this.#trust, question)
    if (verdict.verdict !== 'invalid') return verdict
    const text = verdict.reasons.map(({ en }) => en).join(' ')
    throw new GatewayError('certificate-revoked', text, { certificate: leaf.subject })
  }

  /** The verdict on any chain, for whoever wants to tell it and not to act on it. Revocation as this store knows it. */
  judgeChain(question: Omit<ChainQuestion, 'revocation'>): ChainVerdict {
    return judgeChain(this.#trust, { ...this.#revocationAt(question.at), ...question })
  }

  /** The status of the certificate at `index` of a path that holds, by `data` alone: is what was fetched of any use? */
  statusBy(data: RevocationData, path: readonly Certificate[], index: number, at: Date): CertificateStatus {
    return statusInPath(this.#trust, path, index, data, this.#revocation ?? data, at)
  }

  #revocationAt(at: Date): Pick<ChainQuestion, 'revocation' | 'knownAt'> {
    const asOf = this.#revocation?.asOf ?? at
    return { revocation: this.#revocation, knownAt: asOf > at ? asOf : at }
  }

  #recall(leaf: Certificate, at: Date): readonly Certificate[] | undefined {
    const remembered = this.#remembered.get(leaf.fingerprint)
    if (remembered === undefined || !holds(remembered, at)) return undefined
    this.#remember(leaf, remembered) // as the one used last
    return remembered.path
  }

  #find(leaf: Certificate, presented: readonly Certificate[], at: Date): readonly Certificate[] {
    const found = findPath(this.#trust, { leaf, presented, at })
    this.#remember(leaf, found)
    return found.path
  }

  #remember(leaf: Certificate, found: FoundPath): void {
    keepLatest(this.#remembered, leaf.fingerprint, found)
    for (const certificate of found.path) keepLatest(this.#known, certificate.fingerprint, certificate)
  }
}

/** A Map iterates in the order of insertion, so its first key is the one unused for longest. */
function keepLatest<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  for (const [oldest] of map) {
    if (map.size <= limits.trustVerdicts) return
    map.delete(oldest)
  }
}
