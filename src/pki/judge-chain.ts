import { codeOf, GatewayError, limits } from '../base/index.ts'
import type { Certificate } from './certificate.ts'
import { type CertificateStatus, type StatusInputs, statusOf } from './certificate-status.ts'
import { reasonOf } from './chain-reasons.ts'
import type { AnchorScope, ChainVerdict, RevocationProof } from './chain-verdict.ts'
import { PathSearch } from './path-building.ts'
import { type PathInputs, type Purpose, requirePathRules, type Validity } from './path-rules.ts'
import type { RevocationData } from './revocation-data.ts'

/** Whom we trust, and what else may stand in a path. */
export interface Trust {
  readonly anchors: ReadonlyMap<string, Certificate>
  readonly intermediates: readonly Certificate[]
  /** By fingerprint of the anchor. */
  readonly scopes: ReadonlyMap<string, AnchorScope>
}

export interface ChainQuestion extends Omit<PathInputs, 'purpose'> {
  readonly leaf: Certificate
  /** Certificates that came with the leaf; they help to find a path and are not trusted. */
  readonly presented: readonly Certificate[]
  readonly at: Date
  /** `sign-documents` when absent. */
  readonly purpose?: Purpose
  /** Absent: revocation is not checked. */
  readonly revocation?: RevocationData | undefined
  /** Until when revocation data may be issued; `at` when absent. Later than `at` when one looks back. */
  readonly knownAt?: Date
}

/** A path that holds at some time. */
export interface FoundPath extends Validity {
  readonly path: readonly Certificate[]
}

/**
 * Judges a chain: builds paths, and applies the rules of RFC 5280 §6 and what is known of revocation to each until one is
 * valid. It may refuse what others accept; it accepts nothing that a rule refuses. Reads no clock and does no I/O.
 */
export function judgeChain(trust: Trust, question: ChainQuestion): ChainVerdict {
  const search = searchFor(trust, question.leaf, question.presented)
  const failures: GatewayError[] = []
  let best: ChainVerdict | undefined
  for (const path of search.paths(question.leaf)) {
    try {
      requireHolding(path, requirePathRules(path, withPurpose(question)), question.at)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      failures.push(error)
      continue
    }
    const verdict = withRevocation(trust, question, path)
    if (verdict.verdict === 'valid') return verdict
    if (best === undefined || best.verdict === 'invalid') best = verdict
  }
  if (best !== undefined) return best
  const failure = nearest(failures) ?? noPath(question.leaf, search.obstacle)
  return { verdict: 'invalid', path: [], reasons: [reasonOf(failure)], revocation: 'not-checked', proofs: [] }
}

/**
 * The first path whose every certificate holds at `at`.
 * @throws certificate-untrusted, certificate-expired, certificate-not-yet-valid, key-too-short, algorithm-not-allowed,
 *   algorithm-forbidden: of several failures, that of the path that came furthest
 */
export function findPath(trust: Trust, question: Omit<ChainQuestion, 'revocation' | 'knownAt'>): FoundPath {
  const { leaf, presented, at } = question
  const search = searchFor(trust, leaf, presented)
  const failures: GatewayError[] = []
  for (const path of search.paths(leaf)) {
    try {
      const validity = requirePathRules(path, withPurpose(question))
      requireHolding(path, validity, at)
      return { ...validity, path }
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      failures.push(error)
    }
  }
  throw nearest(failures) ?? noPath(leaf, search.obstacle)
}

/** Both ends belong to the validity (RFC 5280 §4.1.2.5); an invalid Date is in no interval. */
export function holds({ fromMs, untilMs }: Validity, at: Date): boolean {
  return at.getTime() >= fromMs && at.getTime() <= untilMs
}

/** What is known of revocation along a path that holds. */
export function withRevocation(trust: Trust, question: ChainQuestion, path: readonly Certificate[]): ChainVerdict {
  const anchor = path.at(-1)
  const scope = anchor && trust.scopes.get(anchor.fingerprint)
  const found = { path, ...(scope && { scope }) }
  if (question.revocation === undefined)
    return { ...found, verdict: 'valid', reasons: [], revocation: 'not-checked', proofs: [] }
  const statuses = statusesOf(path, statusInputs(trust, question, question.revocation), new Set())
  const status = worst(statuses)
  const proofs = statuses.flatMap((one) => one.proofs)
  return {
    ...found,
    verdict: status === 'good' ? 'valid' : status === 'revoked' ? 'invalid' : 'undetermined',
    reasons: statuses.flatMap(({ reasons }) => reasons),
    revocation: status,
    proofs: [...new Map(proofs.map((proof) => [proof.fingerprint, proof])).values()],
  }
}

