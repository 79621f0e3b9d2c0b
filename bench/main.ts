import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { benchAxis } from './axis.ts'
import { benchConsole } from './console.ts'
import { benchFlow } from './flow.ts'
import { benchGrowth } from './growth.ts'
import type { Figure } from './measure.ts'
import { benchMemory } from './memory.ts'
import { benchOutbox } from './outbox.ts'
import { endServices } from './services.ts'
import { benchSign } from './sign.ts'

/** `npm run bench [-- --only NAME] [--quick] [--json FILE]`: what the speed and memory claims are measured with. */
const benches: Readonly<Record<string, (quick: boolean) => AsyncIterable<Figure>>> = {
  sign: benchSign,
  flow: benchFlow,
  axis: benchAxis,
  outbox: benchOutbox,
  growth: benchGrowth,
  memory: benchMemory,
  console: benchConsole,
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'string' }, quick: { type: 'boolean', default: false } },
})
const chosen = values.only === undefined ? Object.keys(benches) : [values.only]
const figures: Figure[] = []
for (const name of chosen) {
  const bench = benches[name]
  if (bench === undefined) {
    process.stderr.write(`there is no bench '${name}': choose ${Object.keys(benches).join(', ')}\n`)
    process.exit(2)
  }
  process.stdout.write(`\n${name} (Node ${process.versions.node}, ${availableParallelism()} cores)\n`)
  for await (const figure of bench(values.quick)) {
    figures.push(figure)
    process.stdout.write(`${line(figure)}\n`)
  }
}
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ node: process.versions.node, figures }, null, 2)}\n`)
endServices()
process.exit(0)

function line({ name, value, unit, ratio, aim }: Figure): string {
  const compared = ratio === undefined ? '' : `  = ${ratio.value} × ${ratio.of}`
  return `  ${name.padEnd(60)} ${String(value).padStart(10)} ${unit}${compared}${aim === undefined ? '' : `  (aim ${aim})`}`
}
