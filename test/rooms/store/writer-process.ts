/** Run by a test as a process of its own, to be killed. */
import { silentLog, systemClock, timeOrderedIds } from '../../../src/base/index.ts'
import { openStore } from '../../../src/store/index.ts'

const migrations = [
  { version: 1, name: '0001-notes.sql', sql: 'CREATE TABLE note (id TEXT PRIMARY KEY, bytes {{blob}})' },
]
const [, , place = ''] = process.argv
const ids = timeOrderedIds(systemClock)
const where = place.startsWith('postgres') ? { url: place } : { file: place }
const store = await openStore({ ...where, clock: systemClock, log: silentLog, migrations })

async function write(): Promise<never> {
  for (;;) {
    const id = ids.next()
    await store.transact(async (tx) => {
      await tx.run('INSERT INTO note (id, bytes) VALUES (?, ?)', [`${id}-a`, new Uint8Array(2000)])
      await tx.run('INSERT INTO note (id, bytes) VALUES (?, ?)', [`${id}-b`, new Uint8Array(2000)])
    })
    process.stdout.write(`${id}-a\n`)
  }
}

await Promise.all(Array.from({ length: 10 }, write))
