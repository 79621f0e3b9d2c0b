import type { AgencyCode } from '../message/index.ts'
import { folded } from '../store/index.ts'
import type { Agency } from './agency.ts'

const MOST = 3

/**
 * The agencies that somebody who wrote `value` may have meant: one with that name or wire code, or with a code that is
 * one slip away. The slip is judged in one pass, because the directory of the whole axis has over 100,000 agencies.
 * @param identified The agency of which `value` is another form.
 */
export function nearMatches(value: string, agencies: Iterable<Agency>, identified: AgencyCode | undefined): Agency[] {
  const written = folded(value.trim())
  const near: Agency[] = []
  for (const agency of agencies) {
    if (agency.code === identified) return [agency]
    if (near.length < MOST && isNear(written, agency)) near.push(agency)
  }
  return near
}

function isNear(written: string, { code, wireCode, name }: Agency): boolean {
  return (
    isOneSlip(written, code.toLowerCase()) || isOneSlip(written, wireCode.toLowerCase()) || written === folded(name)
  )
}

/** Equal, or equal once one character is replaced, added, left out, or two neighbours are exchanged. */
function isOneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let i = 0
  while (i < a.length && i < b.length && a[i] === b[i]) i++
  const restA = a.slice(i)
  const restB = b.slice(i)
  return (
    restA.slice(1) === restB.slice(1) ||
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    (restA.slice(2) === restB.slice(2) && restA[0] === restB[1] && restA[1] === restB[0])
  )
}
