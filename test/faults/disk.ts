import { execFile, execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const MIB = 1024 * 1024

/** The disk of one store, which can be full. */
export interface Disk {
  readonly folder: string
  /** How: for the report. */
  readonly kind: string
  /** @param pid Who writes to it */
  fill(pid: number | undefined): Promise<void>
  free(pid: number | undefined): Promise<void>
  close(): void
}

/** A file system of its own in memory, so small that a ballast fills it; where nobody may mount one, a bound on files. */
export function openDisk(folder: string, mib: number): Disk {
  mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m,mode=0700`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return boundedFiles(folder)
  }
  const unmount = (): void => {
    execFileSync('umount', ['-l', folder], { stdio: 'ignore' })
  }
  process.once('exit', unmount) // whatever ends the run
  const ballast = join(folder, 'ballast')
  return {
    folder,
    kind: `tmpfs of ${mib} MiB`,
    async fill() {
      const file = openSync(ballast, 'w')
      for (const size of [MIB, 4096]) writeUntilFull(file, Buffer.alloc(size, 1))
      closeSync(file)
    },
    async free() {
      rmSync(ballast, { force: true })
    },
    close() {
      process.off('exit', unmount)
      unmount()
    },
  }
}

function writeUntilFull(file: number, block: Buffer): void {
  try {
    for (;;) if (writeSync(file, block) < block.length) return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

/** The kernel refuses every write that would make a file of this process grow beyond one page. */
function boundedFiles(folder: string): Disk {
  const bound = async (pid: number | undefined, octets: string): Promise<void> => {
    if (pid !== undefined) await promisify(execFile)('prlimit', ['--pid', String(pid), `--fsize=${octets}:unlimited`])
  }
  return {
    folder,
    kind: 'bound on the size of files (RLIMIT_FSIZE)',
    fill: (pid) => bound(pid, '4096'),
    free: (pid) => bound(pid, 'unlimited'),
    close: () => undefined,
  }
}
