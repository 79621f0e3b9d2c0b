import type { Certificate } from './certificate.ts'
import type { NameConstraints } from './extensions.ts'
import type { GeneralName } from './general-name.ts'
import { isSelfIssued } from './policy-graph.ts'

/** What the authorities above have said about the names below them, added up on the way down. @see RFC 5280 §4.2.1.10 */
export class NameRules {
  readonly #all: NameConstraints[] = []

  add({ fields: { nameConstraints } }: Certificate): void {
    if (nameConstraints !== undefined) this.#all.push(nameConstraints)
  }

  /** The first name of the certificate that may not be; an authority's own rollover certificates are let through. */
  forbidden(certificate: Certificate, isLeaf: boolean): string | undefined {
    if (this.#all.length === 0 || (!isLeaf && isSelfIssued(certificate))) return undefined
    return namesOf(certificate).find(({ name }) => this.#all.some((rules) => !isAllowed(name, rules)))?.shown
  }
}

interface ShownName {
  readonly name: GeneralName
  readonly shown: string
}

function namesOf({ fields }: Certificate): ShownName[] {
  const subject: ShownName[] =
    fields.subject.parts.length === 0
      ? []
      : [{ name: { form: 'directory', name: fields.subject }, shown: fields.subject.text }]
  const emails = fields.emailsInSubject.map((text): ShownName => ({ name: { form: 'email', text }, shown: text }))
  return [...subject, ...emails, ...fields.alternativeNames.map((name) => ({ name, shown: shown(name) }))]
}

function shown(name: GeneralName): string {
  switch (name.form) {
    case 'directory':
      return name.name.text
    case 'ip':
      return `IP ${Buffer.from(name.octets).toString('hex')}`
    case 'other':
      return `a name of form [${name.tag}]`
    default:
      return `${name.form} ${name.text}`
  }
}

function isAllowed(name: GeneralName, { permitted, excluded }: NameConstraints): boolean {
  const sameForm = (subtree: GeneralName): boolean =>
    subtree.form === 'other' ? name.form === 'other' && name.tag === subtree.tag : subtree.form === name.form
  if (excluded.some((subtree) => sameForm(subtree) && isWithin(name, subtree) !== false)) return false
  const ofForm = permitted.filter(sameForm)
  return ofForm.length === 0 || ofForm.some((subtree) => isWithin(name, subtree) === true)
}

/** Undefined: it cannot be told, and then a name is neither permitted nor safe from exclusion. */
function isWithin(name: GeneralName, subtree: GeneralName): boolean | undefined {
  if (name.form === 'directory' && subtree.form === 'directory')
    return subtree.name.parts.every((part, i) => name.name.parts[i] === part)
  if (name.form === 'email' && subtree.form === 'email') return isEmailWithin(name.text, subtree.text)
  if (name.form === 'dns' && subtree.form === 'dns') return isHostWithin(name.text, subtree.text, true)
  if (name.form === 'uri' && subtree.form === 'uri') {
    const host = hostOf(name.text)
    return host === undefined ? undefined : isHostWithin(host, subtree.text, false)
  }
  if (name.form === 'ip' && subtree.form === 'ip') return isAddressWithin(name.octets, subtree.octets)
  return undefined
}

/** A mailbox, all mailboxes of a host, or with a leading dot of all hosts below a domain. */
function isEmailWithin(address: string, constraint: string): boolean | undefined {
  const at = address.lastIndexOf('@')
  if (at <= 0 || at === address.length - 1) return undefined
  const local = address.slice(0, at)
  const host = address.slice(at + 1)
  const constraintAt = constraint.lastIndexOf('@')
  if (constraintAt < 0) return isHostWithin(host, constraint, false)
  // the local part is compared without case too: nobody hands out two mailboxes that differ only in it
  return (
    host.toLowerCase() === constraint.slice(constraintAt + 1).toLowerCase() &&
    local.toLowerCase() === constraint.slice(0, constraintAt).toLowerCase()
  )
}

/** @param withSubdomains For DNS names a constraint covers the hosts below it; elsewhere only with a leading dot. */
function isHostWithin(host: string, constraint: string, withSubdomains: boolean): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  const base = constraint.toLowerCase().replace(/\.$/, '')
  if (base === '') return true
  if (base.startsWith('.')) return name.endsWith(base) && name.length > base.length
  return name === base || (withSubdomains && name.endsWith(`.${base}`))
}

/** RFC 5280: a URI without a host name, or with an address for it, is not within anything. */
function hostOf(uri: string): string | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri)?.[1]
  const host = authority?.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '')
  return host === undefined || host === '' || !/[a-z]/i.test(host) || host.startsWith('[') ? undefined : host
}

/** The constraint is an address and a mask of the same length. */
function isAddressWithin(address: Uint8Array, constraint: Uint8Array): boolean | undefined {
  if (constraint.length !== 8 && constraint.length !== 32) return undefined
  if (address.length * 2 !== constraint.length) return false
  const mask = constraint.subarray(address.length)
  return address.every((octet, i) => (octet & (mask[i] ?? 0)) === ((constraint[i] ?? 0) & (mask[i] ?? 0)))
}
