import { QCVN } from './packages.ts'
import type { Random } from './random.ts'

/** Namespaces in scope, by prefix; '' is the default. */
export type Scope = ReadonlyMap<string, string>

/** What is in scope inside edXML:MessageHeader of our packages. */
export const headerScope: Scope = new Map([
  ['', QCVN],
  ['edXML', QCVN],
])

/**
 * One well-formed element, written in any of the many ways there are to write the same thing: where canonicalizers,
 * and readers who guess what they would say, differ. Without what the gateway refuses anyway (comments, instructions,
 * CDATA, document types, Ids, xsi:, namespace names that are not plain).
 */
export function randomElement(random: Random, scope: Scope, depth = 0): string {
  const declared = new Map<string, string>()
  for (let i = random.below(3); i > 0; i--) declared.set(random.pick(PREFIXES), random.pick(NAMESPACES))
  if (random.chance(0.1)) declared.set('', '')
  const prefixes = PREFIXES.filter((prefix) => declared.has(prefix) || scope.has(prefix))
  const inner = new Map([...scope, ...declared])
  const prefix = random.pick(prefixes)
  const name = `${prefix}${prefix === '' ? '' : ':'}${random.pick(['a', 'b', 'Subject', 'tên'])}`
  const declarations = [...declared].map(([bound, uri]) => [`xmlns${bound === '' ? '' : ':'}${bound}`, uri] as const)
  const tag = [...declarations, ...randomAttributes(random, inner)]
    .sort(() => random.below(3) - 1)
    .map(
      ([attribute, value]) =>
        `${random.pick(SPACES)}${attribute}${random.pick(['=', '=', ' = '])}${quoted(random, value)}`,
    )
    .join('')
  if (random.chance(0.15)) return `<${name}${tag}${random.pick(['', ' '])}/>`
  let content = ''
  for (let i = random.below(4); i > 0; i--)
    content += depth < 3 && random.chance(0.5) ? randomElement(random, inner, depth + 1) : randomText(random)
  return `<${name}${tag}${random.pick(['', '', ' '])}>${content}</${name}${random.pick(['', '', '\n'])}>`
}

/** The same text with one thing written otherwise: as canonicalization would not, but saying the same or nearly so. */
export function writtenOtherwise(random: Random, text: string): string {
  const [what, by] = random.pick(otherWays)
  const matches = [...text.matchAll(what)]
  const match = matches[random.below(matches.length)]
  if (match === undefined) return text
  return (
    text.slice(0, match.index) +
    match[0].replace(new RegExp(what.source), by) +
    text.slice(match.index + match[0].length)
  )
}

const otherWays: readonly (readonly [RegExp, string])[] = [
  [/="([^"']*)"/g, "='$1'"],
  [/ (\w+="[^"]*") (\w+="[^"]*")/g, ' $2 $1'],
  [/<(\w[^<>]*)><\/[^<>]*>/g, '<$1/>'],
  [/<(\w[^<>]*)>/g, '<$1 >'],
  [/<\/([^<>]*)>/g, '</$1\n>'],
  [/<([\w:]+) /g, '<$1  '],
  [/<(\w[^\s<>]*)/g, '<$1 xmlns:unused="urn:u"'],
  [/<edXML:(\w+)/g, `<edXML:$1 xmlns:edXML="${QCVN}"`],
  [/ xmlns:?\w*="[^"]*"/g, ''],
  [/&gt;/g, '>'],
  [/&#xD;/g, '&#13;'],
  [/&amp;/g, '&#38;'],
  [/\n/g, '\r\n'],
  [/ộ/g, '&#x1ED9;'],
  [/"/g, '&quot;'],
  [/>([^<>&]+)</g, '>&quot;$1<'],
]

/** Text as it may be written between tags. */
export function randomText(random: Random): string {
  let text = ''
  for (let i = random.below(4); i > 0; i--) text += random.pick(TEXTS)
  return text
}

function randomAttributes(random: Random, scope: Scope): (readonly [name: string, value: string])[] {
  const attributes = new Map<string, readonly [string, string]>()
  for (let i = random.below(4); i > 0; i--) {
    const prefix = random.pick(['', '', ...[...scope.keys()].filter((bound) => scope.get(bound) !== '')])
    const local = random.pick(['x', 'y', 'z', 'Xa', 'x-1'])
    const namespace = prefix === '' ? '' : scope.get(prefix)
    attributes.set(`${namespace} ${local}`, [`${prefix}${prefix === '' ? '' : ':'}${local}`, randomValue(random)])
  }
  if (random.chance(0.1)) attributes.set('xml', ['xml:lang', 'vi'])
  return [...attributes.values()]
}

function randomValue(random: Random): string {
  let value = ''
  for (let i = random.below(4); i > 0; i--) value += random.pick(VALUES)
  return value
}

function quoted(random: Random, value: string): string {
  return random.chance(0.7) ? `"${value.replaceAll('"', '&quot;')}"` : `'${value.replaceAll("'", '&apos;')}'`
}

const PREFIXES = ['edXML', 'a', 'b', '']
const NAMESPACES = [QCVN, 'urn:a', 'urn:b', 'http://example.vn/c?d=e', 'urn:x:y']
const SPACES = [' ', ' ', '  ', '\n', '\t']
const VALUES = [
  'v',
  'Hà Nội',
  '&amp;',
  '&lt;',
  '&gt;',
  '>',
  '&#9;',
  '&#xA;',
  '&#13;',
  '\n',
  '\t',
  ' ',
  '"',
  "'",
  '&#34;',
  '&apos;',
  '\u{1F4DC}',
  '&#x1F4DC;',
  '\u0085',
  '\u2028',
]
const TEXTS = [
  'Số: 12',
  ' ',
  '\n',
  '\r\n',
  '\t',
  '&amp;',
  '&lt;',
  '&gt;',
  '>',
  '"',
  '&quot;',
  "'",
  '&#13;',
  '&#xD;',
  '&#10;',
  '&#65;',
  '&#x1ECF;',
  '\u{1F4DC}',
  '\u0085',
  '\u2028',
  'a\u0300',
  '\u00E0',
]
