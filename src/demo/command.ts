import { Command, InvalidArgumentError } from 'commander'
import type { Terminal } from '../cli/index.ts'
import type { DemoOptions } from './run.ts'

export function demoCommand(terminal: Terminal): Command {
  return new Command('demo')
    .summary('two gateways exchange a document before your eyes')
    .description(
      'Starts two gateways in this process, Bộ Công Thương (G02) and Văn phòng Chính phủ (G22), with toy keys. G02 sends a letter; G22 receives it, signs a receipt, fetches it and reports. Needs no network and no other program.',
    )
    .option('--once', 'end when the story is told', false)
    .option('--port-base <n>', 'the first port to try', port, 8080)
    .option('--out <folder>', 'where to keep what was exchanged; an earlier demo there is replaced', 'demo-out')
    .addHelpText('after', '\nExit codes: 0 every step succeeded in its time, 1 one did not, 2 it could not start.')
    .action(async (options: DemoOptions) => {
      const { demo } = await import('./run.ts') // a whole gateway: only who wants it waits for it
      await demo(terminal, options)
    })
}

function port(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < 1 || number > 65_000) throw new InvalidArgumentError('Write a port such as 8080.')
  return number
}
