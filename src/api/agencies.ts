import type { IRouter } from 'express'
import { cursorAfter, keyOf, page } from '../http/index.ts'
import type { ApiDeps } from './deps.ts'
import { listAgencies } from './gateway-operations.ts'
import { serve } from './operation.ts'

/** `/v1/agencies`: who takes part. The same for every client. */
export function serveAgencies(router: IRouter, deps: ApiDeps): void {
  serve(router, deps, listAgencies, async ({ response, query: { limit, cursor, query } }) => {
    const list = { query }
    const after = keyOf(cursor, 'agencies', list) ?? ''
    const now = deps.clock.now()
    const found = deps.directory
      .list(query === undefined ? {} : { query })
      .filter(({ code }) => code > after)
      .slice(0, limit + 1)
    const { items, ...rest } = page(found, limit, (last) => cursorAfter('agencies', list, last.code))
    response.json({
      items: items.map((agency) => ({
        code: agency.code,
        wireCode: agency.wireCode,
        name: agency.name,
        nameEn: agency.nameEn,
        parent: agency.parent,
        active: deps.directory.isActive(agency.code, now),
        local: agency.local,
      })),
      ...rest,
    })
  })
}
