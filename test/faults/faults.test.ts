import { expect } from 'chai'
import { faultPoints } from '../../src/base/index.ts'
import { filesBelow } from '../support/sources.ts'
import { testDose } from './adversary.ts'
import { misfit, mutants } from './mutants.ts'
import { runFaults } from './run.ts'

const seed = Number(process.env['FAULTS_SEED'] ?? 20_261_121)
const DOCUMENTS = { sqlite: 120, postgresql: 80 } as const

describe(`everything that breaks (FAULTS_SEED=${seed}; the long form: npm run test:faults)`, function () {
  this.timeout(400_000)

  for (const store of ['sqlite', 'postgresql'] as const)
    it(`loses, doubles and mixes up nothing: ${DOCUMENTS[store]} documents over RabbitMQ, on ${store}`, async () => {
      const lines: string[] = []
      const { findings, text } = await runFaults({
        seed,
        documents: DOCUMENTS[store],
        store,
        processes: store === 'postgresql' ? 2 : 1,
        dose: testDose[store],
        timeMs: 300_000,
        tell: (line) => lines.push(line),
      })
      expect(findings, [...lines, text].join('\n')).to.deep.equal([])
    })

  for (const mutant of mutants())
    it(`can fail: the planted bug '${mutant.name}' fits the source, and says what it breaks`, () => {
      expect(
        misfit(mutant),
        `adapt ${mutant.name}.patch, and try npm run test:faults -- --mutants ${mutant.name}`,
      ).to.equal(undefined)
      expect(mutant.breaks).to.match(/^promise [1-7]/)
      expect(mutant.foundAs).not.to.deep.equal([])
      expect(mutant.options.join(' ')).to.match(/--seed \d+/)
    })

  it('has a name for every point at which the source lets a test kill it, and no other', () => {
    const passed = filesBelow('src', '.ts').flatMap(({ text }) =>
      [...text.matchAll(/reached\('([^']+)'\)/g)].map(([, point]) => point),
    )
    expect([...new Set(passed)].sort()).to.deep.equal([...faultPoints].sort())
  })
})
