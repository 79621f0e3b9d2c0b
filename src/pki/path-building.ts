import { limits } from '../base/index.ts'
import type { Certificate } from './certificate.ts'
import { isSignatureAlgorithmAllowed, isSignedBy } from './certificate-signature.ts'
import { isBounded, isSameKey } from './key-strength.ts'

/**
 * One search for paths from a leaf to an anchor. It follows names and signatures only; whether a path may be believed
 * is for the path rules. The work is bounded, so that certificates made to look alike cannot keep it busy.
 * @see RFC 4158 for building, RFC 5280 §6.1 for what a path is
 */
export class PathSearch {
  readonly #anchors: ReadonlyMap<string, Certificate>
  readonly #bySubject: ReadonlyMap<string, readonly Certificate[]>
  readonly #checked = new Map<string, boolean>()
  #checksLeft: number = limits.pathSignatureChecks
  #stepsLeft: number = limits.pathSteps
  #obstacle: string | undefined

  /** @param known Every certificate that may stand in a path: anchors, intermediates, and those presented. */
  constructor(anchors: ReadonlyMap<string, Certificate>, known: Iterable<Certificate>) {
    this.#anchors = anchors
    this.#bySubject = bySubject(known)
  }

  /** Why no path was found, once `paths` has ended without one. */
  get obstacle(): string {
    return this.#obstacle ?? 'no certificate of its issuer leads to a trusted one'
  }

  /** Every path, leaf first and anchor last, found one at a time. */
  *paths(leaf: Certificate): Generator<readonly Certificate[]> {
    yield* this.#extend([leaf], leaf)
  }

  *#extend(path: readonly Certificate[], last: Certificate): Generator<readonly Certificate[]> {
    if (this.#anchors.has(last.fingerprint)) {
      yield path
      return
    }
    if (path.length >= limits.certificatePathLength) {
      this.#obstacle = `the path is longer than ${limits.certificatePathLength} certificates`
      return
    }
    for (const issuer of this.#candidates(path, last)) {
      if (this.#stepsLeft === 0) {
        this.#obstacle = `more than ${limits.pathSteps} certificates would have to be tried`
        return
      }
      this.#stepsLeft -= 1
      if (this.#issued(issuer, last)) yield* this.#extend([...path, issuer], issuer)
    }
  }

  /** Certificates with the issuer's name that are not yet in the path, the likeliest first. */
  #candidates(path: readonly Certificate[], certificate: Certificate): readonly Certificate[] {
    const likelihood = (issuer: Certificate): number =>
      (this.#anchors.has(issuer.fingerprint) ? 2 : 0) +
      (issuer.fields.subjectKeyId === certificate.fields.authorityKeyId ? 1 : 0)
    return (this.#bySubject.get(certificate.fields.issuer.key) ?? [])
      .filter((issuer) => !path.some((earlier) => isSameEntity(earlier, issuer)))
      .sort((a, b) => likelihood(b) - likelihood(a))
  }

  #issued(issuer: Certificate, certificate: Certificate): boolean {
    if (!isSignatureAlgorithmAllowed(certificate.fields)) {
      this.#obstacle = `${certificate.subject} is signed by an algorithm that is not accepted`
      return false
    }
    if (!isBounded(issuer.publicKey)) {
      this.#obstacle = `the key of ${issuer.subject} is beyond the limits`
      return false
    }
    const pair = `${issuer.fingerprint} ${certificate.fingerprint}`
    const earlier = this.#checked.get(pair)
    if (earlier !== undefined) return earlier
    if (this.#checksLeft === 0) {
      this.#obstacle = `more than ${limits.pathSignatureChecks} certificate signatures would have to be tried`
      return false
    }
    this.#checksLeft -= 1
    const issued = isSignedBy(certificate.fields, issuer.publicKey)
    this.#checked.set(pair, issued)
    return issued
  }
}

/** Same name and key: a second certificate of an authority already in the path leads in a circle. */
function isSameEntity(a: Certificate, b: Certificate): boolean {
  return a.fields.subject.key === b.fields.subject.key && isSameKey(a.publicKey, b.publicKey)
}

function bySubject(certificates: Iterable<Certificate>): Map<string, Certificate[]> {
  const found = new Map<string, Certificate[]>()
  const seen = new Set<string>()
  for (const certificate of certificates) {
    if (seen.has(certificate.fingerprint)) continue
    seen.add(certificate.fingerprint)
    const name = certificate.fields.subject.key
    const namesakes = found.get(name)
    if (namesakes === undefined) found.set(name, [certificate])
    else namesakes.push(certificate)
  }
  return found
}
