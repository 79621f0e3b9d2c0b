import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import { type FaultPoint, limits, silentLog, systemClock } from '../../src/base/index.ts'
import { type Order, repairOn } from '../../src/gateway.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { openWorld, type World } from '../support/gateways.ts'
import { numbered, textFile } from '../support/letters.ts'
import { type PostgresPlace, postgresPlace } from '../support/postgres.ts'

const COUNT = limits.commandBatch + 20
const order: Order = { command: 'hold', deliveries: { filter: { state: 'accepted' } } }

for (const database of ['SQLite', 'PostgreSQL'] as const)
  describe(`a command whose process is killed, on ${database}`, () => {
    let world: World
    let place: PostgresPlace | undefined
    let where: string
    let store: Store
    before(async () => {
      place = database === 'PostgreSQL' ? await postgresPlace() : undefined
      const url = place?.url
      world = openWorld(url === undefined ? {} : { database: () => url })
      where = url ?? join(world.folder, 'g02.sqlite')
      const house = await world.start('G02') // G22 has no queue: what is handed over stays accepted
      const letters = Array.from({ length: COUNT }, (_, n) =>
        house.as('G02').submit(numbered(n + 1), [textFile(`số ${n}`)]),
      )
      for (const { status } of await Promise.all(letters)) expect(status).to.equal(202)
      await house.stop()
      store = await openStore({
        ...(url === undefined ? { file: where } : { url }),
        clock: systemClock,
        log: silentLog,
      })
    })
    beforeEach(async () => {
      await store.transact(async (tx) => {
        await tx.run(`UPDATE delivery SET state = 'accepted'`)
        for (const table of ['command', 'audit', 'event']) await tx.run(`DELETE FROM ${table}`)
      })
    })
    after(async () => {
      await store.close()
      await world.close()
      await place?.drop()
    })

    it('before its first commit has done nothing, and is given again', async () => {
      await diesAt('repair.before-commit', 1)
      expect(await effects()).to.deep.equal({ held: 0, audited: 0, told: 0 })
      await givenAgain()
    })

    it('after its first commit has done a part, and is finished', async () => {
      await diesAt('repair.committed', 1)
      expect(await effects()).to.include({ held: limits.commandBatch })
      await givenAgain()
    })

    it('within its second batch has done the first, and is finished', async () => {
      await diesAt('repair.before-commit', 2)
      expect(await effects()).to.include({ held: limits.commandBatch })
      await givenAgain()
    })

    it('after its last commit has done all, and gives the same answer again', async () => {
      await diesAt('repair.committed', 2)
      expect(await effects()).to.include({ held: COUNT })
      await givenAgain()
    })

    /** As a gateway, or the operator, would. Every delivery is held once, and told once. */
    async function givenAgain(): Promise<void> {
      const repair = await repairOn(store)
      const instruction = { actor: 'operator:an', reason: 'thử', commandId: 'the-command' }
      await repair.give(order, instruction)
      while (await repair.runOnce());
      const done = await repair.give(order, instruction)
      expect(done).to.include({ state: 'done', total: COUNT, seen: COUNT, changes: COUNT })
      expect(await effects()).to.deep.equal({ held: COUNT, audited: COUNT, told: COUNT })
    }

    async function effects(): Promise<{ held: number; audited: number; told: number }> {
      const count = async (text: string): Promise<number> => (await store.read.get<{ n: number }>(text))?.n ?? 0
      return {
        held: await count(`SELECT COUNT(*) AS n FROM delivery WHERE state = 'held'`),
        audited: await count(`SELECT COUNT(*) AS n FROM audit WHERE action = 'delivery-held'`),
        told: await count(`SELECT COUNT(*) AS n FROM event WHERE type = 'document-held'`),
      }
    }

    function diesAt(point: FaultPoint, nth: number): Promise<void> {
      const script = join(import.meta.dirname, '../support/repair-process.ts')
      const args = [script, where, point, String(nth), 'the-command', JSON.stringify(order)]
      const child = spawn(process.execPath, args, { stdio: 'inherit' })
      return new Promise((resolve, reject) => {
        child.once('exit', (code, signal) =>
          signal === 'SIGKILL' ? resolve() : reject(new Error(`it ended with ${code ?? signal}`)),
        )
      })
    }
  })
