import { type Finding, findingKinds } from './findings.ts'
import type { World } from './world.ts'

/** Documents whose history is told in full. */
const HISTORIES = 10

/** What was found, with the history of each document that it is about, from the books of both sides. */
export async function report(world: World): Promise<string> {
  const { findings, ministry, office, plan } = world
  const lines = [
    `${ministry.accepted.size} of ${plan.documents} documents accepted, ${office.confirmed.size} confirmed by their recipient, ` +
      `${office.reported.size} statuses; died at ${world.hit.size} fault points; ${world.damaged} parts damaged on the way`,
  ]
  for (const [kind, some] of Map.groupBy(findings, (finding) => finding.kind)) {
    lines.push('', `${kind}: ${findingKinds[kind]}`)
    for (const { text } of some.slice(0, 20)) lines.push(`  ${text}`)
    if (some.length > 20) lines.push(`  … and ${some.length - 20} more`)
  }
  for (const n of new Set(findings.flatMap((finding: Finding) => finding.n ?? []).slice(0, HISTORIES)))
    lines.push('', ...(await historyOf(world, n)))
  return lines.join('\n')
}

async function historyOf(world: World, n: number): Promise<string[]> {
  const known = [...world.ministry.accepted.values()].find((one) => one.n === n)
  if (known === undefined) return [`document ${n}: never accepted`]
  const lines = [`document ${n}, ${known.documentId}, ${known.id}, uploaded ${known.sha256}`]
  for (const { id, sha256 } of world.office.log().filter(({ documentId }) => documentId === known.documentId))
    lines.push(`  the recipient took ${id}, downloaded ${sha256}`)
  for (const { code, books } of Object.values(world.sides)) {
    const deliveries = await books.ask<Record<string, unknown>>(
      `SELECT d.kind, d.state, d.attempt, d.fence, d.last_error FROM delivery d JOIN envelope e ON e.id = d.envelope
       WHERE e.document_id = '${known.documentId}' ORDER BY d.id`,
    )
    for (const row of deliveries ?? []) lines.push(`  ${code}: delivery ${JSON.stringify(row)}`)
    const events = await books.ask<{ at: number; type: string; data: string }>(
      `SELECT ev.at, ev.type, ev.data FROM event ev JOIN envelope e ON e.id = ev.envelope
       WHERE e.document_id = '${known.documentId}' ORDER BY ev.at, ev.id`,
    )
    for (const { at, type, data } of events ?? [])
      lines.push(`  ${code} ${new Date(Number(at)).toISOString()} ${type} ${data}`)
  }
  return lines
}
