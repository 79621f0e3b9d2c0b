import { useState } from 'preact/hooks'
import type { AuditChain, AuditEntries, AuditEntryView, AuditQuery, Job } from '../../shapes.ts'
import { formatTime } from '../base/dates.ts'
import { get, send } from '../base/http.ts'
import { noteJob } from '../base/jobs.ts'
import { either, t } from '../base/language.ts'
import { usePages } from '../base/pages.ts'
import { useResource } from '../base/resource.ts'
import { query, refine } from '../base/router.ts'
import { Button } from '../parts/button.tsx'
import { DayField, SearchField } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Empty, Failure } from '../parts/notes.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'

const names = ['actor', 'action', 'subject', 'from', 'to'] as const

/** Nhật ký: who did what; and whether the chain of it holds. */
export function AuditPage() {
  const given = names.map((name) => [name, query.value.get(name) ?? ''] as const).filter(([, value]) => value !== '')
  const filters: AuditQuery = Object.fromEntries(given)
  const pages = usePages<AuditEntryView>(
    JSON.stringify(filters),
    (cursor, signal) => get<AuditEntries>('/audit', { ...Object.fromEntries(given), limit: 100, cursor }, signal),
    ['events', 'jobs'],
  )
  return (
    <div class="page full">
      <PageHead title={t('nav.audit')} lead={t('audit.lead')} />
      <Chain />
      <search class="filters" aria-label={t('filter.label')}>
        <SearchField
          label={t('audit.actor')}
          hint={t('audit.exact')}
          value={filters.actor ?? ''}
          onSearch={(actor) => refine({ actor })}
        />
        <SearchField
          label={t('audit.subject')}
          hint={t('audit.exact')}
          value={filters.subject ?? ''}
          onSearch={(subject) => refine({ subject })}
        />
        <DayField label={t('filter.from')} value={filters.from ?? ''} onChange={(from) => refine({ from })} />
        <DayField label={t('filter.to')} value={filters.to ?? ''} onChange={(to) => refine({ to })} />
        {given.length > 0 && (
          <Button
            look="quiet"
            icon="close"
            onClick={() => refine(Object.fromEntries(names.map((name) => [name, undefined])))}
          >
            {t('do.clear')}
          </Button>
        )}
      </search>
      <Table
        label={t('nav.audit')}
        pages={pages}
        columns={columns()}
        card={(row) => <AuditCard row={row} />}
        idOf={({ id }) => id}
        empty={<Empty icon="audit" title={t('audit.none')} />}
      />
    </div>
  )
}

function columns(): readonly Column<AuditEntryView>[] {
  return [
    {
      id: 'seq',
      head: t('audit.seq'),
      width: '4.5rem',
      cell: ({ seq }) => <span class="muted">{seq ?? '…'}</span>,
    },
    { id: 'at', head: t('audit.at'), width: '11rem', cell: ({ at }) => <Time at={at} as="exact" /> },
    {
      id: 'actor',
      head: t('audit.actor'),
      width: 'minmax(8rem, 1fr)',
      cell: ({ actor }) => (
        <button type="button" class="row-button break" onClick={() => refine({ actor })}>
          {actor}
        </button>
      ),
    },
    { id: 'action', head: t('audit.action'), width: 'minmax(9rem, 1.4fr)', cell: ({ text }) => either(text) },
    {
      id: 'subject',
      head: t('audit.subject'),
      width: 'minmax(9rem, 1.4fr)',
      cell: ({ subject }) => (
        <button type="button" class="row-button clip mono" title={subject} onClick={() => refine({ subject })}>
          {subject}
        </button>
      ),
    },
    {
      id: 'detail',
      head: t('audit.detail'),
      width: 'minmax(10rem, 2fr)',
      cell: (row) => <Detail row={row} />,
    },
  ]
}

function Detail({ row }: { readonly row: AuditEntryView }) {
  if (row.detail === undefined) return <span class="muted small">{t('audit.detailGone')}</span>
  const { reason, ...rest } = row.detail
  const others = Object.entries(rest)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ')
  return (
    <span class="two-lines small" title={others}>
      {typeof reason === 'string' && <span class="strong">{reason} </span>}
      <span class="muted">{others}</span>
    </span>
  )
}

function AuditCard({ row }: { readonly row: AuditEntryView }) {
  return (
    <>
      <span class="list-card-line">
        <span class="strong clip">{either(row.text)}</span>
        <span class="small muted nowrap">{formatTime(row.at)}</span>
      </span>
      <span class="small clip">
        <button type="button" class="row-button" onClick={() => refine({ actor: row.actor })}>
          {row.actor}
        </button>{' '}
        · <code>{row.subject}</code>
      </span>
      <Detail row={row} />
    </>
  )
}

/** Whether nothing was cut off, rewritten or put in between. */
function Chain() {
  const { data, error, reload } = useResource<AuditChain>('chain', (signal) => get('/audit/chain', {}, signal), [
    'jobs',
  ])
  const [failure, setFailure] = useState<unknown>()
  const check = async () => {
    setFailure(undefined)
    try {
      noteJob(await send<Job>('POST', '/audit/chain'))
      reload()
    } catch (thrown) {
      setFailure(thrown)
    }
  }
  const stop = async (id: string) => {
    try {
      noteJob(await send<Job>('POST', `/jobs/${encodeURIComponent(id)}/cancel`))
      reload()
    } catch (thrown) {
      setFailure(thrown)
    }
  }
  if (error !== undefined || failure !== undefined) return <Failure error={failure ?? error} onRetry={reload} />
  if (data === undefined) return undefined
  const { state } = data
  const tone = state === 'intact' ? 'ok' : state === 'broken' ? 'bad' : 'wait'
  return (
    <section class={`note chain ${tone}`} aria-label={t('audit.chain')}>
      <Icon name={state === 'broken' ? 'refused' : 'shield'} />
      <div aria-live="polite">
        <span class="strong">
          {t('audit.chain')}: {state === 'broken' ? t('audit.broken', { n: data.brokenAt ?? 0 }) : t(`audit.${state}`)}
        </span>
        {data.message !== undefined && <p class="break">{data.message}</p>}
        {state === 'checking' && (
          <progress
            class="progress"
            max={Math.max(data.rows, 1)}
            value={data.checked ?? 0}
            aria-label={t('audit.checking')}
          />
        )}
        <p class="small">
          {state === 'checking' && `${t('audit.checked', { n: data.checked ?? 0 })} · `}
          {t('audit.rows', { n: data.rows })} · {t('audit.heads', { n: data.heads, upTo: data.signedUpTo })}
          {data.checkedAt !== undefined && ` · ${t('audit.checkedAt', { time: formatTime(data.checkedAt, true) })}`}
        </p>
      </div>
      {state === 'checking' && data.job !== undefined && (
        <Button small icon="close" onClick={() => void stop(data.job ?? '')}>
          {t('audit.stop')}
        </Button>
      )}
      <Button small icon="shield" busy={state === 'checking'} onClick={() => void check()}>
        {t('audit.check')}
      </Button>
    </section>
  )
}
