import { expect } from 'chai'
import fc from 'fast-check'
import { codeOf } from '../../../src/base/index.ts'
import { readPackage, vectorText } from '../../support/sign-vector.ts'

/** A partner's program gone wrong: an element left out, doubled, emptied, renamed, or filled with something else. */
const mangle = fc.record({
  file: fc.constantFrom(
    'accepted-document.edxml',
    'accepted-status.edxml',
    'accepted-update.edxml',
    'accepted-replace.edxml',
  ),
  at: fc.nat(),
  way: fc.constantFrom<(element: string, other: string) => string>(
    () => '',
    (element) => element + element,
    (element) => element.replace(/>[\s\S]*</, '><'),
    (element) => element.replace(/>[\s\S]*</, '>null<'),
    (element) => element.replace(/>[\s\S]*</, '>constructor<'),
    (element) => element.replace(/edXML:\w+/g, 'edXML:constructor'),
    (element) => element.replace(/edXML:\w+/g, 'edXML:To'),
    (_, other) => other,
    (element, other) => element.replace('>', `>${other}`),
  ),
  other: fc.nat(),
})

// threat: hostile-xml
describe('whatever a signed package says', () => {
  it('is read, or refused with a reason of its own and never as an internal error', async () => {
    await fc.assert(
      fc.asyncProperty(mangle, async ({ file, at, way, other }) => {
        const text = vectorText(file)
        const elements = text.match(/<edXML:(?!edXML)(\w+)>[\s\S]*?<\/edXML:\1>/g) ?? []
        const chosen = elements[at % elements.length] ?? ''
        const outcome = await readPackage(
          text.replace(chosen, () => way(chosen, elements[other % elements.length] ?? '')),
        ).then(
          () => 'read',
          (error: unknown) => (codeOf(error) === 'internal' ? String(error) : 'refused'),
        )
        expect(outcome).to.be.oneOf(['read', 'refused'])
      }),
      { numRuns: 300 },
    )
  })
})
