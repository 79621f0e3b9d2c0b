import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { lienthong } from '../support/command-line.ts'

describe('lienthong user', () => {
  const folder = mkdtempSync(join(tmpdir(), 'user-'))
  const store = ['--store', join(folder, 'store.sqlite')]
  after(() => rmSync(folder, { recursive: true }))

  it('adds people with roles, tells each one-time password once, and leaves somebody who can manage users', async () => {
    const added = await lienthong(['user', 'add', 'chi', '--role', 'administrator', ...store])
    expect(added.code, added.err).to.equal(0)
    expect(added.out.trim()).to.match(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/)
    expect(
      (await lienthong(['user', 'add', 'an', '--role', 'operator@G02', '--display-name', 'Nguyễn Văn An', ...store]))
        .code,
    ).to.equal(0)
    const again = await lienthong(['user', 'add', 'an', '--role', 'viewer', ...store])
    expect([again.code, again.err]).to.satisfy(
      ([code, err]: [number, string]) => code === 1 && err.includes('[user-exists]'),
    )
    expect((await lienthong(['user', 'add', 'ba', '--role', 'king', ...store])).code).to.equal(2)
    const listed = await lienthong(['user', 'list', ...store])
    expect(listed.out).to.match(/an +Nguyễn Văn An +operator@G02 +one-time password/)
    expect(listed.out).not.to.contain(added.out.trim())
    expect((await lienthong(['user', 'disable', 'chi', ...store])).err).to.contain('[last-administrator]')
    expect((await lienthong(['user', 'disable', 'an', ...store])).code).to.equal(0)
    expect((await lienthong(['user', 'list', ...store])).out).to.match(/operator@G02 +disabled/)
  })
})
