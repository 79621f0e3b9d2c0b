import type { ComponentChildren } from 'preact'
import { address, follow } from '../base/router.ts'

interface LinkProps {
  /** Below `/console`. */
  readonly to: string
  readonly children: ComponentChildren
  readonly class?: string
  readonly current?: boolean
  readonly onFollow?: () => void
  readonly title?: string
}

/** A link to another page of the console: an ordinary link, but for the reload. */
export function Link({ to, children, class: looks, current, onFollow, title }: LinkProps) {
  return (
    <a
      href={address(to)}
      class={looks}
      title={title}
      aria-current={current === true ? 'page' : undefined}
      onClick={(event) => {
        follow(event, to)
        onFollow?.()
      }}
    >
      {children}
    </a>
  )
}
