import type { IncidentGroup, IncidentGroups, IncidentQuery } from '../../shapes.ts'
import { formatTime } from '../base/dates.ts'
import { get } from '../base/http.ts'
import { heading, t } from '../base/language.ts'
import { useResource } from '../base/resource.ts'
import { query, refine } from '../base/router.ts'
import { Badge } from '../parts/badge.tsx'
import { stateWord } from '../parts/command-look.ts'
import { Empty, Failure, Loading } from '../parts/notes.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Segments } from '../parts/segments.tsx'
import { formatCount } from '../parts/stat.tsx'
import { IncidentDetail } from './incident-detail.tsx'

type Grouping = 'cause' | 'partner' | 'certificate'

const spans = [1, 7, 30, 90, 365]

/** Sự cố: what failed and why, in groups; each with its explanation and what can be done about all of it. */
export function IncidentsPage() {
  const asked = query.value.get('by')
  const by = asked === 'partner' || asked === 'certificate' ? asked : 'cause'
  const days = spans.find((one) => String(one) === query.value.get('days')) ?? 30
  const chosen = query.value.get('group') ?? undefined
  const wanted: IncidentQuery = { by, days }
  const { data, error, reload } = useResource<IncidentGroups>(
    `incidents ${by} ${days}`,
    (signal) => get('/incidents', { by: wanted.by, days }, signal),
    ['events', 'jobs'],
  )
  const group = data?.items.find((one) => one.group === chosen)
  return (
    <div class="page">
      <PageHead title={t('nav.incidents')} lead={t('incidents.lead')}>
        <Segments
          label={t('incidents.by')}
          options={[
            ['cause', t('incidents.byCause')],
            ['partner', t('incidents.byPartner')],
            ['certificate', t('incidents.byCertificate')],
          ]}
          value={by}
          onChoose={(value) => refine({ by: value === 'cause' ? undefined : value, group: undefined })}
        />
        <select
          class="input compact"
          aria-label={t('incidents.days')}
          value={String(days)}
          onChange={({ currentTarget: { value } }) => refine({ days: value === '30' ? undefined : value })}
        >
          {spans.map((span) => (
            <option key={span} value={String(span)}>
              {t('incidents.lastDays', { n: span })}
            </option>
          ))}
        </select>
      </PageHead>
      {error !== undefined && <Failure error={error} onRetry={reload} />}
      {data === undefined ? (
        error === undefined && <Loading />
      ) : data.items.length === 0 && chosen === undefined ? (
        <div class="card">
          <Empty icon="done" title={t('incidents.none')}>
            <p>{t('incidents.noneHint')}</p>
          </Empty>
        </div>
      ) : (
        <div class={chosen === undefined ? 'split' : 'split chosen'}>
          <section class="card split-list" aria-label={t('incidents.groups')}>
            <ul class="lines">
              {data.items.map((one) => (
                <GroupLine key={one.group} group={one} by={by} chosen={one.group === chosen} />
              ))}
            </ul>
          </section>
          <div class="split-detail">
            {chosen === undefined ? (
              <div class="card">
                <Empty icon="left" title={t('incidents.choose')} />
              </div>
            ) : (
              <IncidentDetail key={chosen} id={chosen} group={group} />
            )}
          </div>
        </div>
      )}
    </div>
  )
}

/** What a group is called: its cause, or the agency or certificate that its causes share. */
export function groupTitle({ cause, certificate, partner }: IncidentGroup): string {
  if (cause !== undefined) return heading(cause)
  return certificate?.subject ?? partner?.name ?? t('incidents.several')
}

/** What the groups are made by, beside the cause. */
function whom({ kind, partner, certificate }: IncidentGroup, by: Grouping): string {
  if (by === 'certificate')
    return certificate === undefined ? t('incidents.noCertificate') : (certificate.subject ?? certificate.fingerprint)
  if (partner !== undefined) return `${partner.name} (${partner.code})`
  return kind === 'quarantine' ? t('incidents.unknownPartner') : ''
}

interface GroupLineProps {
  readonly group: IncidentGroup
  readonly by: Grouping
  readonly chosen: boolean
}

function GroupLine({ group, by, chosen }: GroupLineProps) {
  return (
    <li>
      <button
        type="button"
        class={chosen ? 'line group-line chosen' : 'line group-line'}
        aria-current={chosen}
        onClick={() => refine({ group: group.group })}
      >
        <Badge
          tone={group.kind === 'quarantine' ? 'rest' : 'bad'}
          icon={group.kind === 'quarantine' ? 'shield' : 'incident'}
        >
          {formatCount(group.count)}
        </Badge>
        <span class="line-text">
          <span class="strong">{groupTitle(group)}</span>
          <span class="small muted break">{whom(group, by)}</span>
          <span class="small muted">
            {Object.entries(group.states)
              .filter(([, count]) => count > 0)
              .map(([state, count]) => `${stateWord(state)} ${count}`)
              .join(' · ')}
            {group.kind === 'quarantine' && t('incidents.quarantine')} · {formatTime(group.newestAt)}
          </span>
        </span>
      </button>
    </li>
  )
}
