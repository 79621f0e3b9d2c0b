import { execFile } from 'node:child_process'
import { join } from 'node:path'

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

const command = join(import.meta.dirname, '../../src/lienthong.js')

/** Runs the real command in a process of its own, without any LIENTHONG_ variable of ours. */
export function lienthong(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const ours = Object.fromEntries(['PATH', 'HOME', 'NODE_COMPILE_CACHE'].map((name) => [name, process.env[name] ?? '']))
  const env = { ...ours, LANG: 'C.UTF-8', ...options.env }
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [command, ...args],
      { ...options, env, maxBuffer: 16 * 1024 * 1024 },
      (error, out, err) => {
        const code = error === null ? 0 : error.code
        if (typeof code === 'number') resolve({ code, out, err })
        else reject(new Error(`lienthong ${args.join(' ')} ended by ${error?.signal ?? error?.message}: ${err}`))
      },
    )
  })
}
