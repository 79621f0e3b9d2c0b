import type { CommandEffect, CommandPreview } from '../../shapes.ts'
import { either, formatNumber, t } from '../base/language.ts'
import { stateWord } from './command-look.ts'
import { Icon } from './icon.tsx'
import { Link } from './link.tsx'

/** What is passed over, and why. */
export function LeftOut({ leftOut }: { readonly leftOut: CommandPreview['leftOut'] }) {
  if (leftOut.length === 0) return undefined
  return (
    <div>
      <p class="small muted">{t('ask.leftOut', { n: leftOut.reduce((sum, { count }) => sum + count, 0) })}</p>
      <ul class="small">
        {leftOut.map(({ cause, count }) => (
          <li key={cause.code}>
            {formatNumber(count)} × {either(cause)}
          </li>
        ))}
      </ul>
    </div>
  )
}

interface EffectsProps {
  readonly effects: readonly CommandEffect[]
  /** Of how many these are the first. */
  readonly total: number
}

/** Each with the state before and after. */
export function Effects({ effects, total }: EffectsProps) {
  if (effects.length === 0) return undefined
  return (
    <div>
      <ul class="effects">
        {effects.map((effect) => (
          <li key={effect.id}>
            <span class="effect-what">
              {effect.document === undefined ? (
                <span class="strong break">{effect.partner?.name ?? effect.id}</span>
              ) : (
                <>
                  <Link to={`/van-ban/${effect.document.id}`} class="row-link">
                    {effect.document.number}
                  </Link>
                  {effect.partner !== undefined && <span class="muted small"> → {effect.partner.name}</span>}
                </>
              )}
              {effect.cause !== undefined && <span class="small muted block">{either(effect.cause)}</span>}
            </span>
            <span class="effect-change small">
              {effect.from !== undefined && <span class="muted">{stateWord(effect.from)}</span>}
              {effect.to === undefined ? (
                <span class="muted"> · {t('ask.same')}</span>
              ) : (
                <>
                  <Icon name="right" />
                  <span class="strong">{stateWord(effect.to)}</span>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      {total > effects.length && <p class="small muted">{t('ask.first')}</p>}
    </div>
  )
}
