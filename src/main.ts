import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Log, messageOf } from './base/index.ts'
import { type Config, needingRestart } from './config.ts'
import { Gateway } from './gateway.ts'
import { stopWorkers } from './signature/index.ts'

/**
 * Config → gateway → wait for SIGTERM → stop in reverse. At SIGHUP, new signing keys are taken over.
 * @param reread The configuration as it is written at that moment.
 * @throws {GatewayError} what keeps the gateway from starting
 */
export async function serve(config: Config, log: Log, reread: () => Config = () => config): Promise<void> {
  const stopping = stopSignal()
  const gateway = await Gateway.start({ config, log, reread })
  process.on('uncaughtException', (error) => die(error, log))
  process.on('SIGHUP', () => void takeOver(gateway, config, reread, log))
  log.info({ url: gateway.url, agencies: config.agencies.map(({ code }) => code) }, 'gateway started')
  const first = await gateway.firstAdministrator()
  if (first !== undefined) process.stderr.write(welcome(gateway.url, first))
  log.info({ signal: await stopping }, 'gateway stopping')
  await gateway.stop()
  await stopWorkers()
  log.info('gateway stopped')
}

/**
 * What nobody caught is told by the log, which shows of an error what is named in it; Node itself would print all that
 * hangs on it. What was going on is done again after the next start.
 */
function die(error: unknown, log: Log): void {
  log.fatal({ err: error }, 'the gateway has to end: something failed that nobody expected')
  if (process.report.reportOnUncaughtException) writeReport(bare(error))
  process.exit(1)
}

/** Node's own report, without the environment, where PGPASSWORD and its like may stand: each worker writes it down again. */
function writeReport(error: Error): void {
  const report = process.report.getReport(error) as Record<string, unknown>
  const kept = Object.entries(report).filter(([name]) => name !== 'environmentVariables' && name !== 'workers')
  const file = join(process.report.directory, `lienthong-report.${process.pid}.json`)
  writeFileSync(file, JSON.stringify(Object.fromEntries(kept), null, 2), { mode: 0o600 })
}

/** What failed and where, without what hangs on it: a report writes down all properties of an error. */
function bare(error: unknown): Error {
  const copy = new Error(messageOf(error))
  if (error instanceof Error && error.stack !== undefined) copy.stack = error.stack
  return copy
}

/** Said once, beside the log and never in it. */
function welcome(url: string, { name, oneTimePassword }: { name: string; oneTimePassword: string }): string {
  return [
    '',
    `Trang điều hành · The console: ${url}/console/`,
    `  Người dùng · user: ${name}`,
    `  Mật khẩu dùng một lần · one-time password: ${oneTimePassword}`,
    '  Chỉ hiện lần này, phải đổi khi đăng nhập. Shown this once; it must be changed at the first login.',
    '',
    '',
  ].join('\n')
}

async function takeOver(gateway: Gateway, running: Config, reread: () => Config, log: Log): Promise<void> {
  try {
    const restart = needingRestart(running, reread())
    if (restart.length > 0) log.warn({ settings: restart }, 'settings were changed that only a restart takes over')
    await gateway.renewKeys()
    log.info('the configuration was read again')
  } catch (error) {
    log.error({ err: error }, 'the configuration was not read again: everything goes on as before')
  }
}

/** Resolves at the first SIGTERM or SIGINT. A second one kills the process, as if nobody listened. */
export function stopSignal(): Promise<NodeJS.Signals> {
  const signals = ['SIGTERM', 'SIGINT'] as const
  return new Promise((resolve) => {
    const heard = (signal: NodeJS.Signals): void => {
      for (const each of signals) process.off(each, heard)
      resolve(signal)
    }
    for (const each of signals) process.on(each, heard)
  })
}
