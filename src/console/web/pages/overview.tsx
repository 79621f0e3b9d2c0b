import type { Overview } from '../../shapes.ts'
import { formatAgo, formatTime } from '../base/dates.ts'
import { get } from '../base/http.ts'
import { heading, t } from '../base/language.ts'
import { useResource } from '../base/resource.ts'
import { Badge } from '../parts/badge.tsx'
import { Icon } from '../parts/icon.tsx'
import { Link } from '../parts/link.tsx'
import { Empty, Failure, Loading, Note } from '../parts/notes.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { formatCount, Stat } from '../parts/stat.tsx'
import { PartnerBadge, StateBadge } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { TrafficCard } from './traffic.tsx'

/** Do documents move, which do not, and why: one look. */
export function OverviewPage() {
  const { data, error, reload } = useResource<Overview>('overview', (signal) => get('/overview', {}, signal), [
    'events',
  ])
  return (
    <div class="page">
      <PageHead
        title={t('nav.overview')}
        {...(data !== undefined && { lead: t('overview.lead', { time: formatTime(data.at, true) }) })}
      />
      {error !== undefined && <Failure error={error} onRetry={reload} />}
      {data === undefined ? error === undefined && <Loading /> : <Board data={data} />}
    </div>
  )
}

function Board({ data }: { readonly data: Overview }) {
  const { out, in: incoming, health } = data
  return (
    <>
      {health.store.state === 'down' && <Note tone="bad">{t('overview.storeDown')}</Note>}
      {health.broker.state === 'down' && <Note tone="warn">{t('overview.axisDown')}</Note>}
      <div class="board-stats">
        <section class="card stats" aria-labelledby="stats-out">
          <h2 id="stats-out">
            <Icon name="out" /> {t('nav.out')}
          </h2>
          <h3>{t('overview.now')}</h3>
          <div class="stat-row">
            <Stat label={t('overview.waiting')} count={out.waiting} to="/van-ban-di?state=accepted" tone="wait" />
            <Stat label={t('overview.sent')} count={out.sent} to="/van-ban-di?state=sent" tone="wait" />
            <Stat label={t('overview.held')} count={out.held} to="/van-ban-di?state=held" tone="rest" />
          </div>
          <h3>{t('overview.day')}</h3>
          <div class="stat-row">
            <Stat label={t('overview.submitted')} count={out.submitted} to="/van-ban-di" />
            <Stat label={t('overview.received')} count={out.received} to="/van-ban-di?state=received" tone="ok" />
            <Stat label={t('overview.rejected')} count={out.rejected} to="/van-ban-di?state=rejected" tone="bad" />
            <Stat label={t('overview.expired')} count={out.expired} to="/van-ban-di?state=expired" tone="warn" />
          </div>
        </section>
        <section class="card stats" aria-labelledby="stats-in">
          <h2 id="stats-in">
            <Icon name="in" /> {t('nav.in')}
          </h2>
          <h3>{t('overview.now')}</h3>
          <div class="stat-row">
            <Stat
              label={t('overview.inWaiting')}
              count={incoming.waiting}
              to="/van-ban-den?state=waiting"
              tone="wait"
            />
            <Stat label={t('overview.inLeased')} count={incoming.leased} to="/van-ban-den?state=leased" tone="wait" />
          </div>
          <h3>{t('overview.day')}</h3>
          <div class="stat-row">
            <Stat label={t('overview.arrived')} count={incoming.arrived} to="/van-ban-den" />
            <Stat
              label={t('overview.confirmed')}
              count={incoming.confirmed}
              to="/van-ban-den?state=confirmed"
              tone="ok"
            />
            <Stat label={t('overview.quarantined')} count={incoming.quarantined} to="/su-co" tone="bad" />
          </div>
        </section>
      </div>
      <div class="board">
        <TrafficCard />
        <Attention data={data} />
      </div>
      <Partners data={data} />
    </>
  )
}

