import type { Certificate } from './certificate.ts'
import { ANY_POLICY } from './extensions.ts'

/** What RFC 5280 §6.1.1 (c)–(g) asks of a path. By default any policy will do, and none is needed. */
export interface PolicyInputs {
  /** Absent: any policy. */
  readonly policies?: ReadonlySet<string>
  readonly explicitPolicy?: boolean
  readonly inhibitMapping?: boolean
  readonly inhibitAny?: boolean
}

interface Node {
  readonly policy: string
  expected: ReadonlySet<string>
  readonly parents: ReadonlySet<Node>
}

type Level = Map<string, Node>

/**
 * The valid policies of a path, as the graph of RFC 9618 and not as the tree of RFC 5280, which certificates made for it
 * can let grow without end. Here a level has one node for each policy, so the work is bounded by the certificates.
 * Feed the certificates from below the anchor to the leaf; then ask.
 */
export class PolicyGraph {
  readonly #inputs: PolicyInputs
  /** Undefined once no policy is valid any more. */
  #levels: Level[] | undefined
  #explicitPolicy: number
  #policyMapping: number
  #inhibitAny: number

  /** @param length Certificates of the path without its anchor. */
  constructor(inputs: PolicyInputs, length: number) {
    const root: Node = { policy: ANY_POLICY, expected: new Set([ANY_POLICY]), parents: new Set() }
    this.#inputs = inputs
    this.#levels = [new Map([[ANY_POLICY, root]])]
    this.#explicitPolicy = inputs.explicitPolicy === true ? 0 : length + 1
    this.#policyMapping = inputs.inhibitMapping === true ? 0 : length + 1
    this.#inhibitAny = inputs.inhibitAny === true ? 0 : length + 1
  }

  /** The anchor's own restrictions bind what is below it (RFC 5937 §3.2). */
  beginAt(anchor: Certificate): void {
    this.#tighten(anchor)
  }

