import { useState } from 'preact/hooks'
import { t } from '../base/language.ts'
import { remember, remembered } from '../base/memory.ts'
import { Popover } from './popover.tsx'
import type { Column } from './table.tsx'

interface Choice<T> {
  readonly shown: readonly Column<T>[]
  readonly isShown: (id: string) => boolean
  readonly toggle: (id: string) => void
}

/** Which columns this browser shows of a table; at least one stays. */
export function useColumns<T>(table: string, all: readonly Column<T>[], usual: readonly string[]): Choice<T> {
  const [ids, setIds] = useState<readonly string[]>(() => {
    const kept = remembered(`columns.${table}`)?.split(' ') ?? []
    const known = kept.filter((id) => all.some((column) => column.id === id))
    return known.length > 0 ? known : usual
  })
  return {
    shown: all.filter(({ id }) => ids.includes(id)),
    isShown: (id) => ids.includes(id),
    toggle: (id) => {
      const next = ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id]
      if (next.length === 0) return
      setIds(next)
      remember(`columns.${table}`, next.join(' '))
    },
  }
}

export function ColumnMenu<T>({ all, choice }: { readonly all: readonly Column<T>[]; readonly choice: Choice<T> }) {
  return (
    <Popover icon="columns" label={t('do.columns')} text={t('do.columns')}>
      {all.map(({ id, head }) => (
        <label key={id} class="check">
          <input type="checkbox" checked={choice.isShown(id)} onChange={() => choice.toggle(id)} />
          {head}
        </label>
      ))}
    </Popover>
  )
}
