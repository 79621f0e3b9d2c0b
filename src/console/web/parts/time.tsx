import { formatAgo, formatExact, formatTime } from '../base/dates.ts'

interface TimeProps {
  readonly at: string
  /** `ago`: how long since, the exact time on hover; `exact`: with seconds. */
  readonly as?: 'time' | 'ago' | 'exact'
}

export function Time({ at, as = 'time' }: TimeProps) {
  const text = as === 'ago' ? formatAgo(at) : formatTime(at, as === 'exact')
  return (
    <time dateTime={at} title={formatExact(at)}>
      {text}
    </time>
  )
}
