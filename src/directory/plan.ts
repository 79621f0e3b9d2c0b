import type { Agency, BoundCertificate } from './agency.ts'
import type { SignedDirectory } from './signed-document.ts'

/**
 * What of the directory becomes another once a signed one is applied. The signed directory decides about every agency
 * that it names; what was entered by hand stands for the others. Ours alone say which agencies are local. A certificate
 * that was entered by hand for an agency it names stays beside those it binds, until it once bound it itself: then it
 * may withdraw it. An agency that an earlier signed directory named and this one does not takes part no more.
 * @returns the agencies as they will be, only those that change
 */
export function planSigned(present: readonly Agency[], signed: SignedDirectory): Agency[] {
  const before = new Map(present.map((agency) => [agency.code, agency]))
  const named = new Set(signed.agencies.map(({ code }) => code))
  const said = signed.agencies.map((agency) => {
    const earlier = before.get(agency.code)
    const certificates = together(agency.certificates, earlier?.certificates.filter(isByHand) ?? [])
    return { ...agency, certificates, local: earlier?.local ?? false }
  })
  const ended = present
    .filter(({ code, origin, validTo }) => origin === 'signed' && !named.has(code) && !endsBy(validTo, signed.issuedAt))
    .map((agency) => ({
      ...agency,
      validTo: signed.issuedAt,
      certificates: agency.certificates.filter(isByHand),
    }))
  return [...said, ...ended]
}

export function isByHand({ origin }: BoundCertificate): boolean {
  return origin === undefined
}

function endsBy(validTo: Date | undefined, instant: Date): boolean {
  return validTo !== undefined && validTo <= instant
}

function together(bound: readonly BoundCertificate[], byHand: readonly BoundCertificate[]): BoundCertificate[] {
  const fingerprints = new Set(bound.map(({ fingerprint }) => fingerprint))
  return [...bound, ...byHand.filter(({ fingerprint }) => !fingerprints.has(fingerprint))]
}
