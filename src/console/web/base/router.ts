import { computed, signal } from '@preact/signals'

/** Every page has a path of its own, and its filters are the query: a link shows a colleague what one sees. */
const BASE = '/console'

interface Place {
  /** Below `/console`: `/`, `/van-ban-di`. */
  readonly path: string
  readonly query: string
}

function here(): Place {
  const path = location.pathname.startsWith(BASE) ? location.pathname.slice(BASE.length) : '/'
  return { path: path === '' ? '/' : path, query: location.search }
}

const place = signal<Place>(here())
addEventListener('popstate', () => {
  place.value = here()
})

export const path = computed(() => place.value.path)
export const query = computed(() => new URLSearchParams(place.value.query))

/** The full address for `href`. */
export function address(to: string): string {
  return `${BASE}${to}`
}

export function go(to: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', address(to))
  place.value = here()
}

/** Sets some filters, removes those that are empty, and leaves the others: no entry of its own in the history. */
export function refine(changes: Readonly<Record<string, string | undefined>>): void {
  const next = new URLSearchParams(place.value.query)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') next.delete(name)
    else next.set(name, value.normalize('NFC'))
  }
  const text = next.toString()
  go(`${place.value.path}${text === '' ? '' : `?${text}`}`, { replace: true })
}

/** A click that only this window must follow: not one for a new tab, nor one that somebody has handled. */
export function follow(event: MouseEvent, to: string): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return
  event.preventDefault()
  go(to)
}
