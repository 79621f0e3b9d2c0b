import { limits } from '../base/index.ts'
import type { ReadingWarning } from '../message/index.ts'
import type { SignedContent } from '../signature/index.ts'
import type { Stage, Validation, ValidationDatum } from '../store/index.ts'

/** What the verdict on the signer rested on, as it was at the moment of arrival: TT 15/2025 wants it kept (edXML notes §7.3). */
export function validationOf({ signer: { chain } }: SignedContent, { id, firstAt }: Stage, judgedAt: Date): Validation {
  const { verdict, revocation, scope, reasons } = chain
  return {
    envelope: id,
    at: firstAt,
    judgedAt,
    verdict,
    revocation,
    ...(scope && { scope }),
    reasons,
    data: dataOf(chain),
  }
}

/** The clerk is told when it could not be checked whether the signer was revoked. */
export function revocationWarnings({ signer: { chain } }: SignedContent): ReadingWarning[] {
  if (chain.revocation !== 'undetermined') return []
  const message = chain.reasons.map(({ en }) => en).join(' ')
  return [{ rule: 'revocation-undetermined', field: 'Signature', message }]
}

/** Remembers what is in the store after the commit, so that a CRL of megabytes is not sent there for each package. */
export function keptBy({ signer: { chain } }: SignedContent, kept: Set<string>): void {
  if (kept.size > limits.trustVerdicts) kept.clear()
  for (const { fingerprint } of dataOf(chain)) kept.add(fingerprint)
}

function dataOf({ path, proofs }: SignedContent['signer']['chain']): ValidationDatum[] {
  const known = new Set(path.map(({ fingerprint }) => fingerprint))
  return [
    ...path.map(({ fingerprint, der }) => ({ kind: 'certificate' as const, fingerprint, der })),
    ...proofs.filter(({ fingerprint }) => !known.has(fingerprint)),
  ]
}
