import { Command } from 'commander'
import { systemClock } from '../base/index.ts'
import { type RevocationState, revocation } from '../store/index.ts'
import { onStore, type StoreOptions, withStore } from './on-store.ts'
import type { Terminal } from './terminal.ts'

export function revocationCommand(terminal: Terminal): Command {
  return withStore(new Command('revocation'))
    .summary('what is at hand about revoked certificates')
    .description(
      'The places that CRLs and OCSP responses come from: when they were fetched, until when they hold, what went wrong.',
    )
    .option('--json', 'print one JSON array', false)
    .addHelpText('after', '\nExit codes: 0 everything holds, 1 something is missing or out of date, 2 could not run.')
    .action(async (options: StoreOptions & { json: boolean }) => {
      const states = await onStore(options, ({ read }) => revocation.states(read))
      const now = systemClock.now()
      terminal.exitCode = states.every((state) => stillHolds(state, now)) ? 0 : 1
      if (options.json) return terminal.out(JSON.stringify(states, null, 2))
      const rows = states.map((state) => {
        const { kind, url, fetchedAt, validUntil, error = '' } = state
        const mark = stillHolds(state, now) ? '' : terminal.say('THIẾU', 'MISSING')
        return [mark, kind, url, fetchedAt?.toISOString() ?? '', validUntil?.toISOString() ?? '', error]
      })
      terminal.table(['', 'kind', 'address', 'fetched', 'holds until', 'last error'], rows)
    })
}

/** An OCSP response may name no end; then its fetching again tells whether it is still there. */
function stillHolds({ fingerprint, validUntil, error }: RevocationState, now: Date): boolean {
  return fingerprint !== undefined && (validUntil === undefined ? error === undefined : validUntil >= now)
}
