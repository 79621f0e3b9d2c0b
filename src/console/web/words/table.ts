/** One text in both languages. A key without its English, or with other holes in it, does not compile. */
export type Pair = readonly [vi: string, en: string]

type Holes<T> = T extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type Checked<T extends Readonly<Record<string, Pair>>> = {
  readonly [K in keyof T]: Same<Holes<T[K][0]>, Holes<T[K][1]>> extends true ? T[K] : 'the holes differ'
}

export function words<const T extends Readonly<Record<string, Pair>>>(table: T & Checked<T>): T {
  return table
}
