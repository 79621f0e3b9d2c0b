import { expect } from 'chai'
import { grantedRights, type Role, roles } from '../../../src/access/index.ts'
import { ConsoleClient } from '../../support/console-client.ts'
import { openWorld, type TestGateway } from '../../support/gateways.ts'
import { numbered, textFile } from '../../support/letters.ts'
import { consoleContract } from '../../support/openapi.ts'

// threat: careless-operator
describe('what a role allows', () => {
  const world = openWorld()
  const people = new Map<Role, ConsoleClient>()
  let g02: TestGateway
  before(async () => {
    g02 = await world.start('G02')
    const admin = await ConsoleClient.administrator(() => g02.gateway)
    for (const role of roles) people.set(role, await admin.colleague(`nguoi.${role}`, { role, agency: '*' }))
  })
  after(() => world.close())

  /** An address of nothing in particular: who has the right is told so, who has not is told that. */
  const addressed = (path: string): string =>
    path
      .replace('/console/api', '')
      .replace('{n}', '1')
      .replace('{code}', 'G02')
      .replace(/\{\w+\}/g, '0'.repeat(26))

  for (const { id, method, path, right, open } of consoleContract.operations) {
    if (open || right === undefined || right === 'session') continue
    it(`${id} (${method} ${path}) needs the right ${right}, and answers whoever has it`, async () => {
      for (const role of roles) {
        const has = (grantedRights([{ role, agency: '*' }]).all as readonly string[]).includes(right)
        const client = people.get(role)
        const code = await codeOf(client, method, addressed(path))
        if (has) expect(['role-missing', 'session-required'], `${role}: ${code}`).not.to.include(code)
        else expect(code, role).to.equal('role-missing')
      }
      const nobody = new ConsoleClient(() => g02.gateway)
      expect(await codeOf(nobody, method, addressed(path))).to.equal('session-required')
    })
  }

  async function codeOf(client: ConsoleClient | undefined, method: string, path: string): Promise<string | undefined> {
    const end = new AbortController()
    if (client === undefined) return undefined
    const response = await client.fetch(method, path, method === 'GET' ? undefined : {}, {}, end.signal)
    const isProblem = response.headers.get('content-type')?.includes('problem+json') === true
    const { code } = isProblem ? ((await response.json()) as { code?: string }) : {}
    end.abort()
    return code
  }
})

// threat: careless-operator
describe('a role for one of two agencies', () => {
  const world = openWorld()
  let ministry: TestGateway
  let admin: ConsoleClient
  let mixed: ConsoleClient
  before(async () => {
    ministry = await world.start('G02', 'G12')
    world.axis.provision('H26' as never) // is there, and silent
    admin = await ConsoleClient.administrator(() => ministry.gateway)
    const [seesAll, commandsOne] = [
      { role: 'viewer', agency: '*' },
      { role: 'operator', agency: 'G12' },
    ]
    mixed = await admin.colleague('nguoi.lan', seesAll, commandsOne)
    const { id } = (await ministry.as('G02').submit(numbered(1, { to: ['H26'] }), [textFile('x')])).body
    await ministry.gateway.store.transact((tx) =>
      tx.run(
        `UPDATE delivery SET state = 'held', next_attempt_at = NULL, last_error = 'broker-unroutable' WHERE envelope = ?`,
        [id],
      ),
    )
  })
  after(() => world.close())

  it('is offered no command about a partner, who is the partner of both', async () => {
    expect((await mixed.get('/agencies/H26')).body['commands']).to.deep.equal([])
    expect((await admin.get('/agencies/H26')).body['commands']).to.deep.equal(['pause'])
  })

  it('is refused by name a command about what is the other’s, which is not gone', async () => {
    const groups = async (query: string) => (await mixed.get(`/incidents${query}`)).body['items'] as Group[]
    const [own] = await groups('?agency=G02')
    expect(own).to.deep.include({ commands: [] })
    const [group] = await groups('')
    const targets = { group: group?.group }
    const { status, body } = await mixed.post('/commands/preview', { command: 'release', targets })
    expect([status, body['code']]).to.deep.equal([403, 'role-missing'])
  })
})

interface Group {
  readonly group: string
  readonly commands: string[]
}
