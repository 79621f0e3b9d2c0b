import type { ComponentChildren } from 'preact'
import { Problem } from '../base/http.ts'
import { either, t } from '../base/language.ts'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'

interface NoteProps {
  readonly tone: 'ok' | 'wait' | 'warn' | 'bad' | 'plain'
  readonly children: ComponentChildren
  readonly icon?: IconName
}

const icons = { ok: 'done', wait: 'info', warn: 'incident', bad: 'refused', plain: 'info' } as const

export function Note({ tone, icon = icons[tone], children }: NoteProps) {
  return (
    <div class={`note ${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  )
}

interface EmptyProps {
  readonly icon?: IconName
  readonly title: string
  readonly children?: ComponentChildren
}

/** Says that there is nothing, and whether that is good news. */
export function Empty({ icon = 'info', title, children }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <strong>{title}</strong>
      {children}
    </div>
  )
}

export function Loading() {
  return (
    <div class="empty" role="status">
      <span class="spinner" aria-hidden="true" />
      <span>{t('wait.loading')}</span>
    </div>
  )
}

interface FailureProps {
  readonly error: unknown
  readonly onRetry?: () => void
}

/** What went wrong, in the reader's language, with the stable code and what to do. */
export function Failure({ error, onRetry }: FailureProps) {
  return (
    <Note tone="bad">
      <div class="strong">{t('error.title')}</div>
      <FailureText error={error} />
      {onRetry !== undefined && (
        <p>
          <Button small icon="again" onClick={onRetry}>
            {t('do.retry')}
          </Button>
        </p>
      )}
    </Note>
  )
}

interface FailureTextProps {
  readonly error: unknown
  /** Without the gateway's own sentence, for those who are not signed in. */
  readonly brief?: boolean
}

export function FailureText({ error, brief }: FailureTextProps) {
  if (!(error instanceof Problem)) return <p>{t('error.offline')}</p>
  return (
    <>
      <p>{either(error.text)}</p>
      {error.detail !== undefined && brief !== true && <p class="small break">{error.detail}</p>}
      <p class="small">
        {error.remedy !== undefined && <span>{either(error.remedy)} </span>}
        <span class="muted">
          {t('error.code')}: <code>{error.code}</code>
        </span>
      </p>
    </>
  )
}