/**
 * The status of one certificate of a path that holds, by `data` alone.
 * @param ofSigners What tells whether they may be believed who signed it with another key than the issuer's.
 */
export function statusInPath(
  trust: Trust,
  path: readonly Certificate[],
  index: number,
  data: RevocationData,
  ofSigners: RevocationData,
  at: Date,
): CertificateStatus {
  const [certificate, issuer, anchor] = [path[index], path[index + 1], path.at(-1)]
  if (certificate === undefined || issuer === undefined || anchor === undefined)
    throw new TypeError('an anchor has no issuer to ask')
  const inputs = statusInputs(trust, { leaf: certificate, presented: path, at }, data, ofSigners)
  return statusOf({ certificate, issuer, anchor, trusting: new Set() }, inputs)
}

/** From the anchor down, so that nobody below a revoked authority is asked about. The anchor itself is trusted as it is. */
function statusesOf(
  path: readonly Certificate[],
  inputs: StatusInputs,
  trusting: ReadonlySet<string>,
): CertificateStatus[] {
  const [anchor, ...below] = path.toReversed()
  const statuses: CertificateStatus[] = []
  let issuer = anchor
  for (const certificate of below) {
    if (anchor === undefined || issuer === undefined) break
    const status = statusOf({ certificate, issuer, anchor, trusting }, inputs)
    statuses.push(status)
    if (status.status === 'revoked') break
    issuer = certificate
  }
  return statuses
}

function worst(statuses: readonly CertificateStatus[]): CertificateStatus['status'] {
  if (statuses.some(({ status }) => status === 'revoked')) return 'revoked'
  return statuses.every(({ status }) => status === 'good') ? 'good' : 'undetermined'
}

function statusInputs(
  trust: Trust,
  question: ChainQuestion,
  data: RevocationData,
  ofSigners: RevocationData = data,
): StatusInputs {
  const { presented, at, knownAt } = question
  const known = [...trust.anchors.values(), ...trust.intermediates, ...presented]
  const inputs: StatusInputs = {
    data,
    at,
    knownAt: knownAt ?? at,
    signers: (name, purpose, anchor, trusting) =>
      trusting.size > limits.crlSignerDepth
        ? []
        : known
            .filter(({ fields, fingerprint }) => fields.subject.key === name && !trusting.has(fingerprint))
            .slice(0, limits.certificatesInKeyInfo)
            .flatMap((certificate) => {
              const proofs = vouch(trust, { leaf: certificate, presented, at, purpose }, anchor, vouching, trusting)
              return proofs === undefined ? [] : [{ certificate, proofs }]
            }),
  }
  const vouching = ofSigners === data ? inputs : statusInputs(trust, question, ofSigners)
  return inputs
}

/** What tells that a signer of revocation data has a good path of his own to the same anchor (RFC 5280 §6.3.3 (f)). */
function vouch(
  trust: Trust,
  question: ChainQuestion,
  anchor: Certificate,
  inputs: StatusInputs,
  trusting: ReadonlySet<string>,
): readonly RevocationProof[] | undefined {
  try {
    const { path } = findPath(trust, question)
    if (path.at(-1)?.fingerprint !== anchor.fingerprint) return undefined
    const statuses = statusesOf(path, inputs, trusting)
    if (worst(statuses) !== 'good') return undefined
    const certificates = path
      .slice(0, -1)
      .map(({ der, fingerprint }) => ({ kind: 'certificate', der, fingerprint }) as const)
    return [...certificates, ...statuses.flatMap(({ proofs }) => proofs)]
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}

function searchFor(
  { anchors, intermediates }: Trust,
  leaf: Certificate,
  presented: readonly Certificate[],
): PathSearch {
  return new PathSearch(anchors, [...anchors.values(), ...intermediates, ...presented, leaf])
}

function withPurpose({ purpose = 'sign-documents', ...inputs }: ChainQuestion): PathInputs {
  return { ...inputs, purpose }
}

function requireHolding(path: readonly Certificate[], validity: Validity, at: Date): void {
  if (!holds(validity, at)) throw outsideOfValidity(path, at)
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
