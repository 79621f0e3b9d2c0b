import type { z } from 'zod'
import { keyOf, sourceOf, valueAt } from './keys.ts'
import { settings, variableFor } from './settings.ts'

/** What is wrong, with which value, from where, and what to write. */
export function explained(
  issue: z.core.$ZodIssue,
  input: unknown,
  sources: Readonly<Record<string, string>>,
): string[] {
  const key = keyOf(issue.path)
  const pattern = key.replace(/\[\d+\]/g, '[]')
  if (issue.code === 'unrecognized_keys') {
    const prefix = pattern === '' ? '' : `${pattern}.`
    const known = Object.keys(settings)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length).split(/[.[]/)[0])
    return issue.keys.map(
      (name) =>
        `${key === '' ? '' : `${key}.`}${name} is not a setting: known here are ${[...new Set(known)].join(', ')}`,
    )
  }
  if (pattern === '') return ['the configuration is not an object: write { "store": …, "agencies": …, "trust": … }']
  const value = valueAt(input, key)
  const hints = Object.keys(settings).filter(
    (name) => name === pattern || (name.startsWith(`${pattern}.`) && !name.slice(pattern.length).includes('[')),
  )
  const write =
    settings[pattern]?.write ?? `an object with ${hints.map((name) => name.slice(pattern.length + 1)).join(', ')}`
  if (value === undefined) {
    const variable = key.includes('[')
      ? ''
      : `, or set ${variableFor(hints.find((name) => settings[name]?.kind !== 'json') ?? key)}`
    return [`${key} is missing: write ${write}${variable}`]
  }
  const source = sourceOf(sources, key)
  return [`${key} is ${shown(value)}${source === undefined ? '' : ` (${source})`}: write ${write}`]
}

/** A value for an error message: short, and never a key that was pasted in place of a path. */
function shown(value: unknown): string {
  const text = (JSON.stringify(value) ?? String(value)).replace(/:\/\/[^/@\s]*@/g, '://(not shown)@')
  if (text.includes('-----BEGIN')) return 'PEM text (not shown)'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
