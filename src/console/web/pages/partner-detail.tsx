import type { AgencyView } from '../../shapes.ts'
import { formatAgo, formatDay, formatTime } from '../base/dates.ts'
import { get, Problem } from '../base/http.ts'
import { either, t } from '../base/language.ts'
import { useResource } from '../base/resource.ts'
import { refine } from '../base/router.ts'
import { Badge } from '../parts/badge.tsx'
import { CommandButtons } from '../parts/command-buttons.tsx'
import { Icon } from '../parts/icon.tsx'
import { Link } from '../parts/link.tsx'
import { Empty, Failure, Loading, Note } from '../parts/notes.tsx'
import { formatCount } from '../parts/stat.tsx'
import { PartnerBadge } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'

/** One agency: its circuit, its queue, its certificates, and what can be done. */
export function PartnerDetail({ code }: { readonly code: string }) {
  const { data, error, reload } = useResource<AgencyView>(
    `agency ${code}`,
    (signal) => get(`/agencies/${encodeURIComponent(code)}`, {}, signal),
    ['events', 'jobs'],
  )
  return (
    <div class="stack">
      <button type="button" class="back-button" onClick={() => refine({ ma: undefined })}>
        <Icon name="left" />
        {t('partners.back')}
      </button>
      {error instanceof Problem && error.status === 404 ? (
        <div class="card">
          <Empty icon="agency" title={t('partners.missing')} />
        </div>
      ) : (
        error !== undefined && <Failure error={error} onRetry={reload} />
      )}
      {data === undefined ? (
        error === undefined && <Loading />
      ) : (
        <>
          <StateCard agency={data} />
          <CertificatesCard agency={data} />
          <AboutCard agency={data} />
        </>
      )}
    </div>
  )
}

function StateCard({ agency }: { readonly agency: AgencyView }) {
  const { state, queue, inbox } = agency
  const told = [
    state.since !== undefined && t('partners.since', { time: formatTime(state.since) }),
    state.by !== undefined && t('partners.by', { who: state.by }),
    state.nextProbeAt !== undefined && t('partners.probeAt', { time: formatTime(state.nextProbeAt, true) }),
  ].filter(Boolean)
  return (
    <section class="card" aria-labelledby="agency">
      <div class="card-head">
        <h2 id="agency">
          {agency.name} <span class="muted">{agency.code}</span>
        </h2>
        {!agency.local && <PartnerBadge state={state.state} />}
      </div>
      <div class="card-body stack">
        {!agency.local && state.state !== 'open' && (
          <Note tone={state.state === 'circuit-open' ? 'bad' : 'warn'} icon="plug">
            <p class="strong">{t(`partnerHint.${state.state}`)}</p>
            {state.reason !== undefined && <p class="break">{state.reason}</p>}
            {state.cause !== undefined && (
              <p>
                {either(state.cause)} {either(state.cause.remedy)}
              </p>
            )}
            <p class="small muted">{told.join(' · ')}</p>
          </Note>
        )}
        <CommandButtons commands={agency.commands} targets={{ partner: agency.code }} about={agency.name} />
        <dl class="facts">
          <div>
            <dt>{t('partners.queue')}</dt>
            <dd>
              <span class="strong">{formatCount(queue.waiting)}</span>
              {queue.oldestAt !== undefined && <span class="small muted"> · {formatAgo(queue.oldestAt)}</span>}
              <span class="small muted block">
                {queue.lanes
                  .filter(({ waiting }) => waiting > 0)
                  .map(({ lane, waiting }) => `${t(`lane.${lane}`)} ${waiting}`)
                  .join(' · ')}
              </span>
            </dd>
          </div>
          <div>
            <dt>{t('partners.failedWeek')}</dt>
            <dd class="strong">{formatCount(queue.failed)}</dd>
          </div>
          {inbox !== undefined && (
            <div>
              <dt>{t('partners.inbox')}</dt>
              <dd class="strong">{formatCount(inbox.waiting)}</dd>
            </div>
          )}
          <div>
            <dt>{t('partners.lastSent')}</dt>
            <dd>{agency.lastSentAt === undefined ? t('partners.never') : <Time at={agency.lastSentAt} as="ago" />}</dd>
          </div>
          <div>
            <dt>{t('partners.lastHeard')}</dt>
            <dd>
              {agency.lastHeardAt === undefined ? t('partners.never') : <Time at={agency.lastHeardAt} as="ago" />}
            </dd>
          </div>
        </dl>
        {!agency.local && (
          <div class="actions small">
            <Link to={`/van-ban-di?counterpart=${agency.code}&state=unfinished`}>{t('partners.queueLink')}</Link>
            <Link to={`/van-ban-di?counterpart=${agency.code}&state=failed`}>{t('partners.failedLink')}</Link>
          </div>
        )}
      </div>
    </section>
  )
}

