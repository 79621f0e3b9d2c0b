import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Count } from '../../shapes.ts'
import { changes, type Topic } from './live.ts'

export interface Page<T> {
  readonly items: readonly T[]
  /** Where the next page begins; absent on the last. */
  readonly next?: string | null | undefined
  /** Of all that was found; on the first page. */
  readonly count?: Count | undefined
}

/** A list that grows while one scrolls, page by page of the gateway's cursor. */
export interface Pages<T> {
  readonly items: readonly T[]
  readonly error: unknown
  readonly loading: boolean
  /** Whether the gateway has more than is here. */
  readonly more: boolean
  readonly count: Count | undefined
  readonly loadMore: () => void
  readonly reload: () => void
}

interface State<T> {
  readonly key: string
  readonly items: readonly T[]
  readonly next: string | undefined
  readonly pageCount: number
  readonly found: Count | undefined
  readonly error?: unknown
  readonly loading: boolean
}

/** How many pages a change asks for again: what is further down is as old as its page. */
const FRESH_PAGES = 3

/** @param key The filters: with other ones the list begins anew. */
export function usePages<T>(
  key: string,
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
  topics: readonly Topic[] = [],
): Pages<T> {
  const empty: State<T> = { key, items: [], next: undefined, pageCount: 0, found: undefined, loading: true }
  const [state, setState] = useState<State<T>>(empty)
  const latest = useRef(load)
  latest.current = load
  const current = useRef(state)
  current.current = state
  const running = useRef<AbortController | undefined>(undefined)
  /** Something changed while a page was on its way: it may have been read before that. */
  const missed = useRef(false)

  const renew = useRef<() => void>(() => undefined)
  const run = useCallback((work: (signal: AbortSignal) => Promise<void>) => {
    running.current?.abort()
    const abort = new AbortController()
    running.current = abort
    setState((before) => ({ ...before, loading: true }))
    work(abort.signal)
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setState((before) => ({ ...before, error, loading: false }))
      })
      .finally(() => {
        if (running.current !== abort) return
        running.current = undefined
        if (!missed.current) return
        missed.current = false
        renew.current()
      })
  }, [])

  /** The first pages anew, as many as are shown and at most FRESH_PAGES; the rows below stay when nothing moved past the edge. */
  const refresh = useCallback(
    (pages: number) =>
      run(async (signal) => {
        const items: T[] = []
        let next: string | undefined
        let pageCount = 0
        let found: Count | undefined
        do {
          const page = await latest.current(next, signal)
          items.push(...page.items)
          next = page.next ?? undefined
          found ??= page.count
          pageCount++
        } while (next !== undefined && pageCount < Math.min(pages, FRESH_PAGES))
        if (!signal.aborted) setState((before) => ({ key: before.key, items, next, pageCount, found, loading: false }))
      }),
    [run],
  )

  renew.current = () => refresh(Math.max(1, current.current.pageCount))

  useEffect(() => {
    setState({ key, items: [], next: undefined, pageCount: 0, found: undefined, loading: true })
    refresh(1)
    return () => running.current?.abort()
  }, [key])

  useEffect(
    () =>
      changes(topics, () => {
        if (running.current === undefined) renew.current()
        else missed.current = true
      }),
    [topics.join(' ')],
  )

  const loadMore = useCallback(() => {
    const { next, loading, error } = current.current
    if (next === undefined || loading || error !== undefined) return
    run(async (signal) => {
      const page = await latest.current(next, signal)
      if (signal.aborted) return
      setState((before) => ({
        key: before.key,
        items: [...before.items, ...page.items],
        next: page.next ?? undefined,
        pageCount: before.pageCount + 1,
        found: before.found,
        loading: false,
      }))
    })
  }, [run])

  const shown = state.key === key ? state : empty
  return {
    items: shown.items,
    error: shown.error,
    loading: shown.loading,
    more: shown.next !== undefined,
    count: shown.found,
    loadMore,
    reload: () => refresh(1),
  }
}
