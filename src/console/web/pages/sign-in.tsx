import { useEffect, useState } from 'preact/hooks'
import { language, t } from '../base/language.ts'
import { signIn } from '../base/session.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { Gate } from '../parts/gate.tsx'
import { FailureText, Note } from '../parts/notes.tsx'

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
    <Gate title={t('app.title')} lead={t('login.slogan')}>
      <form onSubmit={(event) => void submit(event)}>
        {error !== undefined && (
          <Note tone="bad">
            <FailureText error={error} brief />
          </Note>
        )}
        <TextField
          name="name"
          label={t('login.name')}
          value={name}
          onChange={setName}
          autocomplete="username"
          required
        />
        <TextField
          name="password"
          label={t('login.password')}
          value={password}
          onChange={setPassword}
          autocomplete="current-password"
          required
        />
        <Button type="submit" look="primary" busy={busy}>
          {t('login.submit')}
        </Button>
      </form>
      <p class="small muted">{t('login.first')}</p>
    </Gate>
  )
}