type Certificate = AgencyView['certificates'][number]

export function CertificateBadge({
  certificate,
}: {
  readonly certificate: Pick<Certificate, 'daysLeft' | 'notAfter'>
}) {
  const { daysLeft, notAfter } = certificate
  const tone = daysLeft < 8 ? 'bad' : daysLeft < 31 ? 'warn' : 'ok'
  return (
    <Badge
      tone={tone}
      icon={tone === 'ok' ? 'key' : 'incident'}
      title={t('partners.until', { day: formatDay(notAfter) })}
    >
      {daysLeft < 0 ? t('overview.daysOver', { n: -daysLeft }) : t('overview.daysLeft', { n: daysLeft })}
    </Badge>
  )
}

function CertificatesCard({ agency }: { readonly agency: AgencyView }) {
  return (
    <section class="card" aria-labelledby="certificates">
      <div class="card-head">
        <h2 id="certificates">{t('partners.certificates')}</h2>
      </div>
      {agency.certificates.length === 0 ? (
        <p class="card-body muted">{t('partners.noCertificates')}</p>
      ) : (
        <ul class="lines">
          {agency.certificates.map((certificate) => (
            <li key={certificate.fingerprint} class="line">
              <CertificateBadge certificate={certificate} />
              <span class="line-text">
                <span class="strong break">{certificate.subject}</span>
                <span class="small muted break">{certificate.issuer}</span>
                <span class="small">
                  {formatDay(certificate.notBefore)} – {formatDay(certificate.notAfter)} · {certificate.key}
                </span>
                <code class="small muted clip" title={certificate.fingerprint}>
                  {certificate.fingerprint}
                </code>
                {certificate.warning !== undefined && <span class="late small">{either(certificate.warning)}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function AboutCard({ agency }: { readonly agency: AgencyView }) {
  const contact = Object.entries(agency.contact)
  return (
    <section class="card">
      <div class="card-body">
        <dl class="pairs">
          <dt>{t('partners.wireCode')}</dt>
          <dd>
            <code>{agency.wireCode}</code>
          </dd>
          <dt>{t('partners.brokerUser')}</dt>
          <dd>
            <code>{agency.brokerUser}</code>
          </dd>
          {agency.parent !== undefined && (
            <>
              <dt>{t('partners.parent')}</dt>
              <dd>
                {agency.parent.name} ({agency.parent.code})
              </dd>
            </>
          )}
          {agency.successor !== undefined && (
            <>
              <dt>{t('partners.successor')}</dt>
              <dd>
                {agency.successor.name} ({agency.successor.code})
              </dd>
            </>
          )}
          {(agency.validFrom !== undefined || agency.validTo !== undefined) && (
            <>
              <dt>{t('partners.valid')}</dt>
              <dd>
                {agency.validFrom === undefined ? '…' : formatDay(agency.validFrom)} –{' '}
                {agency.validTo === undefined ? '…' : formatDay(agency.validTo)}
              </dd>
            </>
          )}
          {contact.length > 0 && (
            <>
              <dt>{t('partners.contact')}</dt>
              <dd>{contact.map(([, value]) => value).join(' · ')}</dd>
            </>
          )}
        </dl>
      </div>
    </section>
  )
}
