import { useState } from 'preact/hooks'
import { t } from '../base/language.ts'
import { changePassword, currentSession, signOut } from '../base/session.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { Gate } from '../parts/gate.tsx'
import { FailureText, Note } from '../parts/notes.tsx'

const LEAST = 12

/** `required`: a one-time password opens nothing else. */
export function PasswordPage({ required = false }: { readonly required?: boolean }) {
  const form = <PasswordForm required={required} />
  if (!required)
    return (
      <div class="page narrow">
        <h1>{t('password.title')}</h1>
        <div class="card card-body">{form}</div>
      </div>
    )
  return (
    <Gate title={t('password.title')} lead={t('password.must')}>
      {form}
    </Gate>
  )
}

function PasswordForm({ required }: { readonly required: boolean }) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const [tried, setTried] = useState(false)
  const [state, setState] = useState<{ busy: boolean; error?: unknown; done?: boolean }>({ busy: false })
  const short = [...next].length < LEAST
  const differ = next !== again
  const submit = async (event: Event) => {
    event.preventDefault()
    setTried(true)
    if (short || differ) return
    setState({ busy: true })
    try {
      await changePassword({ current: current.normalize('NFC'), next: next.normalize('NFC') })
      setState({ busy: false, done: true })
    } catch (error) {
      setState({ busy: false, error })
    }
  }
  if (state.done === true) return <Note tone="ok">{t('password.changed')}</Note>
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      {state.error !== undefined && (
        <Note tone="bad">
          <FailureText error={state.error} />
        </Note>
      )}
      <input hidden autocomplete="username" value={currentSession().user.name} readOnly />
      <TextField
        name="current"
        label={t('password.current')}
        value={current}
        onChange={setCurrent}
        autocomplete="current-password"
        required
      />
      <TextField
        name="next"
        label={t('password.next')}
        value={next}
        onChange={setNext}
        autocomplete="new-password"
        hint={t('password.hint')}
        wrong={tried && short ? t('password.short') : undefined}
        required
      />
      <TextField
        name="again"
        label={t('password.again')}
        value={again}
        onChange={setAgain}
        autocomplete="new-password"
        wrong={tried && differ ? t('password.differ') : undefined}
        required
      />
      <div class="actions">
        <Button type="submit" look="primary" busy={state.busy}>
          {t('password.submit')}
        </Button>
        {required && (
          <Button look="quiet" onClick={() => void signOut()}>
            {t('user.signOut')}
          </Button>
        )}
      </div>
    </form>
  )
}
