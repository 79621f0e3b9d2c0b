import type { Configuration } from '../../shapes.ts'
import { get } from '../base/http.ts'
import { either, t } from '../base/language.ts'
import { useResource } from '../base/resource.ts'
import { query, refine } from '../base/router.ts'
import { Badge } from '../parts/badge.tsx'
import { SearchField } from '../parts/field.tsx'
import { Empty, Failure, Loading } from '../parts/notes.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Time } from '../parts/time.tsx'

/** Cấu hình: what is in force, and where each value came from. */
export function SettingsPage() {
  const { data, error, reload } = useResource<Configuration>('configuration', (signal) =>
    get('/configuration', {}, signal),
  )
  return (
    <div class="page">
      <PageHead title={t('nav.settings')} lead={t('settings.lead')} />
      {error !== undefined && <Failure error={error} onRetry={reload} />}
      {data === undefined ? error === undefined && <Loading /> : <Settings data={data} />}
    </div>
  )
}

function Settings({ data }: { readonly data: Configuration }) {
  const text = query.value.get('q') ?? ''
  const onlySet = query.value.get('set') === '1'
  const shown = data.settings.filter(
    ({ key, about, value, source }) =>
      (!onlySet || source !== 'default') &&
      `${key} ${either(about)} ${value}`.toLowerCase().includes(text.toLowerCase()),
  )
  return (
    <>
      <dl class="card card-body facts">
        <div>
          <dt>{t('settings.version')}</dt>
          <dd class="strong">{data.version}</dd>
        </div>
        <div>
          <dt>{t('settings.node')}</dt>
          <dd class="strong">{data.node}</dd>
        </div>
        <div>
          <dt>{t('settings.started')}</dt>
          <dd class="strong">
            <Time at={data.startedAt} as="exact" />
          </dd>
        </div>
      </dl>
      <search class="filters">
        <SearchField label={t('settings.find')} value={text} onSearch={(q) => refine({ q })} />
        <label class="check">
          <input type="checkbox" checked={onlySet} onChange={() => refine({ set: onlySet ? undefined : '1' })} />
          {t('settings.onlySet')}
        </label>
      </search>
      <section class="card">
        {shown.length === 0 ? (
          <Empty icon="search" title={t('settings.none')} />
        ) : (
          <div class="plain-scroll">
            <table class="plain-table stacks">
              <thead>
                <tr>
                  <th scope="col">{t('settings.key')}</th>
                  <th scope="col">{t('settings.value')}</th>
                  <th scope="col">{t('settings.source')}</th>
                </tr>
              </thead>
              <tbody>
                {shown.map(({ key, about, value, source }) => (
                  <tr key={key}>
                    <td data-label={t('settings.key')}>
                      <span>
                        <code class="strong">{key}</code>
                        <span class="small muted block">{either(about)}</span>
                      </span>
                    </td>
                    <td data-label={t('settings.value')} class="break mono">
                      {value}
                    </td>
                    <td data-label={t('settings.source')}>
                      {source === 'default' ? (
                        <span class="muted">{t('settings.default')}</span>
                      ) : (
                        <Badge tone="wait" icon="settings" title={source}>
                          {source}
                        </Badge>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </>
  )
}
