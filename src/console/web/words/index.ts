import { commands } from './commands.ts'
import { document } from './document.ts'
import { documents } from './documents.ts'
import { general } from './general.ts'
import { incidents } from './incidents.ts'
import { overview } from './overview.ts'
import { partners, records } from './partners.ts'
import { people } from './people.ts'
import { signed } from './signed.ts'
import { states } from './states.ts'

/** Every text of the console, Vietnamese and English side by side. */
export const catalogue = {
  ...general,
  ...states,
  ...people,
  ...overview,
  ...documents,
  ...document,
  ...signed,
  ...incidents,
  ...partners,
  ...records,
  ...commands,
} as const

export type Key = keyof typeof catalogue
/** The Vietnamese text of a key, whose holes must be filled. */
export type Text<K extends Key> = (typeof catalogue)[K][0]
/** Keys of texts without holes. */
export type PlainKey = { [K in Key]: Text<K> extends `${string}{${string}}${string}` ? never : K }[Key]
