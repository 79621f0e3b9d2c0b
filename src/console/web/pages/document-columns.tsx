import type { DocumentRow } from '../../shapes.ts'
import { formatTime, formatWireDay } from '../base/dates.ts'
import { either, heading, t } from '../base/language.ts'
import { formatOctets } from '../base/sizes.ts'
import { Badge } from '../parts/badge.tsx'
import { Link } from '../parts/link.tsx'
import { StateBadge } from '../parts/states.tsx'
import type { Column } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'

export const usualColumns = ['number', 'subject', 'counterparts', 'state', 'stored']

export function documentColumns(direction: 'out' | 'in'): readonly Column<DocumentRow>[] {
  return [
    {
      id: 'number',
      head: t('column.number'),
      width: 'minmax(9rem, 1.1fr)',
      cell: (row) => (
        <>
          <Link to={`/van-ban/${row.id}`} class="row-link break">
            {row.number}
          </Link>
          {row.lane === 'express' && <Urgent />}
        </>
      ),
    },
    {
      id: 'subject',
      head: t('column.subject'),
      width: 'minmax(14rem, 3fr)',
      cell: (row) => (
        <span class="two-lines" title={row.subject}>
          {row.subject}
        </span>
      ),
    },
    {
      id: 'counterparts',
      head: direction === 'out' ? t('column.recipients') : t('column.sender'),
      width: 'minmax(10rem, 1.6fr)',
      cell: (row) => <Counterparts row={row} />,
    },
    {
      id: 'state',
      head: t('column.state'),
      width: 'minmax(8.5rem, 1.1fr)',
      cell: (row) => <StateCell row={row} />,
    },
    {
      id: 'stored',
      head: direction === 'out' ? t('column.storedOut') : t('column.storedIn'),
      width: '9.25rem',
      cell: ({ storedAt }) => <Time at={storedAt} />,
    },
    {
      id: 'promulgated',
      head: t('column.promulgated'),
      width: '7.5rem',
      cell: ({ promulgationDate }) => formatWireDay(promulgationDate),
    },
    { id: 'lane', head: t('column.lane'), width: '6rem', cell: ({ lane }) => t(`lane.${lane}`) },
    {
      id: 'operation',
      head: t('column.operation'),
      width: '8rem',
      cell: ({ operation }) => operationWord(operation),
    },
    {
      id: 'agency',
      head: t('column.agency'),
      width: 'minmax(8rem, 1fr)',
      cell: ({ agency }) => <span class="two-lines">{agency.name}</span>,
    },
    {
      id: 'octets',
      head: t('column.octets'),
      width: '6rem',
      numeric: true,
      cell: ({ octets }) => formatOctets(octets),
    },
    {
      id: 'documentId',
      head: t('column.documentId'),
      width: 'minmax(12rem, 1.5fr)',
      cell: ({ documentId }) => <span class="two-lines small break">{documentId}</span>,
    },
  ]
}

const operations = ['new', 'recall', 'update', 'replace'] as const

export function operationWord(operation: string): string {
  const known = operations.find((one) => one === operation)
  return known === undefined ? operation : t(`operation.${known}`)
}

export function Urgent() {
  return (
    <span class="block">
      <Badge tone="bad" icon="incident">
        {t('lane.express')}
      </Badge>
    </span>
  )
}

function Counterparts({ row }: { readonly row: DocumentRow }) {
  const [first] = row.counterparts
  const others = row.counterpartsCount - 1
  return (
    <span class="two-lines" title={row.counterparts.map(({ agency }) => `${agency.name} (${agency.code})`).join(', ')}>
      {first?.agency.name ?? '–'}
      {others > 0 && <span class="muted small"> {t('column.more', { n: others })}</span>}
    </span>
  )
}

function StateCell({ row }: { readonly row: DocumentRow }) {
  const cause = row.counterparts.find((one) => one.state === row.state)?.cause
  return (
    <>
      <StateBadge state={row.state} />
      {cause !== undefined && row.state !== 'received' && (
        <span class="clip block small muted" title={either(cause)}>
          {heading(cause)}
        </span>
      )}
    </>
  )
}

/** The row on a narrow screen. */
export function DocumentCard({ row }: { readonly row: DocumentRow }) {
  return (
    <>
      <span class="list-card-line">
        <Link to={`/van-ban/${row.id}`} class="row-link clip">
          {row.number}
        </Link>
        <StateBadge state={row.state} />
      </span>
      <span class="two-lines small">{row.subject}</span>
      <span class="list-card-line small muted">
        <span class="clip">{row.counterparts[0]?.agency.name ?? '–'}</span>
        <span class="nowrap">{formatTime(row.storedAt)}</span>
      </span>
    </>
  )
}
