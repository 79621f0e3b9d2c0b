/**
 * Mocha's own output, and beside it `.test-report.json` in the root of the repository:
 * `{ passed, failed, pending, failures: [full titles], durationMs }`. A pending test is never counted as passed;
 * a failed hook is a failure.
 */
import { writeFileSync } from 'node:fs'
import mocha from 'mocha'

const REPORT = new URL('../../.test-report.json', import.meta.url)

class ReportingSpec extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options)
    const failures: string[] = []
    let passed = 0
    let pending = 0
    const startedAt = performance.now()
    runner.on('pass', () => passed++)
    runner.on('pending', () => pending++)
    runner.on('fail', (test: mocha.Runnable) => failures.push(test.fullTitle()))
    runner.once('end', () => {
      const durationMs = Math.round(performance.now() - startedAt)
      const report = { passed, failed: failures.length, pending, failures, durationMs }
      writeFileSync(REPORT, `${JSON.stringify(report, null, 2)}\n`)
    })
  }
}

// Mocha loads a reporter with require(), and takes what the module is.
export { ReportingSpec as 'module.exports' }
