import type { RequestListener } from 'node:http'

/** One server for several doors: what is at or below `path` goes to `inner`, all else to `other`. */
export function byPath(path: string, inner: RequestListener, other: RequestListener): RequestListener {
  return (request, response) => {
    const asked = (request.url ?? '').split(/[?#]/, 1)[0] ?? ''
    const door = asked === path || asked.startsWith(`${path}/`) ? inner : other
    door(request, response)
  }
}
