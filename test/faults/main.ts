/**
 * `npm run test:faults [-- options]`: documents travel between two agencies while everything breaks that can break, and
 * then every promise is held against both ledgers. See `--help`.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { faultPoints } from '../../src/base/index.ts'
import { type Dose, fullDose, shortDose } from './adversary.ts'
import { faultKinds } from './faults.ts'
import { findingKinds } from './findings.ts'
import { tryMutants } from './mutants.ts'
import { runFaults } from './run.ts'

const HELP = `npm run test:faults [-- options]

  --store sqlite|postgresql   where both agencies keep their documents; by default one run with each
  --documents N               how many (default 10000, of which PostgreSQL carries a fifth)
  --seed N                    the same seed makes the same choices (default: a new one, which is printed)
  --minutes N                 bound of one run (default 30); faults that do not fit are left out, and it says so
  --only KIND[=N],…           only these faults, N of each (default 3): ${faultKinds.join(', ')};
                              kill-at-point@POINT kills there and nowhere else
  --short                     one fault of each kind and 150 documents
  --mutants [NAME,NAME]       plants each bug of test/faults/mutants in a copy of the tree, and shows that it is found
  --json FILE                 writes the findings there

Needs RabbitMQ and PostgreSQL of scripts/services, because it kills them; one run at a time on them. Exit code: 0 nothing was found (with --mutants:
each bug was found), 1 otherwise, 2 wrong options.
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    store: { type: 'string' },
    documents: { type: 'string' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130)) // and all ends with us

if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}
if (values.mutants)
  process.exit(
    (await tryMutants(
      positionals.flatMap((names) => names.split(',')),
      tell,
    ))
      ? 0
      : 1,
  )

const stores = values.store === undefined ? (['sqlite', 'postgresql'] as const) : [storeOf(values.store)]
const seed = numberOf('seed', values.seed) ?? Math.floor(performance.timeOrigin) % 1_000_000_000
const findings = []
for (const store of stores) {
  const share = values.store === undefined && store === 'postgresql' ? 5 : 1
  const documents = Math.ceil((numberOf('documents', values.documents) ?? (values.short ? 150 : 10_000)) / share)
  const timeMs = (numberOf('minutes', values.minutes) ?? 30) * 60_000
  const processes = store === 'postgresql' ? 2 : 1
  const { text, findings: found } = await runFaults({ seed, documents, store, processes, dose: doseOf(), timeMs, tell })
  tell(text)
  findings.push(...found)
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ seed, findings }, null, 2)}\n`)
tell(
  findings.length === 0
    ? `\nNothing was lost, doubled or mixed up. Again: --seed ${seed}`
    : `\n${findings.length} findings of ${new Set(findings.map(({ kind }) => kind)).size} of ${Object.keys(findingKinds).length} kinds. Again: --seed ${seed}`,
)
process.exit(findings.length === 0 ? 0 : 1)

function doseOf(): Dose {
  if (values.only === undefined) return values.short ? shortDose : fullDose
  return Object.fromEntries(
    values.only.split(',').map((wish) => {
      const [kind = '', times] = wish.split('=')
      const point = /^kill-at-point@(.+)$/.exec(kind)?.[1]
      const known: readonly string[] = point === undefined ? faultKinds : faultPoints
      if (!known.includes(point ?? kind)) wrong(`there is no fault '${kind}'`)
      return [kind, numberOf('only', times) ?? (kind === 'kill-at-point' ? Number.POSITIVE_INFINITY : 3)]
    }),
  )
}

function storeOf(text: string): 'sqlite' | 'postgresql' {
  return text === 'sqlite' || text === 'postgresql' ? text : wrong(`there is no store '${text}'`)
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,9}$/.test(text)) return text === undefined ? undefined : Number(text)
  return wrong(`--${name} is a number, not '${text}'`)
}

function wrong(text: string): never {
  process.stderr.write(`${text}\n\n${HELP}`)
  process.exit(2)
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}
