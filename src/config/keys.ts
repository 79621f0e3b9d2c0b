/** Keys as people write them: `http.port`, `agencies[0].code`. */

/** The keys of everything that is not an object itself: `http.port`, `agencies[0].code`, `trust.anchorsFiles`. */
export function leavesOf(value: unknown, prefix = ''): string[] {
  if (isObject(value))
    return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, prefix === '' ? name : `${prefix}.${name}`))
  if (Array.isArray(value) && value.some(isObject))
    return value.flatMap((inner, i) => leavesOf(inner, `${prefix}[${i}]`))
  return prefix === '' ? [] : [prefix]
}

export function keyOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (key, step) =>
      typeof step === 'number' ? `${key}[${step}]` : key === '' ? String(step) : `${key}.${String(step)}`,
    '',
  )
}

export function valueAt(root: unknown, key: string): unknown {
  const steps = key.replace(/\[(\d+)\]/g, '.$1').split('.')
  return steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | null | undefined)?.[step], root)
}

export function setAt(root: Record<string, unknown>, key: string, value: unknown): void {
  const steps = key.split('.')
  const last = steps.pop() ?? ''
  let at = root
  for (const step of steps) {
    const inner = at[step]
    const next: Record<string, unknown> = isObject(inner) ? inner : {}
    at[step] = next
    at = next
  }
  at[last] = value
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where the value of a key comes from: the source of the key itself, of what it stands in, or of what stands in it. */
export function sourceOf(sources: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.entries(sources).find(([from]) => isInside(key, from) || isInside(from, key))?.[1]
}

/** Whether `key` is `outer`, or stands in it. */
export function isInside(key: string, outer: string): boolean {
  return key === outer || key.startsWith(`${outer}.`) || key.startsWith(`${outer}[`)
}
