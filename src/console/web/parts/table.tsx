import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { formatNumber, t } from '../base/language.ts'
import type { Pages } from '../base/pages.ts'
import { Failure, Loading } from './notes.tsx'
import { useVirtualRows } from './virtual.ts'

export interface Column<T> {
  readonly id: string
  readonly head: string
  /** A CSS grid track: `minmax(12rem, 3fr)`. */
  readonly width: string
  readonly numeric?: boolean
  readonly cell: (row: T) => ComponentChildren
}

interface TableProps<T> {
  /** What the table holds, for readers of the screen. */
  readonly label: string
  readonly pages: Pages<T>
  readonly columns: readonly Column<T>[]
  /** The whole row on a narrow screen. */
  readonly card: (row: T) => ComponentChildren
  readonly idOf: (row: T) => string
  readonly empty: ComponentChildren
  /** Above the head: what can be done with the rows that were chosen. */
  readonly bar?: ComponentChildren
  readonly chosen?: ReadonlySet<string>
  readonly note?: string
}

const ROW_PX = 56
const CARD_PX = 104
const NARROW_PX = 720

/**
 * A list of any length: rows of one height, of which only those in sight are in the page; the next page of the cursor
 * is fetched on the way down. Arrow keys go from row to row. On a narrow screen each row is a card.
 */
export function Table<T>({ label, pages, columns, card, idOf, empty, bar, chosen, note }: TableProps<T>) {
  const scroll = useRef<HTMLDivElement>(null)
  const narrow = useNarrow(scroll)
  const { items } = pages
  const rowHeight = narrow ? CARD_PX : ROW_PX
  const rows = useVirtualRows(scroll, items.length, rowHeight)
  const last = rows.items.at(-1)?.index ?? 0
  useEffect(() => {
    if (pages.more && !pages.loading && last >= items.length - 20) pages.loadMore()
  }, [last, items.length, pages.more, pages.loading])

  const tracks = columns.map(({ width }) => width).join(' ')
  const isEmpty = items.length === 0
  return (
    <section class="card table" aria-label={label}>
      {bar}
      {pages.error !== undefined && (
        <div class="card-body">
          <Failure error={pages.error} onRetry={pages.reload} />
        </div>
      )}
      <div class={narrow ? 'table-scroll cards' : 'table-scroll'} ref={scroll}>
        {isEmpty ? (
          pages.loading ? (
            <Loading />
          ) : (
            pages.error === undefined && empty
          )
        ) : (
          <table
            class="rows"
            aria-label={label}
            aria-rowcount={pages.more ? -1 : items.length + 1}
            aria-busy={pages.loading}
            onKeyDown={(event) => moveAmongRows(event, rows.scrollTo, items.length)}
          >
            <thead class={narrow ? 'hidden' : undefined}>
              <tr class="row head" aria-rowindex={1} style={{ gridTemplateColumns: tracks }}>
                {narrow ? (
                  <th scope="col">{label}</th>
                ) : (
                  columns.map((column) => (
                    <th key={column.id} scope="col" class={column.numeric ? 'cell number' : 'cell'}>
                      {column.head}
                    </th>
                  ))
                )}
              </tr>
            </thead>
            <tbody style={{ height: `${rows.totalSize}px` }}>
              {rows.items.map(({ index, start }) => {
                const row = items[index]
                if (row === undefined) return undefined
                const id = idOf(row)
                return (
                  <tr
                    key={id}
                    aria-rowindex={index + 2}
                    data-index={index}
                    class={chosen?.has(id) ? 'row body chosen' : 'row body'}
                    style={{
                      transform: `translateY(${start}px)`,
                      height: `${rowHeight}px`,
                      gridTemplateColumns: narrow ? 'minmax(0, 1fr)' : tracks,
                    }}
                  >
                    {narrow ? (
                      <td class="list-card">{card(row)}</td>
                    ) : (
                      columns.map((column) => (
                        <td key={column.id} class={column.numeric ? 'cell number' : 'cell'}>
                          {column.cell(row)}
                        </td>
                      ))
                    )}
                  </tr>
                )
              })}
            </tbody>
          </table>
        )}
      </div>
      <div class="table-foot" role="status">
        <span>
          {pages.more ? t('table.countMore', { n: items.length }) : t('table.count', { n: formatNumber(items.length) })}
          {pages.loading && !isEmpty && ` · ${t('wait.loading')}`}
        </span>
        {note !== undefined && <span>{note}</span>}
      </div>
    </section>
  )
}

/** Whether the table has room for columns. */
function useNarrow(scroll: { readonly current: HTMLElement | null }): boolean {
  const [narrow, setNarrow] = useState(() => innerWidth < NARROW_PX)
  useLayoutEffect(() => {
    if (scroll.current === null) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setNarrow(entry.contentRect.width < NARROW_PX)
    })
    observer.observe(scroll.current)
    return () => observer.disconnect()
  }, [])
  return narrow
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }

/** Arrow keys move the focus to the same control of the next row; a row out of sight is brought in first. */
function moveAmongRows(event: KeyboardEvent, bring: (index: number) => void, count: number): void {
  const step = STEPS[event.key]
  const from = event.target as HTMLElement
  const row = from.closest<HTMLElement>('[data-index]')
  const table = from.closest<HTMLElement>('table')
  if (step === undefined || row === null || table === null || from.tagName === 'SELECT') return
  event.preventDefault()
  const place = focusable(row).indexOf(from)
  const target = Math.min(count - 1, Math.max(0, Number(row.dataset['index']) + step))
  bring(target)
  const reach = (): boolean => {
    const next = table.querySelector<HTMLElement>(`[data-index="${target}"]`)
    if (next === null) return false
    const controls = focusable(next)
    const control = controls[place] ?? controls[0]
    control?.focus()
    return control !== undefined
  }
  if (!reach()) requestAnimationFrame(() => requestAnimationFrame(reach)) // it is drawn when the scrolling is known
}

function focusable(row: HTMLElement): HTMLElement[] {
  return [...row.querySelectorAll<HTMLElement>('a, button, input')]
}
