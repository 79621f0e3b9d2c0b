/** Tagged documents (PDF/UA): a further signature takes its place in their structure, which PDF software writes anew. */
import { expect } from 'chai'
import type { AttachmentReport, JudgeChain } from '../../../src/pdf/index.ts'
import { codesOf, judgePdf, signers, toyChains } from '../../support/pdf-judging.ts'
import { PdfSoftware } from '../../support/pdf-software.ts'
import { handmade, incremented, objectOf, stream, textOf } from '../../support/pdf-tampering.ts'

const page =
  '<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <<>> /StructParents 0 /Tabs /S>>'
const plain = {
  1: '<</Type /Catalog /Pages 2 0 R /StructTreeRoot 5 0 R /MarkInfo <</Marked true>> /Lang (vi)>>',
  3: page.replace(' /Tabs /S', ''),
  4: stream('/P <</MCID 0>> BDC 0 0 m 100 100 l S EMC'),
  5: '<</Type /StructTreeRoot /K 6 0 R /ParentTree 8 0 R /ParentTreeNextKey 1>>',
  6: '<</Type /StructElem /S /Document /P 5 0 R /K 7 0 R>>',
  7: '<</Type /StructElem /S /P /P 6 0 R /Pg 3 0 R /K 0>>',
  8: '<</Nums [0 [7 0 R]]>>',
}
const shapes = {
  'with single kids and one parent tree': plain,
  'with lists of their own and a parent tree of several nodes': {
    ...plain,
    3: page,
    5: '<</Type /StructTreeRoot /K [6 0 R] /ParentTree 8 0 R /ParentTreeNextKey 1>>',
    6: '<</Type /StructElem /S /Document /P 5 0 R /K 9 0 R>>',
    8: '<</Kids [10 0 R]>>',
    9: '[7 0 R]',
    10: '<</Nums 11 0 R>>',
    11: '[0 [7 0 R]]',
  },
  'whose outline leads to an element': {
    ...plain,
    1: plain[1].replace('/Lang', '/Outlines 9 0 R /Lang'),
    9: '<</Type /Outlines /First 10 0 R /Last 10 0 R /Count 1>>',
    10: '<</Title (1) /Parent 9 0 R /SE 6 0 R>>',
  },
}

// threat: forged-pdf
describe('a tagged PDF with two signatures', () => {
  let software: PdfSoftware
  let people: Awaited<ReturnType<typeof signers>>
  let judgeChain: JudgeChain

  before(async () => {
    software = new PdfSoftware()
    people = await signers()
    judgeChain = await toyChains()
  })
  after(() => software.close())

  async function signedTwice(objects: Readonly<Record<number, string>>, twist = 'none'): Promise<Buffer> {
    const first = await software.sign(handmade(objects), { by: people.person })
    return software.sign(first, { by: people.elliptic, algorithm: 'SHA256withECDSA', tagged: twist })
  }

  function judge(pdf: Uint8Array): Promise<AttachmentReport> {
    return judgePdf(pdf, { judgeChain })
  }

  async function expectChanged(pdf: Uint8Array): Promise<void> {
    const report = await judge(pdf)
    expect(codesOf(report)[1], JSON.stringify(report, null, 1)).to.deep.equal(['changed-after-signing'])
    expect(report.signatures[1]?.verdict).to.equal('valid')
    expect(report.verdict).to.equal('invalid')
  }

  for (const [what, objects] of Object.entries(shapes))
    it(`is valid when the second becomes part of a structure ${what}`, async () => {
      const pdf = await signedTwice(objects)
      expect(textOf(pdf)).to.include('/S /Form').and.include('/ParentTreeNextKey 2')
      const report = await judge(pdf)
      expect(codesOf(report), JSON.stringify(report, null, 1)).to.deep.equal([[], ['extended-after-signing'], []])
      expect(report.verdict).to.equal('valid')
      const kinds = new Set(report.signatures[0]?.coverage.addedAfter.map(({ kind }) => kind))
      expect([...kinds].filter((kind) => kind !== 'signature' && kind !== 'metadata')).to.deep.equal([])
    })

  it('is valid when both are part of the structure', async () => {
    const first = await software.sign(handmade(plain), { by: people.person, tagged: 'none' })
    const both = await software.sign(first, { by: people.elliptic, algorithm: 'SHA256withECDSA', tagged: 'none' })
    const report = await judge(both)
    expect(codesOf(report), JSON.stringify(report, null, 1)).to.deep.equal([[], ['extended-after-signing'], []])
  })

  describe('is changed after the first when the second', () => {
    for (const [twist, what] of [
      ['reads', 'brings an element that reads out something else'],
      ['claims', 'brings an element that takes what is on the page'],
      ['stranger', 'brings an element that holds no signature'],
      ['speaks', 'has an element that was there read out something else'],
      ['renames', 'makes an element that was there another one'],
      ['drops', 'leaves an element out'],
      ['rebinds', 'has what is on the page belong to another element'],
      ['maps', 'gives kinds of elements another meaning'],
      ['turns', 'turns the page'],
    ] as const)
      it(what, async () => {
        await expectChanged(await signedTwice(plain, twist))
      })

    it('changes the order of the fields that was there', async () => {
      await expectChanged(await signedTwice({ ...plain, 3: page }, 'reorders'))
    })

    it('adds to a list that is also something else', async () => {
      // what an element holds is here what the page shows, too
      await expectChanged(await signedTwice({ ...plain, 3: plain[3].replace('<<>>', '6 0 R') }))
      const tree = { ...plain, 3: plain[3].replace('<<>>', '8 0 R') }
      await expectChanged(await signedTwice(tree))
    })
  })

  it('is changed after both when something else becomes an element, or the tree comes again under another generation', async () => {
    const both = await signedTwice(plain)
    expect((await judge(both)).verdict).to.equal('valid')
    const kids = /\/K (\[[^\]]*\])/.exec(objectOf(both, 6))?.[1] ?? ''
    const note = '<</Type /StructElem /S /Note /P 6 0 R /Alt (1 000 000)>>'
    const more = objectOf(both, 6).replace(kids, kids.replace(']', ' 95 0 R]'))
    const pdf = incremented(both, { objects: { 6: more, 95: note } })
    expect(codesOf(await judge(pdf)).slice(1)).to.deep.equal([['changed-after-signing'], ['changed-after-signing']])
    const again = Buffer.from(textOf(incremented(both, { objects: { 8: objectOf(both, 8) } })), 'latin1')
    expect((await judge(again)).verdict).to.equal('valid')
    const older = textOf(again).replace(/8 0 obj(?!.*8 0 obj)/s, '8 1 obj')
    const moved = older.replace(/xref\n8 1\n(\d{10}) 00000 n/, 'xref\n8 1\n$1 00001 n')
    expect(moved).not.to.equal(older)
    expect(
      codesOf(await judge(Buffer.from(moved, 'latin1')))
        .slice(1)
        .flat(),
    ).to.include('changed-after-signing')
  })
})
