import { useState } from 'preact/hooks'
import { t } from '../base/language.ts'
import { changePassword, currentSession, signOut } from '../base/session.ts'
import mark from '../mark.svg'
import { Button } from '../parts/button.tsx'
import { FailureText, Note } from '../parts/notes.tsx'
import { LanguageMenu, ThemeMenu } from '../parts/preferences.tsx'

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
    <div class="gate">
      <div class="gate-bar">
        <LanguageMenu />
        <ThemeMenu />
      </div>
      <main class="gate-card card">
        <img src={mark} alt="" width="48" height="48" />
        <h1>{t('password.title')}</h1>
        <p class="muted">{t('password.must')}</p>
        {form}
      </main>
    </div>
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
      <PasswordField id="current" label={t('password.current')} value={current} change={setCurrent} present />
      <PasswordField
        id="next"
        label={t('password.next')}
        value={next}
        change={setNext}
        hint={t('password.hint')}
        wrong={tried && short ? t('password.short') : undefined}
      />
      <PasswordField
        id="again"
        label={t('password.again')}
        value={again}
        change={setAgain}
        wrong={tried && differ ? t('password.differ') : undefined}
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

interface PasswordFieldProps {
  readonly id: string
  readonly label: string
  readonly value: string
  readonly change: (value: string) => void
  /** The one that is in use now. */
  readonly present?: boolean
  readonly hint?: string
  readonly wrong?: string | undefined
}

function PasswordField({ id, label, value, change, present, hint, wrong }: PasswordFieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        type="password"
        required
        autocomplete={present === true ? 'current-password' : 'new-password'}
        aria-describedby={`${id}-hint`}
        aria-invalid={wrong !== undefined}
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
      <span id={`${id}-hint`} class={wrong === undefined ? 'hint' : 'wrong'}>
        {wrong ?? hint}
      </span>
    </div>
  )
}
