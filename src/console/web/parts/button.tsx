import type { ComponentChildren } from 'preact'
import { t } from '../base/language.ts'
import { Icon, type IconName } from './icon.tsx'

interface ButtonProps {
  readonly children?: ComponentChildren
  readonly icon?: IconName
  /** `primary` for the one thing the page is for, `danger` for what cannot be undone, `quiet` for what is beside it. */
  readonly look?: 'primary' | 'danger' | 'quiet'
  readonly small?: boolean
  /** Says what a button with only an icon does. */
  readonly label?: string
  readonly disabled?: boolean
  readonly busy?: boolean
  readonly type?: 'button' | 'submit'
  readonly onClick?: (event: MouseEvent) => void
  readonly expanded?: boolean
  readonly class?: string
}

export function Button(props: ButtonProps) {
  const { children, icon, look, small, label, disabled, busy, type = 'button', onClick, expanded } = props
  const looks = ['button', look, small && 'small', children === undefined && 'square', props.class]
  return (
    <button
      class={looks.filter(Boolean).join(' ')}
      type={type}
      disabled={disabled === true || busy === true}
      aria-label={label}
      title={label}
      aria-expanded={expanded}
      aria-busy={busy}
      onClick={onClick}
    >
      {busy === true ? <span class="spinner" aria-hidden="true" /> : icon !== undefined && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  )
}

/** Copies a long id; says so for a moment. */
export function CopyButton({ text }: { readonly text: string }) {
  return (
    <Button
      look="quiet"
      small
      icon="file"
      label={t('do.copy')}
      onClick={() => {
        void navigator.clipboard?.writeText(text)
      }}
    />
  )
}
