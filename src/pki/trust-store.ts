import { createHash } from 'node:crypto'
import { codeOf, GatewayError, limits } from '../base/index.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import { PathSearch } from './path-building.ts'
import { requirePathRules, type Validity } from './path-rules.ts'

interface RememberedPath extends Validity {
  readonly path: readonly Certificate[]
}

/**
 * Anchors and known intermediates. Reads no clock and does no I/O.
 *
 * The path found for a leaf is remembered with the interval of instants in which it holds, so judging the same leaf
 * again costs one look-up. Only paths that held are remembered: a certificate refused for want of an intermediate may
 * come with it the next time, and what strangers send takes no room.
 */
export class TrustStore {
  readonly #anchors: ReadonlyMap<string, Certificate>
  readonly #intermediates: readonly Certificate[]
  readonly #remembered = new Map<string, RememberedPath>()
  readonly #known = new Map<string, Certificate>()

  /** @throws trust-unusable: no anchor */
  constructor(anchors: readonly Certificate[], intermediates: readonly Certificate[] = []) {
    if (anchors.length === 0) throw new GatewayError('trust-unusable', 'At least one trusted certificate is needed.')
    this.#anchors = new Map(anchors.map((anchor) => [anchor.fingerprint, anchor]))
    this.#intermediates = intermediates
  }

  /**
   * The certificate with these octets: read at the first time, and remembered once it stood in a path that held.
   * @throws certificate-malformed
   */
  read(der: Uint8Array): Certificate {
    return this.#known.get(createHash('sha256').update(der).digest('hex')) ?? readCertificate(der)
  }

  get anchors(): readonly Certificate[] {
    return [...this.#anchors.values()]
  }

  /**
   * The path leaf … anchor whose every certificate is valid at `at`, and whose leaf may sign documents.
   * @param presented Certificates that came with the leaf; they help to find a path and are not trusted.
   * @throws certificate-untrusted: no path, or none that the rules allow
   * @throws certificate-expired, certificate-not-yet-valid: a path holds at another instant
   * @throws key-too-short (or algorithm-not-allowed, algorithm-forbidden): a path holds but for a weak key
   * @see RFC 5280 §6; edXML notes §7.3
   */
  requirePath(leaf: Certificate, presented: readonly Certificate[], at: Date): readonly Certificate[] {
    return this.#recall(leaf, at) ?? this.#find(leaf, presented, at)
  }

  #recall(leaf: Certificate, at: Date): readonly Certificate[] | undefined {
    const remembered = this.#remembered.get(leaf.fingerprint)
    if (remembered === undefined || !holds(remembered, at)) return undefined
    this.#remember(leaf, remembered) // as the one used last
    return remembered.path
  }

  #find(leaf: Certificate, presented: readonly Certificate[], at: Date): readonly Certificate[] {
    const search = new PathSearch(this.#anchors, [...this.#anchors.values(), ...this.#intermediates, ...presented])
    const failures: GatewayError[] = []
    for (const path of search.paths(leaf)) {
      try {
        const validity = requirePathRules(path)
        if (!holds(validity, at)) throw outsideOfValidity(path, at)
        this.#remember(leaf, { ...validity, path })
        return path
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        failures.push(error)
      }
    }
    throw nearest(failures) ?? noPath(leaf, search.obstacle)
  }

  #remember(leaf: Certificate, found: RememberedPath): void {
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

/** Both ends belong to the validity (RFC 5280 §4.1.2.5); an invalid Date is in no interval. */
function holds({ fromMs, untilMs }: Validity, at: Date): boolean {
  return at.getTime() >= fromMs && at.getTime() <= untilMs
}

function outsideOfValidity(path: readonly Certificate[], at: Date): GatewayError {
  const expired = path.find(({ notAfter }) => at.getTime() > notAfter.getTime())
  if (expired !== undefined) {
    const notAfter = expired.notAfter.toISOString()
    return new GatewayError('certificate-expired', `${expired.subject} was valid until ${notAfter}.`, {
      certificate: expired.subject,
      notAfter,
    })
  }
  const early = path.find(({ notBefore }) => !(at.getTime() >= notBefore.getTime()))
  const notBefore = early?.notBefore.toISOString()
  return new GatewayError('certificate-not-yet-valid', `${early?.subject} is valid from ${notBefore}.`, {
    certificate: early?.subject,
    notBefore,
  })
}

/** Of several paths that failed, the failure of the one that came furthest: time is judged last, keys before it. */
function nearest(failures: readonly GatewayError[]): GatewayError | undefined {
  const distance = (error: GatewayError): number => {
    const code = codeOf(error)
    if (code === 'certificate-expired' || code === 'certificate-not-yet-valid') return 0
    return code === 'certificate-untrusted' ? 2 : 1
  }
  return [...failures].sort((a, b) => distance(a) - distance(b))[0]
}

function noPath(leaf: Certificate, obstacle: string): GatewayError {
  const text = `No path leads from ${leaf.subject}, issued by ${leaf.issuer}, to a trusted certificate: ${obstacle}.`
  return new GatewayError('certificate-untrusted', text, {
    reason: 'no-path',
    certificate: leaf.subject,
    issuer: leaf.issuer,
  })
}
