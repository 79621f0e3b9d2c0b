import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import packageJson from '../../../package.json' with { type: 'json' }
import { rights } from '../../../src/access/index.ts'
import { consoleOpenApiDocument } from '../../../src/console/index.ts'
import { consoleContract } from '../../support/openapi.ts'

describe('the OpenAPI document of the console', () => {
  it('is committed as it is generated: after a change, run npm run openapi', () => {
    const file = new URL('../../../schemas/console-openapi.json', import.meta.url)
    const committed: unknown = JSON.parse(readFileSync(file, 'utf8'))
    expect(committed).to.deep.equal(JSON.parse(JSON.stringify(consoleOpenApiDocument(packageJson.version))))
  })

  it('names the right that each operation needs, and the refusals of those who have none', () => {
    for (const { id, open, right, responses } of consoleContract.operations) {
      if (open) continue
      expect([...rights, 'session'], id).to.include(right)
      expect(Object.keys(responses), id).to.include.members(['401', '403'])
    }
  })
})
