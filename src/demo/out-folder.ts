import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { GatewayError } from '../base/index.ts'

/** Marks a folder as made by the demo, and holds the id of the process that uses it. */
const MARK = '.lienthong-demo'

/** The folder that keeps what was exchanged. */
export class OutFolder {
  readonly path: string

  /**
   * Takes the folder: an empty or new one, or one of an earlier demo, whose contents are thrown away.
   * @throws {GatewayError} request-invalid: it holds something else, or another demo is running there
   */
  constructor(path: string) {
    this.path = resolve(path)
    const mark = join(this.path, MARK)
    if (existsSync(this.path) && readdirSync(this.path).length > 0) {
      if (!existsSync(mark))
        throw new GatewayError(
          'request-invalid',
          `${this.path} is not empty and was not made by a demo: choose another with --out`,
        )
      const holder = Number(readFileSync(mark, 'utf8'))
      if (isRunning(holder))
        throw new GatewayError(
          'request-invalid',
          `a demo is running in ${this.path} (process ${holder}): stop it, or choose another with --out`,
        )
      for (const name of readdirSync(this.path)) rmSync(join(this.path, name), { recursive: true })
    }
    mkdirSync(this.path, { recursive: true })
    writeFileSync(mark, String(process.pid))
  }

  pathOf(name: string): string {
    return join(this.path, name)
  }

  /** @param mode 0o600 for what only its owner may read. */
  write(name: string, content: string | Uint8Array, mode = 0o644): string {
    const path = this.pathOf(name)
    writeFileSync(path, content, { mode })
    return path
  }

  /** Lets the next demo in. What was exchanged stays. */
  release(): void {
    writeFileSync(this.pathOf(MARK), '0')
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM'
  }
}
