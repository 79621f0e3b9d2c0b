import { GatewayError } from '../base/index.ts'
import type { Element } from './element.ts'
import type { Places } from './layout.ts'
import { readable } from './octet-text.ts'
import type { SignatureElement } from './signature-element.ts'
import type { SignedInfo, SignedReference } from './signed-info.ts'
import type { Skeleton } from './skeleton.ts'

type Role = keyof Places | 'signedProperties' | 'receipt'

/** Each reference beside the one thing it refers to. */
export type Assigned = { readonly [R in Role]?: SignedReference } & {
  /** URI="": instead of the parts. */
  readonly document?: SignedReference
  /** AttachmentEncoded, while it has not arrived. */
  readonly tail?: SignedReference
}

/**
 * Exactly the expected references: every part that is present, by the Id of the element at its place, or the whole
 * document; and the objects of the signature. Not one less, not one more (architecture, the wire).
 * @throws {GatewayError} reference-missing | reference-extra | reference-elsewhere
 */
export function assignReferences(
  skeleton: Skeleton,
  places: Places,
  signature: SignatureElement,
  { references }: SignedInfo,
  ids: ReadonlyMap<string, Element>,
): Assigned {
  const whole = references.some(({ uri }) => uri === '')
  const roles = expectedRoles(whole ? {} : places, signature)
  const assigned: { -readonly [R in keyof Assigned]: Assigned[R] } = {}
  const strays: SignedReference[] = []
  for (const reference of references) {
    const role = reference.uri === '' ? 'document' : roles.get(requireTarget(reference, ids) ?? NOBODY)
    if (role === undefined || assigned[role] !== undefined) strays.push(reference)
    else assigned[role] = reference
  }
  if (skeleton.open && !whole) {
    const absent = strays.findLastIndex(({ uri }) => !ids.has(uri.slice(1))) // the only Id that is not here yet
    const [tail] = absent < 0 ? [] : strays.splice(absent, 1)
    if (tail !== undefined) assigned.tail = tail
  }

  const missing = [...roles].find(([, role]) => assigned[role] === undefined)?.[0].name
  const [stray] = strays
  if (stray !== undefined) refuseStray(stray, missing !== undefined)
  if (missing !== undefined) refuseMissing(readable(missing))
  if (skeleton.open && !whole && assigned.tail === undefined) refuseMissing('AttachmentEncoded')
  // By Id, certificate and time stand under the signature; the samples' URI="" form has neither (edXML notes §4.8).
  if (!whole && assigned.signedProperties === undefined) refuseMissing('SignedProperties')
  return assigned
}

const NOBODY = {} as Element

function expectedRoles(
  places: Partial<Places>,
  { signedProperties, receipt }: SignatureElement,
): ReadonlyMap<Element, Role> {
  const expected: readonly (readonly [Role, Element | undefined])[] = [
    ['messageHeader', places.messageHeader],
    ['traceHeaderList', places.traceHeaderList],
    ['body', places.body],
    ['attachments', places.attachments],
    ['signedProperties', signedProperties],
    ['receipt', receipt],
  ]
  return new Map(expected.flatMap(([role, element]) => (element === undefined ? [] : [[element, role]])))
}

/**
 * Only `#Id` is followed: no file, no address, no part of a mail, no XPointer. An Id that a URI would have to escape, or
 * that could be taken for an XPointer, would be another element to another verifier.
 */
function requireTarget(reference: SignedReference, ids: ReadonlyMap<string, Element>): Element | undefined {
  if (!/^#[\w.\-\x80-\xff]+$/.test(reference.uri)) refuseStray(reference, true)
  return ids.get(reference.uri.slice(1))
}

/** With all that is expected signed, one more is too much; otherwise it names the wrong thing. */
function refuseStray({ uri }: SignedReference, isMissing: boolean): never {
  const value = readable(uri)
  if (isMissing) {
    throw new GatewayError('reference-elsewhere', `The reference "${value}" names nothing at a place that is signed.`, {
      value,
    })
  }
  throw new GatewayError('reference-extra', `The reference "${value}" is one more than the contract says.`, { value })
}

function refuseMissing(name: string): never {
  throw new GatewayError('reference-missing', `The signature has no reference to ${name}.`, { expected: name })
}
