import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { silentLog, systemClock } from '../../src/base/index.ts'
import { openStore } from '../../src/store/index.ts'
import { lienthong } from '../support/command-line.ts'

describe('lienthong reports', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-reports-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('has attachments judged again, leaves a trace in the audit, and wants to be told which', async () => {
    const file = join(folder, 'store.db')
    const store = await openStore({ file, clock: systemClock, log: silentLog })
    await store.close()
    const done = await lienthong(['reports', 'again', '--store', file, '--all'])
    expect([done.code, done.out]).to.deep.equal([0, '0 attachments will be judged again.\n'])
    const vague = await lienthong(['reports', 'again', '--store', file])
    expect(vague.code).to.equal(2)
    expect(vague.err).to.include('say which')
    const opened = await openStore({ file, clock: systemClock, log: silentLog })
    const rows = await opened.read.all("SELECT action FROM audit WHERE action = 'reports-again'")
    await opened.close()
    expect(rows).to.have.length(1)
  })
})
