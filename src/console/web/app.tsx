import { useEffect } from 'preact/hooks'
import { t } from './base/language.ts'
import { path } from './base/router.ts'
import { access, resume } from './base/session.ts'
import { AuditPage } from './pages/audit.tsx'
import { DocumentPage } from './pages/document.tsx'
import { DocumentsPage } from './pages/documents.tsx'
import { IncidentsPage } from './pages/incidents.tsx'
import { MissingPage } from './pages/missing.tsx'
import { OverviewPage } from './pages/overview.tsx'
import { PartnersPage } from './pages/partners.tsx'
import { PasswordPage } from './pages/password.tsx'
import { SettingsPage } from './pages/settings.tsx'
import { SignInPage } from './pages/sign-in.tsx'
import { UsersPage } from './pages/users.tsx'
import { Failure, Loading } from './parts/notes.tsx'
import { places } from './places.ts'
import { Shell } from './shell.tsx'

export function App() {
  const { value } = access
  switch (value.state) {
    case 'asking':
      return <Loading />
    case 'down':
      return (
        <main class="alone">
          <Failure error={value.error} onRetry={() => void resume()} />
        </main>
      )
    case 'none':
      return <SignInPage />
    case 'in':
      if (value.session.user.mustChangePassword) return <PasswordPage required />
      return (
        <Shell>
          <CurrentPage />
        </Shell>
      )
  }
}

function CurrentPage() {
  const here = path.value
  const title = places.find((place) => place.path === here)?.title
  useEffect(() => {
    document.title = title === undefined ? t('app.name') : `${t(title)} · ${t('app.name')}`
  })
  if (here === '/') return <OverviewPage />
  if (here === '/van-ban-di') return <DocumentsPage key="out" direction="out" />
  if (here === '/van-ban-den') return <DocumentsPage key="in" direction="in" />
  if (here.startsWith('/van-ban/')) return <DocumentPage key={here} id={decodeURIComponent(here.slice(9))} />
  if (here === '/su-co') return <IncidentsPage />
  if (here === '/don-vi') return <PartnersPage />
  if (here === '/nhat-ky') return <AuditPage />
  if (here === '/cau-hinh') return <SettingsPage />
  if (here === '/nguoi-dung') return <UsersPage />
  if (here === '/mat-khau') return <PasswordPage />
  return <MissingPage />
}