function Attention({ data }: { readonly data: Overview }) {
  const { incidents, oldestUnfinished: oldest, certificates } = data
  const calm = incidents.length === 0 && certificates.length === 0
  return (
    <section class="card" aria-labelledby="attention">
      <div class="card-head">
        <h2 id="attention">{t('overview.attention')}</h2>
        {incidents.length > 0 && <Link to="/su-co">{t('do.showAll')}</Link>}
      </div>
      {calm && (
        <Empty icon="done" title={t('overview.calm')}>
          <p>{t('overview.calmHint')}</p>
        </Empty>
      )}
      <ul class="lines">
        {incidents.map(({ group, cause, partner, count }) => (
          <li key={group}>
            <Link to={`/su-co?group=${encodeURIComponent(group)}`} class="line">
              <Badge tone="bad" icon="incident">
                {formatCount(count)}
              </Badge>
              <span class="line-text">
                <span class="strong">{cause === undefined ? t('incidents.several') : heading(cause)}</span>
                {partner !== undefined && (
                  <span class="muted small">
                    {partner.name} ({partner.code})
                  </span>
                )}
              </span>
            </Link>
          </li>
        ))}
        {certificates.map(({ agency, fingerprint, daysLeft }) => (
          <li key={fingerprint}>
            <Link to={`/don-vi?ma=${agency.code}`} class="line">
              <Badge tone={daysLeft < 8 ? 'bad' : 'warn'} icon="key">
                {daysLeft < 0 ? t('overview.daysOver', { n: -daysLeft }) : t('overview.daysLeft', { n: daysLeft })}
              </Badge>
              <span class="line-text">
                <span class="strong">{t('overview.certificates')}</span>
                <span class="muted small">
                  {agency.name} ({agency.code})
                </span>
              </span>
            </Link>
          </li>
        ))}
        {oldest !== undefined && (
          <li>
            <Link to={`/van-ban/${oldest.id}`} class="line">
              <Icon name="clock" />
              <span class="line-text">
                <span class="strong">
                  {t('overview.oldest')}: {oldest.number}
                </span>
                <span class="two-lines">{oldest.subject}</span>
                <span class="muted small">
                  {oldest.recipient.name} ·{' '}
                  {t('overview.oldestSince', {
                    ago: formatAgo(oldest.acceptedAt),
                    deadline: formatTime(oldest.deadlineAt),
                  })}
                </span>
                <span>
                  <StateBadge state={oldest.state} />
                </span>
              </span>
            </Link>
          </li>
        )}
      </ul>
    </section>
  )
}

function Partners({ data }: { readonly data: Overview }) {
  return (
    <section class="card" aria-labelledby="partners">
      <div class="card-head">
        <h2 id="partners">{t('overview.partners')}</h2>
        <Link to="/don-vi">{t('do.showAll')}</Link>
      </div>
      {data.partners.length === 0 ? (
        <p class="card-body muted">{t('overview.noPartners')}</p>
      ) : (
        <div class="plain-scroll">
          <table class="plain-table stacks">
            <thead>
              <tr>
                <th scope="col">{t('partners.agency')}</th>
                <th scope="col">{t('partners.state')}</th>
                <th scope="col" class="number">
                  {t('partners.waiting')}
                </th>
                <th scope="col">{t('partners.oldest')}</th>
                <th scope="col" class="number">
                  {t('partners.failedDay')}
                </th>
              </tr>
            </thead>
            <tbody>
              {data.partners.map(({ agency, state, waiting, oldestAt, failed }) => (
                <tr key={agency.code}>
                  <td data-label={t('partners.agency')}>
                    <Link to={`/don-vi?ma=${agency.code}`} class="row-link">
                      {agency.name}
                    </Link>{' '}
                    <span class="muted">{agency.code}</span>
                  </td>
                  <td data-label={t('partners.state')}>
                    <PartnerBadge state={state.state} />
                  </td>
                  <td class="number" data-label={t('partners.waiting')}>
                    {formatCount(waiting)}
                  </td>
                  <td data-label={t('partners.oldest')}>
                    {oldestAt === undefined ? '–' : <Time at={oldestAt} as="ago" />}
                  </td>
                  <td class="number" data-label={t('partners.failedDay')}>
                    {formatCount(failed)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
