import type { Element } from './element.ts'

/**
 * Is the element written exactly as Exclusive XML Canonicalization 1.0 would write it, but for the declaration of its
 * own prefix, which may be inherited? Then its octets are its canonical form, and libxml2 need not make it again.
 * When in doubt the answer is no: it costs time, never correctness.
 */
export function isCanonicalForm(element: Element): boolean {
  if (!element.plain) return false
  const prefix = prefixOf(element)
  const declared = element.declared.includes(prefix) ? element.declared : [prefix, ...element.declared]
  return element.scope.has(prefix) && isRendered(element, declared, NOTHING_RENDERED)
}

/** The prefix of an element; '' without one. */
export function prefixOf({ name, local }: Element): string {
  return name.slice(0, Math.max(0, name.length - local.length - 1))
}

const NOTHING_RENDERED: ReadonlyMap<string, string> = new Map()

/** Exclusive C14N §3: a namespace is declared where it is first visibly used, and nowhere else. */
function isRendered(element: Element, declared: readonly string[], above: ReadonlyMap<string, string>): boolean {
  const { attributes, scope, children } = element
  const prefix = prefixOf(element)
  const [first, ...others] = declared
  // Prefixed attributes are rare and have an order and namespaces of their own: left to libxml2.
  for (const [index, { name }] of attributes.entries()) {
    if (name.includes(':') || (index > 0 && name <= (attributes[index - 1]?.name ?? ''))) return false
  }
  if (others.length > 0) return false
  if (first === undefined) {
    if (above.get(prefix) !== (scope.get(prefix) ?? '')) return false
    return children.every((child) => isRendered(child, child.declared, above))
  }
  const namespace = scope.get(first) ?? ''
  if (first !== prefix || above.get(prefix) === namespace || !namespace.includes(':')) return false
  const here = new Map(above).set(first, namespace)
  return children.every((child) => isRendered(child, child.declared, here))
}
