import { limits } from '../base/index.ts'
import { bitsOf, context, DerReader, type DerValue, explicit, itemsOf, malformed, tags } from './der.ts'
import { type GeneralName, readGeneralNames } from './general-name.ts'

/** Where a CRL that covers a certificate is found, and for which reasons of revocation. @see RFC 5280 §4.2.1.13 */
export interface DistributionPoint {
  readonly name: DistributionPointName | undefined
  /** Bits of ReasonFlags; absent: all. */
  readonly reasons: number | undefined
  /** Somebody else than the certificate's issuer: an indirect CRL. */
  readonly crlIssuer: readonly GeneralName[] | undefined
}

export type DistributionPointName =
  | { readonly kind: 'full'; readonly names: readonly GeneralName[] }
  | { readonly kind: 'relative'; readonly relative: DerValue }

/** All reasons of RFC 5280 §4.2.1.13 but `unused`. */
export const ALL_REASONS = 0b1_1111_1110

export function readDistributionPoints(outer: DerReader): DistributionPoint[] {
  const items = itemsOf(outer.read(tags.sequence, 'The distribution points'), tags.sequence, 'A distribution point')
  if (items.length > limits.namesInCertificate) throw malformed('It has too many distribution points.')
  return items.map(({ content }) => {
    const reader = new DerReader(content)
    const name = reader.readOptional(explicit(0))
    const reasons = reader.readOptional(context(1))
    const crlIssuer = reader.readOptional(explicit(2))
    reader.end('A distribution point')
    return {
      name: name && readDistributionPointName(name),
      reasons: reasons && readReasons(reasons),
      crlIssuer: crlIssuer && readGeneralNames(crlIssuer, limits.namesInCertificate),
    }
  })
}

/** [0] DistributionPointName, which is a choice and therefore always tagged explicitly. */
export function readDistributionPointName(tagged: DerValue): DistributionPointName {
  const reader = new DerReader(tagged.content)
  const choice = reader.readAny('The name of a distribution point')
  reader.end('The name of a distribution point')
  if (choice.tag === explicit(0)) return { kind: 'full', names: readGeneralNames(choice, limits.namesInCertificate) }
  if (choice.tag !== explicit(1)) throw malformed('The name of a distribution point is of no known form.')
  return { kind: 'relative', relative: choice }
}

/** Bit n of ReasonFlags becomes bit n of the number. */
export function readReasons(value: DerValue): number {
  const { octets } = bitsOf(value)
  let reasons = 0
  for (let bit = 0; bit < 9; bit++) if (((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) reasons |= 1 << bit
  return reasons & ALL_REASONS
}
