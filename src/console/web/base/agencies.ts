import type { AgencyViewList } from '../../shapes.ts'
import { get } from './http.ts'
import { compare, t } from './language.ts'
import { useResource } from './resource.ts'

/** The other agencies, in Vietnamese order, for a list to choose from. */
export function usePartnerOptions(): readonly (readonly [code: string, name: string])[] {
  const { data } = useResource<AgencyViewList>('agencies', (signal) => get('/agencies', {}, signal))
  const partners = (data?.items ?? []).filter(({ local }) => !local)
  const options = partners.map(({ code, name }) => [code, `${name} (${code})`] as const)
  return [['', t('all')], ...options.sort(([, a], [, b]) => compare(a, b))]
}
