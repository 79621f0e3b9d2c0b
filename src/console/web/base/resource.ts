import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { changes, type Topic } from './live.ts'

/** Something the gateway knows, kept current: shown as soon as it is there, asked for again when it may have changed. */
export interface Resource<T> {
  readonly data: T | undefined
  readonly error: unknown
  readonly loading: boolean
  readonly reload: () => void
}

/**
 * @param key What is asked for: with another key the old answer is not shown any more.
 * @param topics Of the live feed: a change of one of them asks again.
 */
export function useResource<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  topics: readonly Topic[] = [],
): Resource<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: unknown; loading: boolean }>({
    key,
    loading: true,
  })
  const [turn, setTurn] = useState(0)
  const latest = useRef(load)
  latest.current = load
  // biome's rule of dependencies does not see that `turn` stands for "again"
  const again = `${key} ${turn}`
  useEffect(() => {
    const abort = new AbortController()
    setState((before) => (before.key === key ? { ...before, loading: true } : { key, loading: true }))
    latest.current(abort.signal).then(
      (data) => {
        if (!abort.signal.aborted) setState({ key, data, loading: false })
      },
      (error: unknown) => {
        if (!abort.signal.aborted)
          setState((before) => ({
            key,
            ...(before.data !== undefined && { data: before.data }),
            error,
            loading: false,
          }))
      },
    )
    return () => abort.abort()
  }, [again])
  const reload = useCallback(() => setTurn((before) => before + 1), [])
  useEffect(() => changes(topics, reload), [topics.join(' ')])
  const shown = state.key === key ? state : { data: undefined, error: undefined, loading: true }
  return { data: shown.data, error: shown.error, loading: shown.loading, reload }
}
