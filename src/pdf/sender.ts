import type { Finding } from './findings.ts'
import type { SignerName } from './signer-name.ts'

/** Who sent the package that brought the file, and how the agencies of the directory are found by a certificate. */
export interface SenderQuestion {
  readonly code: string
  readonly name: string
  readonly holdersOf: (claim: HolderClaim) => Holders
}

/** What a certificate says of the organisation that holds it. */
export interface HolderClaim {
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string
  /** organizationIdentifier. */
  readonly identifier?: string
  /** O, OU and CN. */
  readonly names: readonly string[]
}

/** Agencies of the directory that the certificate may be of, by the strongest evidence that leads to any. */
export interface Holders {
  /** `certificate`: bound to it; `code`: its code stands in it; `name`: it is called so. */
  readonly by: 'certificate' | 'code' | 'name'
  readonly agencies: readonly Holder[]
}

export interface Holder {
  readonly code: string
  readonly name: string
  /** `related`: above or below the sender. */
  readonly relation: 'sender' | 'related' | 'other'
}

type Signer = SignerName & { readonly fingerprint: string }

/**
 * Holds those who signed as an organisation against the sender. A main document bears the signature of the organisation
 * that issues it (NĐ 30/2020 Appendix I; edXML notes §3.4), and a signature is valid when the identity of its signer can
 * be established (TT 15/2025 Art. 6; §7.3): so where the directory knows all of them to be other agencies, a person must
 * decide. A name alone proves nothing either way, since names are written in many forms: it is told, with what was
 * compared. Other agencies' documents may be attached.
 */
export function senderFindings(
  signers: readonly Signer[],
  sender: SenderQuestion,
  role: 'main' | 'attached',
): Finding[] {
  const found = signers.map((signer) => ({ signer, holders: sender.holdersOf(claimOf(signer)) }))
  if (found.length === 0 || found.some(({ holders }) => is('sender', holders))) return []
  const areOthers = found.every(({ holders }) => holders.by !== 'name' && is('other', holders))
  const detail = found.slice(0, MOST_TOLD).map(({ signer, holders }) => told(signer, holders))
  const code = areOthers && role === 'main' ? 'organisation-not-sender' : 'organisation-unconfirmed'
  return [{ code, detail: [`sender ${sender.code} (${sender.name})`, ...detail].join('; ').slice(0, MOST_LETTERS) }]
}

const MOST_TOLD = 3
const MOST_LETTERS = 1000

function is(relation: Holder['relation'], { agencies }: Holders): boolean {
  return relation === 'other'
    ? agencies.length > 0 && agencies.every((agency) => agency.relation === 'other')
    : agencies.some((agency) => agency.relation === relation)
}

function claimOf({ fingerprint, identifier, name, organisation, unit }: Signer): HolderClaim {
  const names = [organisation, unit, name].filter((one) => one !== undefined)
  return { fingerprint, ...(identifier !== undefined && { identifier }), names }
}

/** `certificate: O=Bộ Tài chính, organizationIdentifier=G12; by code G12 (Bộ Tài chính)` */
function told({ name, organisation, unit, identifier }: Signer, { by, agencies }: Holders): string {
  const said = { O: organisation, OU: unit, CN: name, organizationIdentifier: identifier }
  const compared = Object.entries(said).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
  const known = agencies
    .slice(0, MOST_TOLD)
    .map((agency) => `${agency.code} (${agency.name})${agency.relation === 'related' ? ', related' : ''}`)
  return `certificate: ${compared.join(', ')}${known.length === 0 ? '' : `; by ${by} ${known.join(', ')}`}`
}
