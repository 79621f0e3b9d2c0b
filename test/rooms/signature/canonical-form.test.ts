import { expect } from 'chai'
import { canonicalForm } from '../../../src/signature/canonical.ts'
import { isCanonicalForm } from '../../../src/signature/canonical-form.ts'
import { octetText } from '../../../src/signature/octet-text.ts'
import { readSkeleton } from '../../../src/signature/skeleton.ts'
import { canonical, QCVN } from '../../support/packages.ts'
import { seededChoices } from '../../support/random.ts'
import { headerScope, randomElement, writtenOtherwise } from '../../support/random-xml.ts'

const around = (element: string): string =>
  `<edXML xmlns="${QCVN}"><edXML:in xmlns:edXML="${QCVN}">${element}</edXML:in></edXML>`
const PATH = '/*/*/*'

describe('the canonical form of an element', () => {
  it('is what libxml2 makes of it in its place, however it was written', () => {
    const random = seededChoices(7)
    let taken = 0
    for (let i = 0; i < 4000; i++) {
      const text = around(randomElement(random, headerScope))
      const libxml2 = canonical(text, PATH).toString()
      expect(ours(text).octets, text).to.equal(libxml2)

      // What libxml2 wrote, put back where it stood, is mostly recognised; what differs from it in one place never is.
      const again = around(libxml2.replace(`<edXML:Subject xmlns:edXML="${QCVN}"`, '<edXML:Subject'))
      expect(ours(again).octets, again).to.equal(canonical(again, PATH).toString())
      if (ours(again).recognised) taken += 1
      const otherwise = writtenOtherwise(random, again)
      if (readable(otherwise)) expect(ours(otherwise).octets, otherwise).to.equal(canonical(otherwise, PATH).toString())
    }
    expect(taken).to.be.greaterThan(400)
  })
})

function ours(text: string): { octets: string; recognised: boolean } {
  const skeleton = readSkeleton(octetText(Buffer.from(text)))
  const element = skeleton?.root.children[0]?.children[0]
  if (skeleton === undefined || element === undefined) throw new Error(`no skeleton of ${text}`)
  return { octets: canonicalForm(skeleton.text, element).octets.toString(), recognised: isCanonicalForm(element) }
}

/** Well-formed still, and with nothing that is refused before. */
function readable(text: string): boolean {
  try {
    canonical(text, PATH)
    return readSkeleton(octetText(Buffer.from(text))) !== undefined
  } catch {
    return false
  }
}
