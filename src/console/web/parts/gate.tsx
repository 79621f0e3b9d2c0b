import type { ComponentChildren } from 'preact'
import mark from '../mark.svg'
import { LanguageMenu, ThemeMenu } from './preferences.tsx'

interface GateProps {
  readonly title: string
  readonly lead: string
  readonly children: ComponentChildren
}

/** What stands before the console: nothing else of it is there until one is through. */
export function Gate({ title, lead, children }: GateProps) {
  return (
    <div class="gate">
      <div class="gate-bar">
        <LanguageMenu />
        <ThemeMenu />
      </div>
      <main class="gate-card card">
        <img src={mark} alt="" width="48" height="48" />
        <h1>{title}</h1>
        <p class="muted">{lead}</p>
        {children}
      </main>
    </div>
  )
}
