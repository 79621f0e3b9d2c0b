import { useState } from 'preact/hooks'
import type { DocumentQuery, DocumentRow, DocumentRows, ExportRequest, Job } from '../../shapes.ts'
import { usePartnerOptions } from '../base/agencies.ts'
import { get, send } from '../base/http.ts'
import { decisionId, noteJob, openJob } from '../base/jobs.ts'
import { language, t } from '../base/language.ts'
import { usePages } from '../base/pages.ts'
import { query, refine } from '../base/router.ts'
import { currentSession } from '../base/session.ts'
import { Button } from '../parts/button.tsx'
import { ColumnMenu, useColumns } from '../parts/column-menu.tsx'
import { DayField, SearchField, Select } from '../parts/field.tsx'
import { Empty, Failure } from '../parts/notes.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { formatCount } from '../parts/stat.tsx'
import { Table } from '../parts/table.tsx'
import { DocumentCard, documentColumns, usualColumns } from './document-columns.tsx'

type Direction = 'out' | 'in'
type Filters = Omit<DocumentQuery, 'limit' | 'cursor'>

const names = ['text', 'state', 'counterpart', 'agency', 'lane', 'from', 'to'] as const

/** What stands in the address; the gateway says when something there makes no sense. */
function filtersOf(direction: Direction): Filters {
  const given = names.map((name) => [name, query.value.get(name) ?? ''] as const).filter(([, value]) => value !== '')
  return { direction, ...Object.fromEntries(given) }
}

/** Văn bản đi, Văn bản đến: where every document is. */
export function DocumentsPage({ direction }: { readonly direction: Direction }) {
  const filters = filtersOf(direction)
  const filtered = Object.keys(filters).length > 1
  const pages = usePages<DocumentRow>(
    JSON.stringify(filters),
    (cursor, signal) => get<DocumentRows>('/documents', { ...filters, limit: 100, cursor }, signal),
    ['events'],
  )
  const columns = documentColumns(direction)
  const choice = useColumns(`documents-${direction}`, columns, usualColumns)
  const { count } = pages
  return (
    <div class="page full">
      <PageHead
        title={direction === 'out' ? t('nav.out') : t('nav.in')}
        lead={direction === 'out' ? t('documents.leadOut') : t('documents.leadIn')}
      >
        <ExportButton filters={filters} />
        <ColumnMenu all={columns} choice={choice} />
      </PageHead>
      <FilterBar direction={direction} filters={filters} />
      <Table
        label={direction === 'out' ? t('nav.out') : t('nav.in')}
        pages={pages}
        columns={choice.shown}
        card={(row) => <DocumentCard row={row} />}
        idOf={({ id }) => id}
        empty={<NoDocuments direction={direction} filtered={filtered} />}
        {...(count !== undefined && { note: t('table.found', { n: formatCount(count) }) })}
      />
    </div>
  )
}

const states = {
  out: ['unfinished', 'failed', 'accepted', 'sent', 'received', 'rejected', 'expired', 'held'],
  in: ['waiting', 'leased', 'confirmed'],
} as const
const lanes = ['express', 'ordinary'] as const

function FilterBar({ direction, filters }: { readonly direction: Direction; readonly filters: Filters }) {
  const partners = usePartnerOptions()
  const { agencies } = currentSession().gateway
  const [open, setOpen] = useState(false)
  const chosen = Object.keys(filters).filter((name) => name !== 'direction' && name !== 'text').length
  return (
    <search class={open ? 'filters open' : 'filters'} aria-label={t('filter.label')}>
      <SearchField
        label={t('filter.text')}
        hint={t('filter.textHint')}
        value={filters.text ?? ''}
        onSearch={(text) => refine({ text })}
      />
      <Button class="filter-toggle" icon="filter" expanded={open} onClick={() => setOpen(!open)}>
        {t('filter.show', { n: chosen })}
      </Button>
      <Select
        label={t('filter.state')}
        value={filters.state ?? ''}
        options={[['', t('all')], ...states[direction].map((state) => [state, t(`state.${state}`)] as const)]}
        onChange={(state) => refine({ state })}
      />
      <Select
        label={direction === 'out' ? t('filter.recipient') : t('filter.sender')}
        value={filters.counterpart ?? ''}
        options={partners}
        onChange={(counterpart) => refine({ counterpart })}
      />
      {agencies.length > 1 && (
        <Select
          label={t('filter.agency')}
          value={filters.agency ?? ''}
          options={[['', t('all')], ...agencies.map(({ code, name }) => [code, name] as const)]}
          onChange={(agency) => refine({ agency })}
        />
      )}
      <Select
        label={t('filter.lane')}
        value={filters.lane ?? ''}
        options={[['', t('all')], ...lanes.map((lane) => [lane, t(`lane.${lane}`)] as const)]}
        onChange={(lane) => refine({ lane })}
      />
      <DayField label={t('filter.from')} value={filters.from ?? ''} onChange={(from) => refine({ from })} />
      <DayField label={t('filter.to')} value={filters.to ?? ''} onChange={(to) => refine({ to })} />
      {(chosen > 0 || filters.text !== undefined) && (
        <Button
          look="quiet"
          icon="close"
          onClick={() => refine(Object.fromEntries(names.map((name) => [name, undefined])))}
        >
          {t('do.clear')}
        </Button>
      )}
    </search>
  )
}

/** The gateway writes the file, of all that the filters find; the job says when it is there. */
function ExportButton({ filters }: { readonly filters: Filters }) {
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false })
  const start = async () => {
    setState({ busy: true })
    try {
      const request: ExportRequest = { jobId: decisionId(), kind: 'documents', language: language.value, filters }
      const job = await send<Job>('POST', '/exports', request)
      noteJob(job)
      openJob.value = job.id
      setState({ busy: false })
    } catch (error) {
      setState({ busy: false, error })
    }
  }
  return (
    <>
      {state.error !== undefined && <Failure error={state.error} />}
      <Button icon="download" busy={state.busy} onClick={() => void start()}>
        {t('do.export')}
      </Button>
    </>
  )
}

function NoDocuments({ direction, filtered }: { readonly direction: Direction; readonly filtered: boolean }) {
  if (filtered)
    return (
      <Empty icon="search" title={t('documents.none')}>
        <p>{t('documents.noneHint')}</p>
      </Empty>
    )
  return (
    <Empty icon={direction} title={t('documents.noneYet')}>
      <p>{direction === 'out' ? t('documents.noneYetOut') : t('documents.noneYetIn')}</p>
    </Empty>
  )
}
