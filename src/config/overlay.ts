import { isInside, isObject, setAt } from './keys.ts'
import { type Kind, settings, variableFor } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The settings of the file with those of the environment laid over them. */
export function overlaid(
  written: unknown,
  environment: Environment,
  sources: Record<string, string>,
  problems: string[],
): unknown {
  if (!isObject(written)) return written
  const merged = structuredClone(written)
  const keys = Object.keys(settings).filter((key) => !key.includes('[]'))
  const variables = new Map(keys.map((key) => [variableFor(key), key]))
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith('LIENTHONG_') || text === undefined) continue
    if (variable === 'LIENTHONG_CONFIG' || variable.startsWith('LIENTHONG_TEST_')) continue // no settings
    const key = variables.get(variable)
    if (key === undefined) {
      problems.push(`${variable} names no setting: lienthong serve --help lists the variables`)
      continue
    }
    for (const from of Object.keys(sources)) if (isInside(from, key)) delete sources[from]
    sources[key] = `environment ${variable}`
    setAt(merged, key, valueFrom(text, settings[key]?.kind ?? 'text'))
  }
  return merged
}

/** A variable's text as the value it stands for; text that does not fit stays text, and is then explained as such. */
function valueFrom(text: string, kind: Kind): unknown {
  if (kind === 'number') return /^-?\d+$/.test(text.trim()) ? Number(text) : text
  if (kind === 'flag') return text === 'true' ? true : text === 'false' ? false : text
  if (kind === 'files' && !text.trim().startsWith('[')) return text.split(',').map((path) => path.trim())
  if (kind !== 'json' && kind !== 'files') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
