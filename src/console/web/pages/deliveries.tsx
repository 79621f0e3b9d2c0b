import type { DeliveryView, DocumentView, NextStep } from '../../shapes.ts'
import { formatSpan, formatTime, now } from '../base/dates.ts'
import { either, heading, t } from '../base/language.ts'
import { Badge, type Tone } from '../parts/badge.tsx'
import { CommandButtons } from '../parts/command-buttons.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Note } from '../parts/notes.tsx'
import { StateBadge } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'

interface DeliveriesProps {
  readonly deliveries: readonly DeliveryView[]
  readonly number: string
}

/** How far it came with each recipient, why not further, and what can be done. */
export function DeliveriesCard({ deliveries, number }: DeliveriesProps) {
  return (
    <section class="card" aria-labelledby="deliveries">
      <div class="card-head">
        <h2 id="deliveries">{t('deliveries.title')}</h2>
      </div>
      {deliveries.map((delivery) => (
        <Delivery key={delivery.id} delivery={delivery} number={number} />
      ))}
    </section>
  )
}

function Delivery({ delivery, number }: { readonly delivery: DeliveryView; readonly number: string }) {
  const { recipient, cause } = delivery
  const failed = delivery.state !== 'received' && cause !== undefined
  return (
    <article class="delivery" aria-label={`${recipient.name} (${recipient.code})`}>
      <div class="delivery-head">
        <div>
          <h3>
            {recipient.name} <span class="muted">{recipient.code}</span>
          </h3>
          {delivery.kind !== 'document' && (
            <span class="small muted">{delivery.kind === 'status' ? t('deliveries.status') : t('deliveries.own')}</span>
          )}
        </div>
        <div class="actions">
          <StateBadge state={delivery.state} />
          {delivery.processingStatusText !== undefined && (
            <Badge tone="plain" icon="file" title={t('deliveries.processing')}>
              {delivery.processingStatus} {either(delivery.processingStatusText)}
            </Badge>
          )}
        </div>
      </div>
      {failed && (
        <Note tone={delivery.state === 'rejected' || delivery.state === 'held' ? 'bad' : 'warn'} icon="incident">
          <p class="strong">{heading(cause)}</p>
          {delivery.message !== undefined && <p class="small break">{delivery.message}</p>}
          <p class="small">
            <span class="muted">{t('deliveries.whatToDo')}:</span> {either(cause.remedy)}{' '}
            <code class="muted">{cause.code}</code>
          </p>
        </Note>
      )}
      <Step next={delivery.next} />
      <dl class="facts">
        <Instant label={t('deliveries.accepted')} at={delivery.acceptedAt} />
        <Instant label={t('deliveries.sent')} at={delivery.sentAt} />
        <Instant label={t('deliveries.ended')} at={delivery.endedAt} />
        {delivery.endedAt === undefined && (
          <>
            <Instant label={t('deliveries.nextAttempt')} at={delivery.nextAttemptAt} />
            <Instant label={t('deliveries.deadline')} at={delivery.deadlineAt} />
          </>
        )}
      </dl>
      {delivery.attempts.length > 0 && (
        <details class="attempts">
          <summary>{t('deliveries.attempts', { n: delivery.attempt })}</summary>
          <ol>
            {delivery.attempts.map((attempt) => (
              <li key={attempt.n}>
                <span class="attempt-when">
                  {t('deliveries.attempt', { n: attempt.n })} · <Time at={attempt.at} as="exact" />
                </span>
                <span class={attempt.cause === undefined ? 'muted' : 'attempt-why'}>
                  {attempt.cause === undefined ? (attempt.message ?? t('deliveries.ok')) : either(attempt.cause)}
                </span>
              </li>
            ))}
          </ol>
        </details>
      )}
      <CommandButtons
        commands={delivery.commands}
        targets={{ deliveries: [delivery.id] }}
        about={`${number} → ${recipient.name}`}
      />
    </article>
  )
}

function Instant({ label, at }: { readonly label: string; readonly at: string | undefined }) {
  if (at === undefined) return undefined
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <Time at={at} as="exact" />
      </dd>
    </div>
  )
}

const who: Readonly<Record<NextStep['by'], readonly [Tone, IconName]>> = {
  gateway: ['wait', 'again'],
  partner: ['wait', 'agency'],
  system: ['wait', 'download'],
  operator: ['bad', 'user'],
  nobody: ['ok', 'done'],
}

/** What is expected next, of whom, and by when. */
export function Step({ next }: { readonly next: NextStep }) {
  const [tone, icon] = who[next.by]
  const { at, deadlineAt } = next
  const left = deadlineAt === undefined ? undefined : Date.parse(deadlineAt) - now.value
  return (
    <div class={`step ${tone}`}>
      <Icon name={icon} />
      <div>
        <div class="small muted">
          {t('document.next')} · {t(`by.${next.by}`)}
        </div>
        <div class="strong">{either(next.text)}</div>
        {(at !== undefined || deadlineAt !== undefined) && (
          <div class="small">
            {at !== undefined && t('document.expected', { time: formatTime(at) })}
            {at !== undefined && deadlineAt !== undefined && ' · '}
            {deadlineAt !== undefined && t('document.deadline', { time: formatTime(deadlineAt) })}
            {left !== undefined && (
              <span class={left < 0 ? 'late' : 'muted'}>
                {' '}
                (
                {left < 0
                  ? t('document.late', { span: formatSpan(-left) })
                  : t('document.left', { span: formatSpan(left) })}
                )
              </span>
            )}
          </div>
        )}
      </div>
    </div>
  )
}

/** What the agency's own system did with an incoming document. */
export function InboxCard({ inbox }: { readonly inbox: NonNullable<DocumentView['inbox']> }) {
  return (
    <section class="card" aria-labelledby="inbox">
      <div class="card-head">
        <h2 id="inbox">{t('inbox.title')}</h2>
        <StateBadge state={inbox.state} />
      </div>
      <div class="card-body stack">
        <Step next={inbox.next} />
        <dl class="facts">
          <Instant label={t('inbox.arrived')} at={inbox.arrivedAt} />
          <Instant label={t('inbox.leaseUntil')} at={inbox.leaseUntil} />
          <Instant label={t('inbox.confirmed')} at={inbox.confirmedAt} />
          {inbox.client !== undefined && (
            <div>
              <dt>{t('inbox.client')}</dt>
              <dd>{inbox.client}</dd>
            </div>
          )}
        </dl>
        {inbox.warnings.length > 0 && (
          <Note tone="warn">
            <p class="strong">{t('inbox.warnings')}</p>
            <ul class="small">
              {inbox.warnings.map(({ rule, field, message }) => (
                <li key={`${rule} ${field}`}>
                  <code>{rule}</code> {field}: {message}
                </li>
              ))}
            </ul>
          </Note>
        )}
      </div>
    </section>
  )
}
