import type { TimelineEntry } from '../../shapes.ts'
import { formatWireDay } from '../base/dates.ts'
import { either, t } from '../base/language.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Time } from '../parts/time.tsx'

/** How an event looks, by the words of its type: what went wrong is seen first. */
function lookOf({ type, cause }: TimelineEntry): readonly [tone: string, icon: IconName] {
  if (/rejected|refused|quarantined|failed|unmatched/.test(type)) return ['bad', 'refused']
  if (/expired|late/.test(type)) return ['warn', 'expired']
  if (/held|paused/.test(type)) return ['rest', 'held']
  if (/receipt-verified|confirmed|verified|received/.test(type)) return ['ok', 'done']
  if (/sent|queried|answered/.test(type)) return ['wait', 'send']
  if (/resent|released|redriven|again/.test(type)) return ['wait', 'again']
  if (cause !== undefined) return ['warn', 'incident']
  return ['wait', 'clock']
}

/** Everything in order: who did it, why, and by which clock. */
export function TimelineCard({ timeline }: { readonly timeline: readonly TimelineEntry[] }) {
  return (
    <section class="card" aria-labelledby="timeline">
      <div class="card-head">
        <h2 id="timeline">{t('timeline.title')}</h2>
      </div>
      {timeline.length === 0 ? (
        <p class="card-body muted">{t('timeline.none')}</p>
      ) : (
        <ol class="timeline">
          {timeline.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
    </section>
  )
}

function Entry({ entry }: { readonly entry: TimelineEntry }) {
  const [tone, icon] = lookOf(entry)
  const { cause, reason, claimedAt, data } = entry
  const details = Object.entries(data).filter(([, value]) => value !== undefined && value !== '')
  return (
    <li class={`event ${tone}`}>
      <span class="event-mark">
        <Icon name={icon} />
      </span>
      <div class="event-body">
        <div class="event-head">
          <span class="strong">{either(entry.text)}</span>
          <span class="event-clocks">
            <span title={t('timeline.here')}>
              <Time at={entry.at} as="exact" />
            </span>
            {claimedAt !== undefined && (
              <span class="muted small" title={t('timeline.there')}>
                {t('timeline.there')}: {claimed(claimedAt)}
              </span>
            )}
          </span>
        </div>
        <div class="small muted">{actorWord(entry)}</div>
        {cause !== undefined && <div class="small event-cause">{either(cause)}</div>}
        {reason !== undefined && <div class="small quote">{reason}</div>}
        {details.length > 0 && (
          <details class="small">
            <summary class="muted">{t('timeline.details')}</summary>
            <dl class="pairs">
              {details.map(([name, value]) => (
                <>
                  <dt>{name}</dt>
                  <dd class="mono">{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
                </>
              ))}
            </dl>
          </details>
        )}
      </div>
    </li>
  )
}

/** `partner:G22` with its name, `user:an`, the system of an agency, or the gateway with whom it dealt. */
function actorWord({ actor, counterpart }: TimelineEntry): string {
  const [kind = '', ...rest] = actor.split(':')
  const name = rest.join(':')
  const other = counterpart === undefined ? '' : `${counterpart.name} (${counterpart.code})`
  if (kind === 'partner') return other === '' ? name : other
  if (kind === 'client') return t('actor.client', { name })
  if (kind === 'user' || kind === 'operator') return t('actor.user', { name })
  return other === '' ? t('actor.gateway') : `${t('actor.gateway')} · ${other}`
}

/** An instant of ours, or the text of the package: `2026/11/21 22:05:09`. */
function claimed(text: string) {
  if (/^\d{4}-\d{2}-\d{2}T/.test(text)) return <Time at={text} as="exact" />
  const [day = '', clock = ''] = text.split(' ')
  return `${formatWireDay(day)} ${clock}`
}