  /** RFC 5280 §6.1.3 (d)–(f) and §6.1.4. @returns the name of the rule that the path breaks here */
  add(certificate: Certificate, isLeaf: boolean): PolicyFailure | undefined {
    const { policies, policyMappings } = certificate.fields
    const selfIssued = isSelfIssued(certificate)
    if (policies === undefined) this.#levels = undefined
    else this.#grow(policies, this.#inhibitAny > 0 || (!isLeaf && selfIssued))
    if (this.#explicitPolicy === 0 && this.#levels === undefined) return 'policy-required'
    if (isLeaf) return undefined
    const ofAny = policyMappings.some(
      ({ issuerPolicy, subjectPolicy }) => issuerPolicy === ANY_POLICY || subjectPolicy === ANY_POLICY,
    )
    if (ofAny) return 'policy-mapping-of-any'
    this.#map(certificate)
    if (!selfIssued) {
      this.#explicitPolicy = Math.max(0, this.#explicitPolicy - 1)
      this.#policyMapping = Math.max(0, this.#policyMapping - 1)
      this.#inhibitAny = Math.max(0, this.#inhibitAny - 1)
    }
    this.#tighten(certificate)
    return undefined
  }

  /** RFC 5280 §6.1.5 (a), (b), (g). */
  end(leaf: Certificate): PolicyFailure | undefined {
    const required = Math.max(0, this.#explicitPolicy - 1) === 0 || leaf.fields.requireExplicitPolicy === 0
    return required && !this.#isAcceptable() ? 'policy-required' : undefined
  }

  #grow(policies: ReadonlySet<string>, anyCounts: boolean): void {
    const above = this.#levels?.at(-1)
    if (this.#levels === undefined || above === undefined) return
    const expecting = expectations(above)
    const anyAbove = above.get(ANY_POLICY)
    const level: Level = new Map()
    const add = (policy: string, parents: ReadonlySet<Node>): void => {
      level.set(policy, { policy, expected: new Set([policy]), parents })
    }
    for (const policy of policies) {
      if (policy === ANY_POLICY) continue
      const parents = expecting.get(policy)
      if (parents !== undefined) add(policy, parents)
      else if (anyAbove !== undefined) add(policy, new Set([anyAbove]))
    }
    if (policies.has(ANY_POLICY) && anyCounts)
      for (const [policy, parents] of expecting) if (!level.has(policy)) add(policy, parents)
    this.#levels.push(level)
    this.#prune()
  }

  /** RFC 5280 §6.1.4 (b), in the words of RFC 9618 §5.4. */
  #map({ fields: { policyMappings } }: Certificate): void {
    const level = this.#levels?.at(-1)
    if (level === undefined) return
    const mapped = Map.groupBy(policyMappings, ({ issuerPolicy }) => issuerPolicy)
    const any = level.get(ANY_POLICY)
    for (const [policy, mappings] of mapped) {
      const node = level.get(policy)
      const expected = new Set(mappings.map(({ subjectPolicy }) => subjectPolicy))
      if (this.#policyMapping === 0) level.delete(policy)
      else if (node !== undefined) node.expected = expected
      else if (any !== undefined) level.set(policy, { policy, expected, parents: any.parents })
    }
    this.#prune()
  }

  #tighten({ fields }: Certificate): void {
    const { requireExplicitPolicy, inhibitPolicyMapping, inhibitAnyPolicy } = fields
    this.#explicitPolicy = Math.min(this.#explicitPolicy, requireExplicitPolicy ?? this.#explicitPolicy)
    this.#policyMapping = Math.min(this.#policyMapping, inhibitPolicyMapping ?? this.#policyMapping)
    this.#inhibitAny = Math.min(this.#inhibitAny, inhibitAnyPolicy ?? this.#inhibitAny)
  }

  /** A node that leads to no policy of the last level counts no more, and without any the graph is none. */
  #prune(): void {
    const levels = this.#levels ?? []
    for (let depth = levels.length - 2; depth >= 0; depth--) {
      const used = new Set([...(levels[depth + 1]?.values() ?? [])].flatMap(({ parents }) => [...parents]))
      for (const [policy, node] of levels[depth] ?? []) if (!used.has(node)) levels[depth]?.delete(policy)
    }
    if (levels[0]?.size === 0 || levels.at(-1)?.size === 0) this.#levels = undefined
  }

  /** Whether the leaf has a policy that was asked for: one that stands below one of them, or `anyPolicy` all the way. */
  #isAcceptable(): boolean {
    const { policies } = this.#inputs
    if (this.#levels === undefined) return false
    if (policies === undefined || policies.has(ANY_POLICY)) return true
    const acceptable = new Set<Node>()
    for (const level of this.#levels.slice(1))
      for (const node of level.values()) {
        const fromAny = [...node.parents].some(({ policy }) => policy === ANY_POLICY)
        const above = [...node.parents].some((parent) => acceptable.has(parent))
        if (node.policy !== ANY_POLICY && (above || (fromAny && policies.has(node.policy)))) acceptable.add(node)
      }
    const last = this.#levels.at(-1)
    return last?.has(ANY_POLICY) === true || [...(last?.values() ?? [])].some((node) => acceptable.has(node))
  }
}

export type PolicyFailure = 'policy-required' | 'policy-mapping-of-any'

/** Same name as its issuer, whoever's key it bears (RFC 5280 §3.2). */
export function isSelfIssued({ fields }: Certificate): boolean {
  return fields.subject.key === fields.issuer.key
}

/** Which nodes of a level expect a policy below them. */
function expectations(level: Level): Map<string, ReadonlySet<Node>> {
  const expecting = new Map<string, Set<Node>>()
  for (const node of level.values())
    for (const policy of node.expected) expecting.set(policy, (expecting.get(policy) ?? new Set()).add(node))
  return expecting
}
