/** Signed PDFs changed in the ways that have fooled PDF software; each differs from an accepted one by one change. */
import { inflateSync } from 'node:zlib'
import { expect } from 'chai'
import type { AttachmentReport, JudgeChain } from '../../../src/pdf/index.ts'
import { codesOf, judgePdf, signers, toyChains } from '../../support/pdf-judging.ts'
import { PdfSoftware } from '../../support/pdf-software.ts'
import {
  byteRangeOf,
  handmade,
  incremented,
  objectOf,
  octetsOf,
  replaced,
  stream,
  textOf,
  withByteRange,
  withContents,
} from '../../support/pdf-tampering.ts'

// threat: forged-pdf
describe('a signed PDF that was tampered with', () => {
  let software: PdfSoftware
  let people: Awaited<ReturnType<typeof signers>>
  let judgeChain: JudgeChain
  let signed: Buffer
  const other = stream('0 0 m 900 900 l S')

  before(async () => {
    software = new PdfSoftware()
    people = await signers()
    judgeChain = await toyChains()
    signed = await sign(handmade())
    expect((await judge(signed)).verdict).to.equal('valid')
  })
  after(() => software.close())

  function sign(pdf: Uint8Array): Promise<Buffer> {
    return software.sign(pdf, { by: people.elliptic, algorithm: 'SHA256withECDSA' })
  }

  function judge(pdf: Uint8Array): Promise<AttachmentReport> {
    return judgePdf(pdf, { judgeChain, role: 'attached' })
  }

  async function expectRefused(pdf: Uint8Array, code: string, verdict = 'invalid'): Promise<AttachmentReport> {
    const report = await judge(pdf)
    expect(codesOf(report).flat(), JSON.stringify(report, null, 1)).to.include(code)
    expect(report.verdict).to.equal(verdict)
    return report
  }

  function withAnnotation(page: string, annotation: string): string {
    return page.includes('/Annots')
      ? page.replace(/\/Annots \[([^\]]*)\]/, `/Annots [$1 ${annotation}]`)
      : page.replace(/>>\s*$/, `/Annots [${annotation}]>>`)
  }

  describe('by what is appended', () => {
    it('is invalid when the content of a page is another one', async () => {
      const report = await expectRefused(incremented(signed, { objects: { 4: other } }), 'changed-after-signing')
      expect(report.signatures[0]?.coverage.addedAfter).to.deep.equal([{ kind: 'content', what: 'page 1, object 4' }])
    })

    it('lists so many changes that the report stays small, and one of each kind, however many there are', async () => {
      const numbers = Array.from({ length: 1000 }, (_, i) => 100 + i)
      const shadow = await sign(handmade(Object.fromEntries(numbers.map((n) => [n, '<<>>']))))
      const changed = Object.fromEntries(numbers.map((n) => [n, '<</A 1>>']))
      const page = withAnnotation(objectOf(shadow, 3), '2000 0 R')
      const objects = { ...changed, 2000: '<</Type /Annot /Subtype /FreeText>>', 3: page }
      const pdf = incremented(shadow, { objects })
      const report = await expectRefused(pdf, 'annotated-after-signing')
      const listed = report.signatures[0]?.coverage.addedAfter ?? []
      expect(listed).to.have.length.within(200, 202)
      expect(new Set(listed.map(({ kind }) => kind))).to.deep.equal(new Set(['content', 'annotation']))
    })

    it('stays valid when an object is written again as it was', async () => {
      const report = await judge(incremented(signed, { objects: { 4: stream('0 0 m 100 100 l S') } }))
      expect(report.verdict).to.equal('valid')
    })

    for (const [what, section] of [
      ['no section lists what was appended, which viewers that repair files show', 'none'],
      ['the old section is named again after what was appended', 'old'],
    ] as const)
      it(`is invalid when ${what}`, async () => {
        await expectRefused(incremented(signed, { objects: { 4: other }, section }), 'changed-after-signing')
      })

    it('is invalid when an honest section has another object beside what it lists', async () => {
      const pdf = incremented(signed, { objects: { 90: '<<>>' }, stray: `4 0 obj\n${other}\nendobj\n` })
      const report = await expectRefused(pdf, 'changed-after-signing')
      expect(report.signatures[0]?.coverage.addedAfter[0]?.what).to.match(/^octets at \d+$/)
    })

    it('is invalid when the catalog leads to other pages', async () => {
      const catalog = objectOf(signed, 1).replace('/Pages 2 0 R', '/Pages 92 0 R')
      const objects = {
        1: catalog,
        92: '<</Type /Pages /Kids [93 0 R] /Count 1>>',
        93: '<</Type /Page /Parent 92 0 R /MediaBox [0 0 595 842] /Contents 94 0 R>>',
        94: other,
      }
      await expectRefused(incremented(signed, { objects }), 'changed-after-signing')
    })

    it('is invalid when the trailer leads to another catalog', async () => {
      const objects = { 91: objectOf(signed, 1) }
      await expectRefused(incremented(signed, { objects, trailer: '/Root 91 0 R' }), 'changed-after-signing')
    })

    it('is invalid when an object is only moved, to octets that were signed for another purpose', async () => {
      // hide and replace: the signed file holds another text for object 4 that nothing leads to
      const prepared = replaced(handmade(), 'xref\n', `4 0 obj\n${other}\nendobj\nxref\n`)
      const at = textOf(prepared).lastIndexOf('4 0 obj')
      const moved = replaced(prepared, /startxref\n(\d+)/, `startxref\n${textOf(prepared).lastIndexOf('xref\n0 1')}`)
      const shadow = await sign(moved)
      expect((await judge(shadow)).verdict).to.equal('valid')
      await expectRefused(incremented(shadow, { moved: { 4: at } }), 'changed-after-signing')
    })

    it('is invalid when something appears that the page referred to before it was there', async () => {
      const page = '<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents [4 0 R 77 0 R] /Resources <<>>>>'
      const shadow = await sign(handmade({ 3: page }))
      expect((await judge(shadow)).verdict).to.equal('valid')
      const report = await expectRefused(incremented(shadow, { objects: { 77: other } }), 'changed-after-signing')
      expect(report.signatures[0]?.coverage.addedAfter).to.deep.equal([{ kind: 'content', what: 'page 1, object 77' }])
    })

    it('is invalid when an object disappears', async () => {
      const text = textOf(incremented(signed, { objects: { 90: '<<>>' } }))
      const freed = text.replace(/xref\n90 1\n/, 'xref\n4 1\n0000000000 00001 f \n90 1\n')
      await expectRefused(octetsOf(freed), 'changed-after-signing')
    })

    it('is invalid when the stream in which objects are packed is another one', async () => {
      const packed = await sign(software.compressed(handmade()))
      const container = /(\d+) 0 obj\s<< \/Type \/ObjStm .*?\/N (\d+) \/First (\d+) >>\nstream\n(.*?)\nendstream/s.exec(
        textOf(packed),
      )
      const [, number = '', count = '', first = '', data = ''] = container ?? []
      const inside = textOf(inflateSync(octetsOf(data)))
      const shown = replaced(octetsOf(inside), /\/Contents \d 0 R/, '/Contents 9 0 R')
      const objects = {
        [Number(number)]: stream(textOf(shown), `/Type /ObjStm /N ${count} /First ${first}`),
        9: other,
      }
      await expectRefused(incremented(packed, { objects }), 'changed-after-signing')
    })

    it('is undetermined when a text field or a note is laid over the page', async () => {
      const page = objectOf(signed, 3)
      const widget = '<</Type /Annot /Subtype /FreeText /Rect [0 0 500 500] /Contents (1 000 000 000)>>'
      const annotated = page.includes('/Annots')
        ? page.replace(/\/Annots \[/, '/Annots [95 0 R ').replace(/\[95 0 R ([^\]]*)\]/, '[$1 95 0 R]')
        : page.replace(/>>\s*$/, '/Annots [95 0 R]>>')
      const pdf = incremented(signed, { objects: { 3: annotated, 95: widget } })
      await expectRefused(pdf, 'annotated-after-signing', 'undetermined')
    })

    it('is invalid when a field is added whose signature is a forgery', async () => {
      const catalog = objectOf(signed, 1).replace(/\/Fields \[([^\]]*)\]/, '/Fields [$1 95 0 R]')
      const field = '<</FT /Sig /T (Signature2) /V 96 0 R /Type /Annot /Subtype /Widget /Rect [0 0 500 500]>>'
      const forged =
        '<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [0 10 20 30] /Contents <00>>>'
      const report = await expectRefused(
        incremented(signed, { objects: { 1: catalog, 95: field, 96: forged } }),
        'byte-range-elsewhere',
      )
      expect(report.signatures).to.have.length(2)
    })

    it('is undetermined when a time stamp, which nobody judges yet, shows something on the page', async () => {
      const catalog = objectOf(signed, 1).replace(/\/Fields \[([^\]]*)\]/, '/Fields [$1 95 0 R]')
      const field = '<</FT /Sig /T (Stamp) /V 96 0 R /Type /Annot /Subtype /Widget /Rect [0 0 500 500]>>'
      const stamp = '<</Type /DocTimeStamp /SubFilter /ETSI.RFC3161 /ByteRange [0 10 20 30] /Contents <00>>>'
      const page = objectOf(signed, 3)
      const shown = page.includes('/Annots')
        ? page.replace(/\/Annots \[([^\]]*)\]/, '/Annots [$1 95 0 R]')
        : page.replace(/>>\s*$/, '/Annots [95 0 R]>>')
      const report = await judge(incremented(signed, { objects: { 1: catalog, 3: shown, 95: field, 96: stamp } }))
      expect(codesOf(report).flat()).to.include('annotated-after-signing')
      expect(report.verdict).not.to.equal('valid')
    })

    for (const inside of [true, false])
      it(`stays valid when the form gains resources for its fields, which stand ${inside ? 'in it' : 'by themselves'}`, async () => {
        const form = (resources: string): string => `<</Fields [] /DR ${resources}>>`
        const [old, more] = ['/Helv 10 0 R', '/Helv 10 0 R /F1 99 0 R'].map((fonts) => `<</Font <<${fonts}>>>>`)
        const other = '<</Font <</Helv 99 0 R>>>>'
        const prepared = await sign(
          handmade({
            1: '<</Type /Catalog /Pages 2 0 R /AcroForm 8 0 R>>',
            8: form(inside ? (old ?? '') : '9 0 R'),
            9: old ?? '',
            10: '<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>',
          }),
        )
        const number = inside ? 8 : 9
        const written = objectOf(prepared, number)
        const changed = (to: string): Buffer =>
          incremented(prepared, {
            objects: {
              [number]: replaced(octetsOf(written), /<<\s*\/Font\s*<<.*?>>\s*>>/s, to).toString('latin1'),
              99: '<</Type /Font /Subtype /Type1 /BaseFont /Times-Roman>>',
            },
          })
        const report = await judge(changed(more ?? ''))
        expect(report.verdict).to.equal('valid')
        await expectRefused(changed(other), 'changed-after-signing')
      })

    it('is undetermined when a further field shows something on the page in the name of the signature that is there', async () => {
      const signature = /\/V (\d+ 0 R)/.exec(textOf(signed))?.[1]
      const catalog = objectOf(signed, 1).replace(/\/Fields \[([^\]]*)\]/, '/Fields [$1 95 0 R]')
      const field = `<</FT /Sig /T (Signature2) /V ${signature} /Type /Annot /Subtype /Widget /Rect [0 0 595 842] /AP <</N 96 0 R>>>>`
      const shown = withAnnotation(objectOf(signed, 3), '95 0 R')
      const look = stream('0 0 m 900 900 l S', '/Type /XObject /Subtype /Form /BBox [0 0 595 842]')
      const pdf = incremented(signed, { objects: { 1: catalog, 3: shown, 95: field, 96: look } })
      await expectRefused(pdf, 'annotated-after-signing', 'undetermined')
    })

    it('is undetermined when a widget shows something in the name of a field that is not in the form', async () => {
      const widget = '<</Parent 97 0 R /Type /Annot /Subtype /Widget /Rect [0 0 595 842] /AP <</N 98 0 R>>>>'
      const field = '<</FT /Sig /T (Signature2) /V 99 0 R /Kids [96 0 R]>>'
      const nobody = '<</Type /Sig /SubFilter /ETSI.CAdES.detached>>'
      const page = withAnnotation(objectOf(signed, 3), '96 0 R')
      const pdf = incremented(signed, { objects: { 3: page, 96: widget, 97: field, 98: other, 99: nobody } })
      await expectRefused(pdf, 'annotated-after-signing', 'undetermined')
    })

    for (const [what, value] of [
      ['the signature that is there', 'V'],
      ['a time stamp, which nobody judges yet,', '96 0 R'],
    ] as const)
      it(`is not valid when an empty field that waits for a signature is filled with ${what}, and shows something`, async () => {
        const empty = '<</FT /Sig /T (Seal) /Type /Annot /Subtype /Widget /Rect [0 0 500 500] /P 3 0 R>>'
        const prepared = await sign(
          handmade({
            1: '<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [9 0 R]>>>>',
            3: '<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <<>> /Annots [9 0 R]>>',
            9: empty,
          }),
        )
        expect((await judge(prepared)).verdict).to.equal('valid')
        const there = /\/V (\d+ 0 R)/.exec(textOf(prepared))?.[1]
        const field = empty.replace('/P 3', `/V ${value === 'V' ? there : value} /AP <</N 97 0 R>> /P 3`)
        const stamp = '<</Type /DocTimeStamp /SubFilter /ETSI.RFC3161 /ByteRange [0 10 20 30] /Contents <00>>>'
        const report = await judge(incremented(prepared, { objects: { 9: field, 96: stamp, 97: other } }))
        expect(report.signatures[0]?.verdict, JSON.stringify(report.signatures[0], null, 1)).not.to.equal('valid')
        expect(report.verdict).not.to.equal('valid')
      })

    it('is not for information only, but undetermined, when the signature was taken out of the form', async () => {
      const catalog = objectOf(signed, 1).replace(/\/AcroForm/, '/Nothing')
      const page = objectOf(signed, 3).replace('/Annots', '/Nothing')
      const objects = { 1: catalog, 3: page }
      const report = await expectRefused(incremented(signed, { objects }), 'signature-elsewhere', 'undetermined')
      expect(report.informationOnly).to.equal(false)
    })

    it('is undetermined when a stream of the signed part runs on into what is appended', async () => {
      // an image at the end of the signed part, as long as what will be appended: its samples are the attacker's
      const page =
        '<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</XObject <</X 9 0 R>>>>>>'
      const image = '<</Type /XObject /Subtype /Image /Width 9 /Height 9 /Length 90000>>\nstream\nabc\nendstream'
      const shadow = await sign(handmade({ 3: page, 9: image }))
      const stray = `%${'x'.repeat(90_000)}\n`
      await expectRefused(incremented(shadow, { objects: { 90: '<<>>' }, stray }), 'pdf-broken', 'undetermined')
      const again = stream('0 0 m 100 100 l S')
      await expectRefused(incremented(shadow, { objects: { 4: again }, stray }), 'pdf-broken', 'undetermined')
    })
  })

  describe('by its byte range', () => {
    const wrong: Readonly<Record<string, (places: ReturnType<typeof byteRangeOf>) => string>> = {
      'is all zeros': () => '[0 0 0 0]',
      'is empty': () => '[]',
      'is null': () => 'null',
      'has negative numbers': ({ gapStart, gapEnd, length }) => `[0 ${gapStart} ${gapEnd} -${length}]`,
      'has broken numbers': ({ gapStart, gapEnd, length }) => `[0 ${gapStart} ${gapEnd} ${length}.5]`,
      'begins later': ({ gapStart, gapEnd, length }) => `[9 ${gapStart - 9} ${gapEnd} ${length}]`,
      'ends beyond the file': ({ gapStart, gapEnd, length }) => `[0 ${gapStart} ${gapEnd} ${length + 9}]`,
      'runs backwards': ({ gapStart, length }) => `[0 ${gapStart} 9 ${length}]`,
      'has only the first part': ({ gapStart }) => `[0 ${gapStart}]`,
      'has six numbers': ({ gapStart, gapEnd, length }) => `[0 ${gapStart} ${gapEnd} ${length} 1 1]`,
    }
    for (const [what, written] of Object.entries(wrong))
      it(`is invalid when it ${what}`, async () => {
        await expectRefused(withByteRange(signed, written(byteRangeOf(signed))), 'byte-range-malformed')
      })

    const elsewhere: Readonly<Record<string, (places: ReturnType<typeof byteRangeOf>) => string>> = {
      'leaves out one octet more before': ({ gapStart, gapEnd, length }) => `[0 ${gapStart - 1} ${gapEnd} ${length}]`,
      'leaves out one octet more behind': ({ gapStart, gapEnd, length }) =>
        `[0 ${gapStart} ${gapEnd + 1} ${length - 1}]`,
      'covers the brackets': ({ gapStart, gapEnd, length }) => `[0 ${gapStart + 1} ${gapEnd - 1} ${length + 1}]`,
      overlaps: ({ gapStart, gapEnd, length }) => `[0 ${gapStart + 9} ${gapEnd} ${length}]`,
      'leaves out the rest of the file': ({ gapStart, length }) => `[0 ${gapStart} ${gapStart + 1} ${length}]`,
    }
    for (const [what, written] of Object.entries(elsewhere))
      it(`is invalid when it ${what}`, async () => {
        await expectRefused(withByteRange(signed, written(byteRangeOf(signed))), 'byte-range-elsewhere')
      })

    it('is invalid when it ends before the saving does', async () => {
      const { gapStart, gapEnd, length } = byteRangeOf(signed)
      await expectRefused(withByteRange(signed, `[0 ${gapStart} ${gapEnd} ${length - 30}]`), 'byte-range-incomplete')
    })

    it('is invalid when the signed octets were moved behind and others put in their place', async () => {
      // signature wrapping: the second part stands twice, and the byte range names the copy
      const { gapStart, gapEnd, length } = byteRangeOf(signed)
      const text = textOf(signed)
      const second = text.slice(gapEnd)
      const digits = (number: number): string => String(number)
      const pdf = withByteRange(signed, `[0 ${gapStart} ${digits(gapEnd + length)} ${length}]`)
      await expectRefused(octetsOf(`${textOf(pdf)}${second}`), 'byte-range-elsewhere')
    })

    it('is invalid when it surrounds the value of another signature instead of its own', async () => {
      const { gapStart, gapEnd, length } = byteRangeOf(signed)
      const n = Number(/\/V (\d+) 0 R/.exec(textOf(signed))?.[1])
      const decoy = `<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [0 ${gapStart} ${gapEnd} ${length}] /Contents <00>>>`
      await expectRefused(incremented(signed, { objects: { [n]: decoy } }), 'byte-range-elsewhere')
    })
  })

  describe('by its value', () => {
    it('is invalid when it is all zeros', async () => {
      await expectRefused(
        withContents(signed, (hex) => '0'.repeat(hex.length)),
        'cms-malformed',
      )
    })

    it('is invalid when something hides in its padding', async () => {
      await expectRefused(
        withContents(signed, (hex) => `${hex.slice(0, -8)}deadbeef`),
        'contents-padding',
      )
    })

    it('is invalid when it is written with spaces, as a literal, or is empty', async () => {
      await expectRefused(
        withContents(signed, (hex) => `${hex.slice(0, -2)}  `),
        'contents-malformed',
      )
      const { gapStart, gapEnd } = byteRangeOf(signed)
      const text = textOf(signed)
      const literal = `(${text.slice(gapStart + 1, gapEnd - 1)})`
      await expectRefused(octetsOf(text.slice(0, gapStart) + literal + text.slice(gapEnd)), 'contents-malformed')
      await expectRefused(
        octetsOf(`${text.slice(0, gapStart)}<>${' '.repeat(gapEnd - gapStart - 2)}${text.slice(gapEnd)}`),
        'contents-malformed',
      )
    })

    it('is invalid when it is the value of another document by the same signer', async () => {
      const twin = await sign(handmade({ 4: other }))
      const { gapStart, gapEnd } = byteRangeOf(twin)
      const hex = textOf(twin).slice(gapStart + 1, gapEnd - 1)
      await expectRefused(
        withContents(signed, (old) => hex.padEnd(old.length, '0').slice(0, old.length)),
        'digest-mismatch',
      )
    })

    it('never says anything else when one octet of it is another, wherever that is', async () => {
      const { gapStart } = byteRangeOf(signed)
      const cms = textOf(signed)
        .slice(gapStart + 1)
        .replace(/(00)*0?>.*$/s, '')
      const { signatures } = await judge(signed)
      let refused = 0
      for (let at = 0; at < cms.length; at += 31) {
        const digit = cms[at] === '7' ? '8' : '7'
        const report = await judge(withContents(signed, (hex) => hex.slice(0, at) + digit + hex.slice(at + 1)))
        // some octets, such as the version, nobody signs and nobody goes by
        if (report.verdict === 'valid') expect(report.signatures).to.deep.equal(signatures)
        else refused++
      }
      expect(refused).to.be.greaterThan(cms.length / 31 / 2)
    })

    it('is undetermined when its dictionary gives a key twice, of which readers take one or the other', async () => {
      await expectRefused(replaced(signed, '/Type /Sig', '/Name (S) '.trimEnd()), 'pdf-broken', 'undetermined')
    })

    it('is undetermined when its form is unknown, and invalid when it is SHA-1 by definition', async () => {
      await expectRefused(
        replaced(signed, '/SubFilter /ETSI.CAdES.detached', '/SubFilter /ETSI.CAdES.detachee'),
        'sub-filter-unknown',
        'undetermined',
      )
      await expectRefused(
        replaced(signed, '/SubFilter /ETSI.CAdES.detached', '/SubFilter /adbe.pkcs7.sha1    '),
        'algorithm-forbidden',
      )
    })
  })

  it('brings nothing to the screen that is more than text', async () => {
    const catalog = objectOf(signed, 1).replace(/\/Fields \[([^\]]*)\]/, '/Fields [$1 95 0 R]')
    const field = '<</FT /Sig /T (a\\033[2J\x9b2J\\r\\n) /V 96 0 R>>'
    const forged = '<</Type /Sig /SubFilter /x /ByteRange [0 10 20 30] /Contents <00> /Reason <FEFF202E00610062>>>'
    const report = await judge(incremented(signed, { objects: { 1: catalog, 95: field, 96: forged } }))
    const [forgery] = report.signatures.filter(({ field: name }) => name !== 'Signature1')
    expect(forgery?.field).to.equal('a[2J2J')
    expect(forgery?.reason).to.equal('ab')
  })

  it('is invalid when one signed octet is another', async () => {
    await expectRefused(replaced(signed, '100 100 l', '100 900 l'), 'digest-mismatch')
  })
})
