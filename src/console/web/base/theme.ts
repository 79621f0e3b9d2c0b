import { effect, signal } from '@preact/signals'
import { remember, remembered } from './memory.ts'

/** `auto` follows the system, also when it changes at dusk. */
export type Theme = 'auto' | 'light' | 'dark'

const kept = remembered('theme')
export const theme = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : 'auto')

const systemIsDark = matchMedia('(prefers-color-scheme: dark)')
const system = signal(systemIsDark.matches)
systemIsDark.addEventListener('change', ({ matches }) => {
  system.value = matches
})

/** What is shown now: charts are drawn again when it changes. */
export const shownTheme = signal<'light' | 'dark'>('light')

export function followTheme(): void {
  effect(() => {
    const dark = theme.value === 'dark' || (theme.value === 'auto' && system.value)
    shownTheme.value = dark ? 'dark' : 'light'
    document.documentElement.dataset['theme'] = shownTheme.value
  })
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen
  remember('theme', chosen)
}
