import { expect } from 'chai'
import { grantedRights, type Role, roles } from '../../../src/access/index.ts'
import { ConsoleClient } from '../../support/console-client.ts'
import { openWorld, type TestGateway } from '../../support/gateways.ts'
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
