import type { Count } from '../../shapes.ts'
import { formatNumber } from '../base/language.ts'
import type { Tone } from './badge.tsx'
import { Link } from './link.tsx'

interface StatProps {
  readonly label: string
  readonly count: Count
  /** The list of what was counted. */
  readonly to?: string
  /** How it looks when there is something: nothing is never alarming. */
  readonly tone?: Tone
}

/** One number that leads to what it counts. */
export function Stat({ label, count, to, tone = 'plain' }: StatProps) {
  const looks = `stat ${count.value > 0 ? tone : 'plain'}`
  const content = (
    <>
      <span class="stat-value">{formatCount(count)}</span>
      <span class="stat-label">{label}</span>
    </>
  )
  if (to === undefined) return <div class={looks}>{content}</div>
  return (
    <Link to={to} class={looks}>
      {content}
    </Link>
  )
}

/** `1.234`, or `10.000+` where counting stopped. */
export function formatCount({ value, exact }: Count): string {
  return `${formatNumber(value)}${exact ? '' : '+'}`
}
