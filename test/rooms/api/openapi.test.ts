import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import packageJson from '../../../package.json' with { type: 'json' }
import { openApiDocument } from '../../../src/api/index.ts'
import { letter } from '../../support/letters.ts'
import { describedOperations, errorsOf } from '../../support/openapi.ts'

type Json = Record<string, unknown>

describe('the OpenAPI document', () => {
  const document = openApiDocument(packageJson.version) as Json

  it('is committed as it is generated: after a change, run npm run openapi', () => {
    const committed: unknown = JSON.parse(
      readFileSync(new URL('../../../schemas/openapi.json', import.meta.url), 'utf8'),
    )
    expect(committed).to.deep.equal(JSON.parse(JSON.stringify(document)))
  })

  it('refers to nothing that it does not hold', () => {
    for (const ref of strings(document, '$ref')) {
      const target = ref
        .replace('#/', '')
        .split('/')
        .reduce<unknown>((node, step) => (node as Json | undefined)?.[step], document)
      expect(target, ref).to.be.an('object')
    }
  })

  it('declares every parameter that stands in a path, and gives each operation a name of its own', () => {
    for (const { path, parameters } of describedOperations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).to.have.members(inPath)
    }
    const ids = describedOperations.map(({ id }) => id)
    expect(new Set(ids).size).to.equal(ids.length)
  })

  it('shows only examples that the server would take', () => {
    const wrong: string[] = []
    walk(document, [], (node, steps) => {
      const examples = [...('example' in node ? [node['example']] : []), ...((node['examples'] ?? []) as unknown[])]
      const isSchema = typeof node['type'] === 'string'
      if (isSchema)
        for (const example of examples) wrong.push(...errorsOf(steps, example).map((e) => `${steps.join('/')}: ${e}`))
    })
    expect(wrong).to.deep.equal([])
  })

  it('describes the letters that the server accepts', () => {
    expect(errorsOf(['components', 'schemas', 'NewDocument'], letter())).to.deep.equal([])
    expect(errorsOf(['components', 'schemas', 'NewDocument'], letter({ subjekt: 'x' }))).not.to.deep.equal([])
  })

  it('names the refusals of every operation that needs a key', () => {
    for (const { open, responses, id } of describedOperations)
      if (!open) expect(Object.keys(responses), id).to.include.members(['401', '403', '500', '503'])
  })
})

function walk(node: unknown, steps: string[], visit: (node: Json, steps: string[]) => void): void {
  if (typeof node !== 'object' || node === null) return
  visit(node as Json, steps)
  for (const [name, value] of Object.entries(node)) walk(value, [...steps, name], visit)
}

function strings(document: unknown, member: string): string[] {
  const found: string[] = []
  walk(document, [], (node) => {
    if (typeof node[member] === 'string') found.push(node[member])
  })
  return found
}
