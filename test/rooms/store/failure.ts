/** What a promise was rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => new Error('nothing failed'),
    (error: unknown) => error,
  )
  return outcome instanceof Error ? outcome : new Error(String(outcome))
}
