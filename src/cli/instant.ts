import { InvalidArgumentError } from 'commander'

/** An instant needs a zone, or a bare date; a time without zone would mean another instant on another machine. */
export function instant(text: string): Date {
  const at = new Date(text)
  if (
    Number.isNaN(at.getTime()) ||
    !/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  ) {
    throw new InvalidArgumentError('Write an instant such as 2026-11-21T09:00:00+07:00.')
  }
  return at
}
