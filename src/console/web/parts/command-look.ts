import type { CommandName } from '../../shapes.ts'
import { t } from '../base/language.ts'
import { catalogue, type PlainKey } from '../words/index.ts'
import type { IconName } from './icon.tsx'

export const commandIcons: Readonly<Record<CommandName, IconName>> = {
  resend: 'again',
  hold: 'pause',
  release: 'play',
  expire: 'expired',
  redrive: 'again',
  discard: 'close',
  pause: 'pause',
  resume: 'play',
  'close-circuit': 'plug',
}

/** What cannot be taken back. */
export function isGrave(command: CommandName): boolean {
  return command === 'discard' || command === 'expire'
}

/** A state of a delivery, a partner or a quarantined package, whichever it is, in words. */
export function stateWord(state: string): string {
  const key = [`state.${state}`, `partner.${state}`, `quarantine.${state}`].find((one) => Object.hasOwn(catalogue, one))
  return key === undefined ? state : t(key as PlainKey)
}
