import type { DocumentState, PartnerState } from '../../shapes.ts'
import { t } from '../base/language.ts'
import { Badge, type Tone } from './badge.tsx'
import type { IconName } from './icon.tsx'

const looks: Readonly<Record<DocumentState, readonly [Tone, IconName]>> = {
  accepted: ['wait', 'clock'],
  sent: ['wait', 'send'],
  received: ['ok', 'done'],
  rejected: ['bad', 'refused'],
  expired: ['warn', 'expired'],
  held: ['rest', 'held'],
  waiting: ['wait', 'clock'],
  leased: ['wait', 'download'],
  confirmed: ['ok', 'done'],
}

export function StateBadge({ state }: { readonly state: DocumentState }) {
  const [tone, icon] = looks[state]
  return (
    <Badge tone={tone} icon={icon} title={t(`stateHint.${state}`)}>
      {t(`state.${state}`)}
    </Badge>
  )
}

const partnerLooks: Readonly<Record<PartnerState['state'], readonly [Tone, IconName]>> = {
  open: ['ok', 'done'],
  paused: ['rest', 'held'],
  'circuit-open': ['bad', 'plug'],
  probing: ['warn', 'again'],
}

export function PartnerBadge({ state }: { readonly state: PartnerState['state'] }) {
  const [tone, icon] = partnerLooks[state]
  return (
    <Badge tone={tone} icon={icon} title={t(`partnerHint.${state}`)}>
      {t(`partner.${state}`)}
    </Badge>
  )
}
