import { signal } from '@preact/signals'
import { catalogue, type Key, type Text } from '../words/index.ts'
import { remember, remembered } from './memory.ts'

/** Vietnamese first; English by a switch, which the browser remembers. */
export type Language = 'vi' | 'en'

export const language = signal<Language>(remembered('language') === 'en' ? 'en' : 'vi')

export function speak(chosen: Language): void {
  language.value = chosen
  remember('language', chosen)
  document.documentElement.lang = chosen
}

/** The names between braces in a text: `'{n} of {all}'` has `n` and `all`. */
type Holes<T extends string> = T extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never
type Fillings<T extends string> = [Holes<T>] extends [never]
  ? readonly []
  : readonly [Readonly<Record<Holes<T>, string | number>>]

/** The text of `key` in the language of the moment, its holes filled. A component that calls it follows the switch. */
export function t<K extends Key>(key: K, ...[fillings]: Fillings<Text<K>>): string {
  const text: string = catalogue[key][language.value === 'vi' ? 0 : 1]
  if (fillings === undefined) return text
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = (fillings as Readonly<Record<string, string | number>>)[name]
    return typeof value === 'number' ? formatNumber(value) : (value ?? hole)
  })
}

/** Of a pair that the gateway wrote in both languages. */
export function either(pair: { readonly vi: string; readonly en: string }): string {
  return pair[language.value]
}

/** The same as a heading: without its full stop. */
export function heading(pair: { readonly vi: string; readonly en: string }): string {
  return either(pair).replace(/\.$/, '')
}

/** 1.234.567 in Vietnamese, 1,234,567 in English. */
export function formatNumber(value: number): string {
  return value.toLocaleString(language.value === 'vi' ? 'vi-VN' : 'en-GB')
}

const collator = new Intl.Collator('vi', { numeric: true, sensitivity: 'base' })

/** Vietnamese order in both languages: names are Vietnamese, and `Đ` comes after `D`. */
export function compare(a: string, b: string): number {
  return collator.compare(a, b)
}
