import { useState } from 'preact/hooks'
import type { CommandName, IncidentGroup, IncidentItem, IncidentItems } from '../../shapes.ts'
import { formatDay, formatTime } from '../base/dates.ts'
import { get } from '../base/http.ts'
import { either, formatNumber, t } from '../base/language.ts'
import { usePages } from '../base/pages.ts'
import { refine } from '../base/router.ts'
import { Button } from '../parts/button.tsx'
import { CommandButtons } from '../parts/command-buttons.tsx'
import { Icon } from '../parts/icon.tsx'
import { Link } from '../parts/link.tsx'
import { Empty } from '../parts/notes.tsx'
import { formatCount } from '../parts/stat.tsx'
import { StateBadge } from '../parts/states.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { groupTitle } from './incidents.tsx'

interface DetailProps {
  readonly id: string
  /** Absent when it is not among the groups (any more). */
  readonly group: IncidentGroup | undefined
}

/** One group: why, what to do, all of it at once or some of it. */
export function IncidentDetail({ id, group }: DetailProps) {
  return (
    <div class="stack">
      <button type="button" class="back-button" onClick={() => refine({ group: undefined })}>
        <Icon name="left" />
        {t('incidents.back')}
      </button>
      {group === undefined ? (
        <div class="card">
          <Empty icon="done" title={t('incidents.gone')}>
            <p>{t('incidents.goneHint')}</p>
          </Empty>
        </div>
      ) : (
        <>
          <Explanation group={group} />
          <Items id={id} commands={group.commands} total={group.count.value} />
        </>
      )}
    </div>
  )
}

function Explanation({ group }: { readonly group: IncidentGroup }) {
  const { cause, partner, certificate } = group
  return (
    <section class="card" aria-labelledby="group">
      <div class="card-head">
        <h2 id="group">{groupTitle(group)}</h2>
        <span class="muted small">
          {group.kind === 'quarantine' ? t('incidents.quarantine') : t('incidents.delivery')}
        </span>
      </div>
      <div class="card-body stack">
        {cause !== undefined && (
          <div class="step bad">
            <Icon name="info" />
            <div>
              <div class="small muted">{t('incidents.remedy')}</div>
              <div class="strong">{either(cause.remedy)}</div>
              <div class="small muted">
                {t(`incidents.acts.${cause.acts}`)} · {t(`incidents.retry.${cause.retry}`)} · <code>{cause.code}</code>
              </div>
            </div>
          </div>
        )}
        <dl class="pairs">
          {partner !== undefined && (
            <>
              <dt>{t('partners.agency')}</dt>
              <dd>
                <Link to={`/don-vi?ma=${partner.code}`}>
                  {partner.name} ({partner.code})
                </Link>
              </dd>
            </>
          )}
          {certificate !== undefined && (
            <>
              <dt>{t('partners.certificate')}</dt>
              <dd>
                {certificate.subject}
                {certificate.notAfter !== undefined &&
                  ` · ${t('partners.until', { day: formatDay(certificate.notAfter) })}`}
                <code class="small muted block">{certificate.fingerprint}</code>
              </dd>
            </>
          )}
          <dt>{t('incidents.at')}</dt>
          <dd>{t('incidents.between', { from: formatTime(group.oldestAt), to: formatTime(group.newestAt) })}</dd>
          <dt>{t('incidents.sample')}</dt>
          <dd class="break">{group.sample}</dd>
        </dl>
        <div>
          <h3>
            {t('incidents.repairAll')} ({formatCount(group.count)})
          </h3>
          {group.commands.length === 0 ? (
            <p class="muted">{t('incidents.noCommands')}</p>
          ) : (
            <CommandButtons commands={group.commands} targets={{ group: group.group }} about={groupTitle(group)} />
          )}
        </div>
      </div>
    </section>
  )
}

interface ItemsProps {
  readonly id: string
  readonly commands: readonly CommandName[]
  readonly total: number
}

/** At most so many can be named in one command; the whole group has no such bound. */
const MOST_NAMED = 500

