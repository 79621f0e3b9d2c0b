import fc from 'fast-check'
import { fuzzSeed } from './fuzz.ts'

// what fails once fails again, also where a property names no seed of its own
fc.configureGlobal({ seed: fuzzSeed })

/** Root hooks: every test that ran is remembered, so that `rules.test.ts` can hold the map of rules against it. */
export type Outcome = 'passed' | 'failed'

const outcomes = new Map<string, Outcome>()

/** Full title (suites and test, joined by a space) → outcome, of all tests that ran before the one asking. */
export function ranTests(): ReadonlyMap<string, Outcome> {
  return outcomes
}

export const mochaHooks = {
  afterEach(this: Mocha.Context): void {
    const test = this.currentTest
    if (test?.state === undefined) return
    const title = test.fullTitle()
    const failedBefore = outcomes.get(title) === 'failed' // of two tests with one title, the failure is remembered
    outcomes.set(title, test.state === 'passed' && !failedBefore ? 'passed' : 'failed')
  },
}
