import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const script = join(import.meta.dirname, '../scripts/services')
let ours: string | undefined

/** A RabbitMQ and a PostgreSQL: those that the environment names, or some of our own for this run. */
export function requireServices(): void {
  const { LIENTHONG_TEST_AMQP_URL: amqp, LIENTHONG_TEST_POSTGRES_URL: postgres } = process.env
  if (amqp !== undefined && postgres !== undefined) return
  ours = mkdtempSync(join(tmpdir(), 'lienthong-bench-services-'))
  process.env['LIENTHONG_TEST_SERVICES_DIR'] = ours
  execFileSync(script, ['start'], { stdio: ['ignore', 'ignore', 'inherit'] })
  for (const [, name, value] of execFileSync(script, ['env'])
    .toString()
    .matchAll(/^export (\w+)='(.*)'$/gm))
    if (name !== undefined) process.env[name] = value
}

/** Ends what was started for this run. */
export function endServices(): void {
  if (ours === undefined) return
  execFileSync(script, ['stop'], { stdio: ['ignore', 'ignore', 'inherit'] })
  rmSync(ours, { recursive: true, force: true })
  ours = undefined
}