function Items({ id, commands, total }: ItemsProps) {
  const pages = usePages<IncidentItem>(
    `items ${id}`,
    (cursor, signal) => get<IncidentItems>('/incidents/items', { group: id, limit: 100, cursor }, signal),
    ['events', 'jobs'],
  )
  const [chosen, setChosen] = useState<ReadonlyMap<string, IncidentItem['kind']>>(new Map())
  const toggle = ({ id: item, kind }: IncidentItem) => {
    const next = new Map(chosen)
    if (!next.delete(item) && next.size < MOST_NAMED) next.set(item, kind)
    setChosen(next)
  }
  const box = (row: IncidentItem) => (
    <input
      type="checkbox"
      aria-label={t('table.choose', { what: row.document?.number ?? row.id })}
      checked={chosen.has(row.id)}
      onChange={() => toggle(row)}
    />
  )
  const ids = [...chosen.keys()].filter((one) => pages.items.some((item) => item.id === one))
  const kind = [...chosen.values()][0]
  return (
    <Table
      label={t('incidents.items')}
      pages={pages}
      columns={itemColumns(commands.length > 0 ? box : undefined)}
      card={(row) => <ItemCard row={row} box={commands.length > 0 ? box(row) : undefined} />}
      idOf={(row) => row.id}
      empty={<Empty icon="done" title={t('incidents.gone')} />}
      chosen={new Set(ids)}
      note={t('table.found', { n: formatNumber(total) })}
      bar={
        ids.length > 0 && (
          <div class="group-bar" role="status">
            <strong>{t('table.chosen', { n: ids.length })}</strong>
            <CommandButtons
              commands={commands}
              targets={kind === 'quarantine' ? { quarantine: ids } : { deliveries: ids }}
              about={t('table.chosen', { n: ids.length })}
            />
            <Button look="quiet" small onClick={() => setChosen(new Map())}>
              {t('incidents.clearChoice')}
            </Button>
          </div>
        )
      }
    />
  )
}

function itemColumns(
  box: ((row: IncidentItem) => preact.ComponentChildren) | undefined,
): readonly Column<IncidentItem>[] {
  return [
    ...(box === undefined ? [] : [{ id: 'choice', head: '', width: '1.5rem', cell: box }]),
    { id: 'document', head: t('incidents.subject'), width: 'minmax(10rem, 2fr)', cell: (row) => <What row={row} /> },
    {
      id: 'message',
      head: t('incidents.message'),
      width: 'minmax(10rem, 2fr)',
      cell: (row) => (
        <span class="two-lines small" title={row.message}>
          {row.message}
        </span>
      ),
    },
    {
      id: 'state',
      head: t('column.state'),
      width: '8.5rem',
      cell: ({ state }) => (state === undefined ? '–' : <StateBadge state={state} />),
    },
    { id: 'at', head: t('incidents.at'), width: '9.25rem', cell: ({ at }) => <Time at={at} /> },
  ]
}

function What({ row }: { readonly row: IncidentItem }) {
  const { document, partner, brokerUser } = row
  if (document === undefined)
    return (
      <>
        <span>{t('incidents.noDocument')}</span>
        {brokerUser !== undefined && (
          <span class="small muted block clip">{t('incidents.user', { user: brokerUser })}</span>
        )}
      </>
    )
  return (
    <>
      <Link to={`/van-ban/${document.id}`} class="row-link" title={document.subject}>
        {document.number}
      </Link>
      <span class="small muted block clip">
        {partner === undefined ? document.subject : `${partner.name} · ${document.subject}`}
      </span>
    </>
  )
}

function ItemCard({ row, box }: { readonly row: IncidentItem; readonly box: preact.ComponentChildren }) {
  return (
    <div class="item-card">
      {box}
      <div class="list-card">
        <What row={row} />
        <span class="clip small">{row.message}</span>
        <span class="small muted">{formatTime(row.at)}</span>
      </div>
    </div>
  )
}
