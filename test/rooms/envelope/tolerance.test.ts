import { expect } from 'chai'
import fc from 'fast-check'
import { codeOf } from '../../../src/base/index.ts'
import type { DocumentMessage, StatusMessage } from '../../../src/message/index.ts'
import { verify } from '../../../src/signature/index.ts'
import { changed } from '../../support/edxml-vectors.ts'
import { readPackage, vectorText } from '../../support/sign-vector.ts'
import { NOON, toyTrust } from '../../support/toy-signers.ts'

/** edXML notes §4.11: how others write, and how it is read. Each vector is one change away from `accepted-document`. */
describe('reading what real software writes', () => {
  it('TOL-01: with other prefixes, or none, a package says the same', async () => {
    const expected = await document('accepted-document.edxml')
    expect(await document('tol-01-no-prefix.edxml')).to.deep.equal(expected)
    expect(await document('tol-01-other-prefix.edxml')).to.deep.equal(expected)
  })

  it('TOL-01: an element of another namespace is skipped and shown to the clerk', async () => {
    const { message, warnings } = await readPackage(vectorText('foreign-element.edxml'))
    expect(message).to.deep.equal(await document('accepted-document.edxml'))
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.deep.include({
      rule: 'TOL-01',
      field: '/edXML/edXMLEnvelope/edXMLHeader/MessageHeader/SignerInfo/Seal',
    })
  })

  it('TOL-03: in another order a package says the same', async () => {
    const expected = await document('accepted-document.edxml')
    expect(await document('tol-03-order.edxml')).to.deep.equal(expected)
    expect(await document('tol-03-bussiness-first.edxml')).to.deep.equal(expected)
    expect(await status('tol-03-status-order.edxml')).to.deep.equal(await status('accepted-status.edxml'))
  })

  it('TOL-03: in any order of the header', async () => {
    const text = vectorText('accepted-document.edxml')
    const expected = await document('accepted-document.edxml')
    const [, header = ''] = /<edXML:MessageHeader>\n([\s\S]*?) {6}<\/edXML:MessageHeader>/.exec(text) ?? []
    const children = header.match(/ {8}<edXML:(\w+)>([\s\S]*?)<\/edXML:\1>\n/g) ?? []
    expect(children.join('')).to.equal(header)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(children, { minLength: children.length }), async (shuffled) => {
        const { message } = await readPackage(text.replace(header, () => shuffled.join('')))
        const { to, ...rest } = message as DocumentMessage
        const { to: expectedTo, ...expectedRest } = expected
        expect(rest).to.deep.equal(expectedRest)
        expect(to).to.have.deep.members([...expectedTo])
      }),
      { numRuns: 20 },
    )
  })

  it('TOL-05: the manifest may be called Manifest, and its references may have xlink attributes', async () => {
    const expected = await document('accepted-document.edxml')
    expect(await document('tol-05-manifest.edxml')).to.deep.equal(expected)
    expect(await document('tol-05-xlink.edxml')).to.deep.equal(expected)
  })

  it('TOL-06: a byte order mark is stripped', async () => {
    expect(await document('tol-06-bom.edxml')).to.deep.equal(await document('accepted-document.edxml'))
  })

  it('TOL-07: empty elements and the word null are absent', async () => {
    const { steeringType, ...expected } = await document('accepted-document.edxml')
    expect(steeringType).to.equal('1')
    expect(await document('tol-07-empty.edxml')).to.deep.equal(expected)
  })

  it('TOL-07: a sender without OrganName is read', async () => {
    const { from } = await document('tol-07-no-organ-name.edxml')
    expect(from).to.deep.equal({ organId: '000.00.00.G02', email: 'vanthu@moit.example' })
  })

  it('TOL-08: a code number of many letters is read as it stands', async () => {
    const { code } = await document('tol-08-code-number.edxml')
    expect(code.codeNumber).to.equal('7421/QĐ-2026-bổ sung lần 2')
  })

  it('TOL-09: codes of any form are opaque', async () => {
    expect((await document('tol-09-codes.edxml')).to[1]?.organId).to.equal('vxp.saas.03')
    expect((await document('tol-09-units.edxml')).to[1]?.organId).to.equal('28.22.H17')
  })

  for (const [file, raw, understood] of [
    ['tol-10-day-first.edxml', '20/11/2026', 'was read as 2026/11/20'],
    ['tol-10-with-time.edxml', '2026/11/20 08:15:00', 'was read as 2026/11/20'],
    ['tol-10-iso.edxml', '2026-11-19T23:30:00Z', 'was read as 2026/11/20'],
    ['tol-10-impossible.edxml', '2026/02/30', 'is no date'],
  ] as const) {
    it(`TOL-10: the date ${raw} is kept as it stands, with a warning`, async () => {
      const { message, warnings } = await readPackage(vectorText(file))
      expect((message as DocumentMessage).promulgationInfo.promulgationDate).to.equal(raw)
      expect(warnings).to.have.length(1)
      expect(warnings[0]).to.deep.include({ rule: 'TOL-10', field: '/promulgationInfo/promulgationDate' })
      expect(warnings[0]?.message).to.include(understood)
    })
  }

  it('TOL-11: a hop without OrganId is read', async () => {
    const { traceHeaders } = await document('tol-11-trace-without-organ.edxml')
    expect(traceHeaders).to.deep.equal([{ timestamp: '2026/11/20 16:32:08' }])
  })

  for (const file of ['tol-12-no-bussiness.edxml', 'tol-12-no-trace.edxml']) {
    it(`TOL-12: without Bussiness a package is a new document (${file})`, async () => {
      const { message, warnings } = await readPackage(vectorText(file))
      expect((message as DocumentMessage).bussiness).to.deep.equal({ bussinessDocType: 'new' })
      expect(warnings.map(({ rule }) => rule)).to.deep.equal(['TOL-12'])
    })
  }

  it('TOL-12: without a signature a package is refused as signature-missing', async () => {
    const unsigned = Buffer.from(vectorText('accepted-document.edxml'))
    const refusal = await verify(unsigned, toyTrust(), NOON).catch((error: unknown) => error)
    expect(codeOf(refusal)).to.equal('signature-missing')
  })

  it('status code 1 is read as 01', async () => {
    expect((await status('status-code-1.edxml')).statusCode).to.equal('01')
  })

  it('texts come through unchanged: white space, line ends and every letter', async () => {
    const text = '  V/v:\t“báo cáo”\n\u0085\u2028\u00a0e\u0302\u0323 \u1ec7 \u{20000} 😀 &lt;b>'
    const xml = changed(vectorText('accepted-document.edxml'), ['V/v báo cáo tình hình sản xuất', text])
    const { message } = await readPackage(xml)
    const expected = `${text.replace('&lt;', '<')} & kế hoạch năm 2027`
    expect((message as DocumentMessage).subject).to.equal(expected)
  })
})

async function document(file: string): Promise<DocumentMessage> {
  return (await readPackage(vectorText(file))).message as DocumentMessage
}

async function status(file: string): Promise<StatusMessage> {
  return (await readPackage(vectorText(file))).message as StatusMessage
}
