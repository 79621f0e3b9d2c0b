import { readdirSync } from 'node:fs'
import { expect } from 'chai'
import { GatewayError } from '../../../src/base/index.ts'
import { acceptedVectors, changed, flowVectors, rejectedVectors } from '../../support/edxml-vectors.ts'
import { readPackage, vectorText } from '../../support/sign-vector.ts'

/** The refusals. What is accepted is told in tolerance.test.ts and business-rules.test.ts. */
describe('a package that breaks a rule', () => {
  for (const { promise, file, base, change, code, field, line } of rejectedVectors) {
    it(promise, async () => {
      const accepted = vectorText(base)
      await readPackage(accepted)
      const text = vectorText(file)
      expect(text, 'one change, nothing else').to.equal(changed(accepted, change))
      const refusal = await readPackage(text).then(
        () => expect.fail(`${file} was read`),
        (error: unknown) => error,
      )
      expect(refusal).to.be.instanceOf(GatewayError)
      if (!(refusal instanceof GatewayError)) return
      expect(refusal.code, refusal.message).to.equal(code)
      if (field !== undefined) expect(refusal.detail['field']).to.equal(field)
      if (line !== undefined) expect(refusal.detail['line']).to.equal(line)
    })
  }
})

describe('the vectors', () => {
  it('differ from an accepted package by their one declared change', () => {
    for (const { file, base, change } of [...acceptedVectors, ...flowVectors, ...rejectedVectors]) {
      expect(vectorText(file), file).to.equal(changed(vectorText(base), change))
    }
  })

  it('are all in use', () => {
    const files = readdirSync(new URL('../../vectors', import.meta.url)).filter((name) => name.endsWith('.edxml'))
    const used = new Set(
      [...acceptedVectors, ...flowVectors, ...rejectedVectors].flatMap(({ file, base }) => [file, base]),
    )
    expect(files.filter((file) => !used.has(file) && !usedElsewhere.has(file))).to.deep.equal([])
  })
})

/** What we write, octet for octet: write.test.ts. */
const usedElsewhere = new Set(['tol-02-written.edxml'])
