/** What this browser keeps between visits: taste, never data. Works, forgetfully, where storage is forbidden. */
export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(`lienthong.${name}`) ?? undefined
  } catch {
    return undefined
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`lienthong.${name}`, value)
  } catch {
    // a private window: the choice lasts until it is closed
  }
}
