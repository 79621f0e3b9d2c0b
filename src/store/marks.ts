/** The placeholders of a list in `IN (…)`. PostgreSQL knows no empty list; nothing is equal to NULL. */
export function marks(values: readonly unknown[]): string {
  return values.length === 0 ? 'NULL' : values.map(() => '?').join(', ')
}
