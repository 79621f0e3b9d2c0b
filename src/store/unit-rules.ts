import { AssertionError } from 'node:assert/strict'

/** A transaction begun inside another is a bug on every database, whether or not it would wait for itself there. */
export function nested(): AssertionError {
  return new AssertionError({
    message:
      'A transaction was begun inside a transaction of the same store, which would wait for itself: pass tx down.',
  })
}

export function afterTheEnd(): AssertionError {
  return new AssertionError({ message: 'A statement was sent after the end of its transaction.' })
}
