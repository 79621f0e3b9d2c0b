import { t } from '../base/language.ts'
import { Link } from '../parts/link.tsx'
import { Empty } from '../parts/notes.tsx'

export function MissingPage() {
  return (
    <div class="page">
      <h1 class="hidden">{t('error.noPage')}</h1>
      <Empty icon="search" title={t('error.noPage')}>
        <p>{t('error.noPageHint')}</p>
        <Link to="/" class="button">
          {t('nav.overview')}
        </Link>
      </Empty>
    </div>
  )
}
