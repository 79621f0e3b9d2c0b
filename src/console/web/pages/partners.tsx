import type { AgencyView, AgencyViewList } from '../../shapes.ts'
import { get } from '../base/http.ts'
import { compare, t } from '../base/language.ts'
import { useResource } from '../base/resource.ts'
import { query, refine } from '../base/router.ts'
import { Badge } from '../parts/badge.tsx'
import { SearchField } from '../parts/field.tsx'
import { Empty, Failure, Loading } from '../parts/notes.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { formatCount } from '../parts/stat.tsx'
import { PartnerBadge } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { CertificateBadge, PartnerDetail } from './partner-detail.tsx'

/** Đơn vị: with whom sending works, how much waits, how long certificates last. */
export function PartnersPage() {
  const text = query.value.get('q') ?? ''
  const code = query.value.get('ma') ?? undefined
  const { data, error, reload } = useResource<AgencyViewList>(
    `agencies ${text}`,
    (signal) => get('/agencies', { query: text }, signal),
    ['events', 'jobs'],
  )
  const items = [...(data?.items ?? [])].sort(inOrder)
  return (
    <div class="page">
      <PageHead title={t('nav.partners')} lead={t('partners.lead')} />
      <search class="filters">
        <SearchField
          label={t('partners.search')}
          hint={t('partners.searchHint')}
          value={text}
          onSearch={(q) => refine({ q })}
        />
      </search>
      {error !== undefined && <Failure error={error} onRetry={reload} />}
      {data === undefined ? (
        error === undefined && <Loading />
      ) : (
        <div class={code === undefined ? 'split wide' : 'split wide chosen'}>
          <section class="card split-list" aria-label={t('nav.partners')}>
            {items.length === 0 ? (
              <Empty icon="search" title={t('partners.none')} />
            ) : (
              <PartnerTable items={items} code={code} />
            )}
          </section>
          {code !== undefined && (
            <div class="split-detail">
              <PartnerDetail key={code} code={code} />
            </div>
          )}
        </div>
      )}
    </div>
  )
}

const trouble: Readonly<Record<AgencyView['state']['state'], number>> = {
  'circuit-open': 0,
  probing: 1,
  paused: 2,
  open: 3,
}

/** Ours first, then those in trouble, then by name as Vietnamese is sorted. */
function inOrder(a: AgencyView, b: AgencyView): number {
  if (a.local !== b.local) return a.local ? -1 : 1
  return trouble[a.state.state] - trouble[b.state.state] || compare(a.name, b.name)
}

function PartnerTable({ items, code }: { readonly items: readonly AgencyView[]; readonly code: string | undefined }) {
  return (
    <div class="plain-scroll">
      <table class="plain-table stacks">
        <thead>
          <tr>
            <th scope="col">{t('partners.agency')}</th>
            <th scope="col">{t('partners.state')}</th>
            <th scope="col" class="number">
              {t('partners.waiting')}
            </th>
            {code === undefined && (
              <>
                <th scope="col">{t('partners.oldest')}</th>
                <th scope="col" class="number">
                  {t('partners.failedWeek')}
                </th>
                <th scope="col">{t('partners.certificate')}</th>
                <th scope="col">{t('partners.heard')}</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {items.map((agency) => (
            <tr key={agency.code} class={agency.code === code ? 'chosen' : undefined}>
              <td data-label={t('partners.agency')}>
                <span>
                  <button
                    type="button"
                    class="row-button"
                    aria-current={agency.code === code}
                    onClick={() => refine({ ma: agency.code })}
                  >
                    {agency.name}
                  </button>{' '}
                  <span class="muted">{agency.code}</span>
                  {agency.local && <span class="small muted block">{t('partners.local')}</span>}
                </span>
              </td>
              <td data-label={t('partners.state')}>
                {agency.active ? (
                  agency.local ? (
                    '–'
                  ) : (
                    <PartnerBadge state={agency.state.state} />
                  )
                ) : (
                  <Badge tone="plain" icon="close">
                    {t('partners.inactive')}
                  </Badge>
                )}
              </td>
              <td class="number" data-label={t('partners.waiting')}>
                {formatCount(agency.queue.waiting)}
              </td>
              {code === undefined && (
                <>
                  <td data-label={t('partners.oldest')}>
                    {agency.queue.oldestAt === undefined ? '–' : <Time at={agency.queue.oldestAt} as="ago" />}
                  </td>
                  <td class="number" data-label={t('partners.failedWeek')}>
                    {formatCount(agency.queue.failed)}
                  </td>
                  <td data-label={t('partners.certificate')}>
                    <LatestCertificate agency={agency} />
                  </td>
                  <td data-label={t('partners.heard')}>
                    {agency.lastHeardAt === undefined ? (
                      <span class="muted">{t('partners.never')}</span>
                    ) : (
                      <Time at={agency.lastHeardAt} as="ago" />
                    )}
                  </td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The one that lasts longest decides whether there is anything to do. */
function LatestCertificate({ agency }: { readonly agency: AgencyView }) {
  const [latest] = [...agency.certificates].sort((a, b) => b.daysLeft - a.daysLeft)
  return latest === undefined ? <span class="muted">–</span> : <CertificateBadge certificate={latest} />
}
