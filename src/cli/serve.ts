import { Command } from 'commander'
import { createLog } from '../base/index.ts'
import { settings, variableFor } from '../config/index.ts'
import { describeConfig, loadConfig } from '../config.ts'
import type { Terminal } from './terminal.ts'

export function serveCommand(terminal: Terminal): Command {
  return new Command('serve')
    .summary('run the gateway')
    .description(
      'Runs the gateway until SIGTERM or SIGINT, then finishes what it holds and stops. At SIGHUP, new signing keys are taken over.',
    )
    .option('--config <file>', 'the configuration, JSON (default: the file that LIENTHONG_CONFIG names)')
    .option('--check', 'read and check the configuration, say what is in effect, and stop', false)
    .addHelpText('after', () => `\n${settingsText()}`)
    .action(async ({ config: file, check }: { config?: string; check: boolean }) => {
      const read = () => loadConfig(file === undefined ? {} : { file })
      const config = read()
      if (check) {
        terminal.table(
          ['setting', 'value', 'from'],
          describeConfig(config).map(({ key, value, source }) => [key, value, source]),
        )
        return
      }
      const { serve } = await import('../main.ts') // a whole gateway: the other commands do without
      await serve(config, createLog(config.log.level), read).catch((error: unknown) => terminal.fail(error, 2))
    })
}

function settingsText(): string {
  const single = Object.entries(settings).filter(([key]) => !key.includes('[]'))
  const lines = single.map(([key, { about }]) => `  ${variableFor(key).padEnd(48)} ${about}`)
  return `Settings come from the file; each environment variable overrides one key of it:\n${lines.join('\n')}\n\nExit codes: 0 stopped in order, 2 could not start, or not stop in order.`
}
