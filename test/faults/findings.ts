/** What a run can find, and which promise each breaks. */
export const findingKinds = {
  lost: 'a document that was accepted is not at its recipient (promise 1)',
  'not-kept': 'a document was answered by 202, and its sender has not all of it in its books (promise 1)',
  refused: 'a document that should be accepted was refused (promise 1)',
  doubled: 'a document is there twice (promise 2)',
  'mixed-up': 'the recipient has other bytes than the sender handed over (promise 3)',
  'receipt-missing': 'the recipient has the document, its sender no receipt (promise 5)',
  'receipt-apart': 'a document is in the inbox, and its receipt was not stored with it (promise 5)',
  'receipt-unfounded': 'there is a receipt for what nobody has, or two of them (promise 5)',
  vanished: 'what counts as sent is neither at the broker nor at its recipient (promises 1 and 6)',
  'stale-write': 'whoever had lost a lease wrote all the same (promises 1 and 2)',
  'stale-token': 'whoever had lost a document confirmed it all the same (promise 1)',
  'state-unexplained': 'something ended in a state that nothing explains (promise 1)',
  quarantined: 'a good package was taken for a bad one (promise 1)',
  'ledgers-differ': 'sender and recipient do not hold the same packages (promise 3)',
  'status-missing': 'a status that was reported is not, or not once, at the sender (promise 1)',
  'leaked-stage': 'something unfinished was left (promise 7)',
  'leaked-content': 'bytes were left that belong to nothing (promise 7)',
  'event-gap': 'the numbers of the events have a gap, or move',
  'audit-broken': 'the audit chain does not hold',
  'left-on-broker': 'parts were left on the broker, or are dead',
  'gateway-died': 'a gateway ended by itself',
  'not-settled': 'the work did not end',
  'point-missed': 'nobody died at a fault point',
} as const satisfies Record<string, string>

export type FindingKind = keyof typeof findingKinds

export interface Finding {
  readonly kind: FindingKind
  readonly text: string
  /** Which document, by its number in the load. */
  readonly n?: number
}
