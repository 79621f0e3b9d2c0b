import { useEffect, useState } from 'preact/hooks'
import { language, t } from '../base/language.ts'
import { signIn } from '../base/session.ts'
import mark from '../mark.svg'
import { Button } from '../parts/button.tsx'
import { FailureText, Note } from '../parts/notes.tsx'
import { LanguageMenu, ThemeMenu } from '../parts/preferences.tsx'

export function SignInPage() {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const tongue = language.value
  useEffect(() => {
    document.title = `${t('login.title')} · ${t('app.name')}`
  }, [tongue])
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    try {
      await signIn({ name: name.trim().normalize('NFC'), password: password.normalize('NFC') })
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <div class="gate">
      <div class="gate-bar">
        <LanguageMenu />
        <ThemeMenu />
      </div>
      <main class="gate-card card">
        <img src={mark} alt="" width="48" height="48" />
        <h1>{t('app.title')}</h1>
        <p class="muted">{t('login.slogan')}</p>
        <form onSubmit={(event) => void submit(event)}>
          {error !== undefined && (
            <Note tone="bad">
              <FailureText error={error} brief />
            </Note>
          )}
          <div class="field">
            <label for="name">{t('login.name')}</label>
            <input
              id="name"
              class="input"
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </div>
          <div class="field">
            <label for="password">{t('login.password')}</label>
            <input
              id="password"
              class="input"
              type="password"
              autocomplete="current-password"
              required
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          </div>
          <Button type="submit" look="primary" busy={busy}>
            {t('login.submit')}
          </Button>
        </form>
        <p class="small muted">{t('login.first')}</p>
      </main>
    </div>
  )
}
