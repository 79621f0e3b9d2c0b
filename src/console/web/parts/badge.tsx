import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icon.tsx'

/** ok: done; wait: under way; warn: look soon; bad: somebody must act; rest: stopped on purpose; plain: a fact. */
export type Tone = 'ok' | 'wait' | 'warn' | 'bad' | 'rest' | 'plain'

interface BadgeProps {
  readonly tone: Tone
  /** Colour never speaks alone. */
  readonly icon: IconName
  readonly children: ComponentChildren
  readonly title?: string
}

export function Badge({ tone, icon, children, title }: BadgeProps) {
  return (
    <span class={`badge ${tone}`} title={title}>
      <Icon name={icon} />
      <span class="clip">{children}</span>
    </span>
  )
}
