import type { EvidenceView } from '../../shapes.ts'
import { either, t } from '../base/language.ts'
import { Badge } from './badge.tsx'

/** What TT 15/2025 asks to be told of a signature. What is not known is never shown as if it were well. */
export type Verdict = EvidenceView['verdict']

const looks = {
  valid: ['ok', 'shield'],
  invalid: ['bad', 'refused'],
  undetermined: ['warn', 'incident'],
} as const

export function VerdictBadge({ verdict }: { readonly verdict: Verdict }) {
  const [tone, icon] = looks[verdict]
  return (
    <Badge tone={tone} icon={icon}>
      {t(`verdict.${verdict}`)}
    </Badge>
  )
}

interface Reason {
  readonly code: string
  readonly vi: string
  readonly en: string
  readonly detail?: string | undefined
}

/** Why it is not valid, or what a person should know. */
export function Reasons({ reasons }: { readonly reasons: readonly Reason[] }) {
  if (reasons.length === 0) return undefined
  return (
    <ul class="reasons small">
      {reasons.map((reason) => (
        <li key={`${reason.code} ${reason.detail ?? ''}`}>
          {either(reason)} {reason.detail !== undefined && <span class="muted break">({reason.detail})</span>}{' '}
          <code class="muted">{reason.code}</code>
        </li>
      ))}
    </ul>
  )
}
