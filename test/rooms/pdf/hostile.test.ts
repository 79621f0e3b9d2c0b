/** Files made to break whoever reads them: each ends as `undetermined` with a reason, in bounded time and memory. */
import { deflateSync } from 'node:zlib'
import { expect } from 'chai'
import fc from 'fast-check'
import { limits } from '../../../src/base/index.ts'
import { Examiner, examineFile, type FindingCode } from '../../../src/pdf/index.ts'
import { codesOf, judgePdf, signers, toyChains } from '../../support/pdf-judging.ts'
import { PdfSoftware } from '../../support/pdf-software.ts'
import { byteRangeOf, handmade, octetsOf, replaced, stream, textOf, withContents } from '../../support/pdf-tampering.ts'

const fuzzSeed = Number(process.env['PDF_SEED'] ?? 20_261_121)

/** The codes of the file itself; examining it takes less than this on any machine that is not standing still. */
const BOUND_MS = 15_000

function codesOfFile(octets: Uint8Array): FindingCode[] {
  const began = performance.now()
  const { findings, pdf } = examineFile({ octets: Uint8Array.from(octets), name: 'a.pdf', contentType: '' })
  expect(performance.now() - began).to.be.lessThan(BOUND_MS)
  return [...findings, ...(pdf?.findings ?? [])].map(({ code }) => code)
}

/** A file whose one section is a cross-reference stream with this data. */
function withSectionStream(keys: string, data: Uint8Array, root = '/Root 1 0 R'): Buffer {
  const body = '%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\n'
  const dictionary = `<</Type /XRef ${root} ${keys} /Length ${data.length}>>`
  return Buffer.concat([
    octetsOf(`${body}2 0 obj\n${dictionary}\nstream\n`),
    data,
    octetsOf(`\nendstream\nendobj\nstartxref\n${body.length}\n%%EOF\n`),
  ])
}

// threat: hostile-pdf
describe('a hostile PDF', () => {
  const cases: Readonly<Record<string, readonly [Uint8Array, FindingCode]>> = {
    'is only its first octets': [octetsOf('%PDF-1.7'), 'pdf-broken'],
    'was destroyed by a conversion to text': [
      octetsOf('%PDF-1.4\n\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n%%EOF'),
      'pdf-broken',
    ],
    'has no section where it should be': [replaced(handmade(), /startxref\n\d+/, 'startxref\n5'), 'pdf-broken'],
    'has a section beyond its end': [replaced(handmade(), /startxref\n\d+/, 'startxref\n99999999'), 'pdf-broken'],
    'leads in a circle from section to section': [
      replaced(handmade(), '/Root 1 0 R', `/Root 1 0 R /Prev ${textOf(handmade()).lastIndexOf('xref\n0 1')}`),
      'pdf-broken',
    ],
    'says it has objects without number': [
      replaced(handmade(), 'xref\n0 1\n', 'xref\n0 999999999\n'),
      'pdf-too-complex',
    ],
    'lists objects at numbers without end': [
      replaced(handmade(), 'xref\n0 1\n', 'xref\n888888888 1\n'),
      'pdf-too-complex',
    ],
    'is encrypted': [replaced(handmade(), '/Root 1 0 R', '/Root 1 0 R /Encrypt 4 0 R'), 'pdf-encrypted'],
    'is nested without end': [handmade({ 1: `<</Type /Catalog /Pages ${'['.repeat(100_000)}` }), 'pdf-too-complex'],
    'gives a key twice': [handmade({ 1: '<</Type /Catalog /Pages 2 0 R /Pages 3 0 R>>' }), 'pdf-broken'],
    'has a catalog that refers to itself': [handmade({ 1: '1 0 R' }), 'pdf-broken'],
    'has a form that is its own child': [
      handmade({
        1: '<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [5 0 R]>>>>',
        5: '<</T (a) /Kids [5 0 R 6 0 R]>>',
        6: '<</T (b) /Kids [5 0 R] /Parent 6 0 R>>',
      }),
      'unsigned',
    ],
    'has pages that are their own children': [
      handmade({ 2: '<</Type /Pages /Kids [2 0 R 2 0 R 3 0 R]>>' }),
      'unsigned',
    ],
    'has a string without end': [handmade({ 1: '<</Type /Catalog /Pages (' }), 'pdf-broken'],
    'has a bomb for a section': [
      withSectionStream('/W [1 2 1] /Size 3 /Filter /FlateDecode', deflateSync(Buffer.alloc(40 * 1024 * 1024))),
      'pdf-too-complex',
    ],
    'has a bomb behind a predictor': [
      withSectionStream(
        '/W [1 2 1] /Size 3 /Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns 4>>',
        deflateSync(Buffer.alloc(100 * 1024 * 1024)),
      ),
      'pdf-too-complex',
    ],
    'has section fields of no width': [withSectionStream('/W [0 0 0] /Size 400000', Buffer.alloc(0)), 'pdf-broken'],
    'has a section shorter than it says': [withSectionStream('/W [1 2 1] /Size 400000', Buffer.alloc(8)), 'pdf-broken'],
    'compresses its section in another way': [
      withSectionStream('/W [1 2 1] /Size 1 /Filter /LZWDecode', Buffer.alloc(4)),
      'pdf-broken',
    ],
    'packs an object stream into itself': [
      withSectionStream('/W [1 1 1] /Size 2', Uint8Array.of(0, 0, 0, 2, 1, 0)),
      'pdf-broken',
    ],
  }
  for (const [what, [octets, code]] of Object.entries(cases))
    it(`that ${what} is undetermined: ${code}`, async () => {
      const report = await judgePdf(octets)
      expect(codesOf(report)[0], JSON.stringify(report.reasons)).to.deep.equal([code])
      expect(report.verdict).to.equal('undetermined')
      expect(codesOfFile(octets)).to.deep.equal(code === 'unsigned' ? [] : [code])
    })

  it('with a table and a stream beside it, as Word writes them, is read by both; the one that lies is not believed', () => {
    const hybrid = (offset: number): Buffer => {
      let body = '%PDF-1.5\n1 0 obj\n<</Type /Catalog /Pages 2 0 R>>\nendobj\n'
      const pages = body.length
      body += '2 0 obj\n<</Type /Pages /Kids [] /Count 0>>\nendobj\n'
      const section = body.length
      const data = `\x01${String.fromCharCode(offset === 0 ? pages : offset)}\x00`
      body += `3 0 obj\n${stream(data, '/Type /XRef /W [1 1 1] /Index [2 1] /Size 4')}\nendobj\n`
      const table = `xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n2 1\n0000000000 00000 f \ntrailer\n<</Size 4 /Root 1 0 R /XRefStm ${section}>>\n`
      return octetsOf(`${body}${table}startxref\n${body.length}\n%%EOF\n`)
    }
    expect(codesOfFile(hybrid(0))).to.deep.equal([])
    expect(codesOfFile(hybrid(9))).to.deep.equal(['pdf-broken'])
  })

  it('that was saved more often than the limit is too complex', () => {
    let text = textOf(handmade())
    for (let i = 0; i <= limits.pdfSections; i++) {
      const previous = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(text)?.[1]
      text += `xref\n0 0\ntrailer\n<</Root 1 0 R /Prev ${previous}>>\nstartxref\n${text.length}\n%%EOF\n`
    }
    expect(codesOfFile(octetsOf(text))).to.deep.equal(['pdf-too-complex'])
  })

  it('of 100,000 fields is read within its bounds', () => {
    const numbers = Array.from({ length: 100_000 }, (_, i) => i + 10)
    const fields = `[${numbers.map((n) => `${n} 0 R`).join(' ')}]`
    const pdf = handmade({
      1: '<</Type /Catalog /Pages 2 0 R /AcroForm 5 0 R>>',
      5: `<</Fields ${fields}>>`,
      ...Object.fromEntries(numbers.map((n) => [n, `<</T (${n})>>`])),
    })
    expect(codesOfFile(pdf)).to.deep.equal([])
  })

  it('with many streams that are each within the limit is too complex when they are not together', () => {
    const bomb = textOf(deflateSync(Buffer.alloc(limits.pdfStreamBytes - 1)))
    const streams = Array.from({ length: 6 }, (_, i) => i + 10)
    const sections: string[] = []
    let body = textOf(handmade())
    for (const n of streams) {
      const previous = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(body)?.[1]
      sections.push(String(body.length))
      body += `${n} 0 obj\n${stream(bomb, `/Type /XRef /Root 1 0 R /Prev ${previous} /W [1 2 1] /Index [${n} 1] /Filter /FlateDecode`)}\nendobj\nstartxref\n${sections.at(-1)}\n%%EOF\n`
    }
    expect(codesOfFile(octetsOf(body))).to.deep.equal(['pdf-too-complex'])
  })

  describe('examined in a thread', () => {
    /** Many values, each cheap: work for seconds. */
    const slow = handmade({ 1: `<</Type /Catalog /Pages 2 0 R /X [${'[0]'.repeat(3_000_000)}]>>` })

    it('is undetermined when time runs out, and the next file is examined all the same', async () => {
      const examiner = new Examiner({ limitMs: 150 })
      const report = await judgePdf(slow, { examiner })
      expect(codesOf(report)[0]).to.deep.equal(['time-limit'])
      expect(report.verdict).to.equal('undetermined')
      const patient = new Examiner()
      expect(codesOf(await judgePdf(handmade(), { examiner: patient }))[0]).to.deep.equal(['unsigned'])
      await Promise.all([examiner.stop(), patient.stop()])
    })

    it('is undetermined when its memory runs out, and the process lives on', async () => {
      const examiner = new Examiner({ heapMib: 24 })
      expect(codesOf(await judgePdf(slow, { examiner }))[0]).to.deep.equal(['judging-failed'])
      expect(codesOf(await judgePdf(handmade(), { examiner }))[0]).to.deep.equal(['unsigned'])
      await examiner.stop()
    })

    it('is not read at all when it is larger than the limit', async () => {
      const octets = new Uint8Array(limits.pdfBytes + 1)
      const examined = await new Examiner().examine({ octets, name: 'a.pdf', contentType: '' })
      expect(examined.findings).to.deep.equal([{ code: 'pdf-too-large' }])
    })

    it('is examined by a new thread after the old one was ended', async () => {
      const examiner = new Examiner()
      for (let i = 0; i < 2; i++) {
        expect(codesOf(await judgePdf(handmade(), { examiner }))[0]).to.deep.equal(['unsigned'])
        await examiner.stop()
      }
      const [ended] = await Promise.all([judgePdf(slow, { examiner }), Promise.resolve().then(() => examiner.stop())])
      expect(codesOf(ended)[0]?.[0]).to.be.oneOf(['judging-failed', 'pdf-too-complex', 'unsigned'])
      await examiner.stop()
    })

    it('takes its turn', async () => {
      const examiner = new Examiner()
      const reports = await Promise.all(Array.from({ length: 5 }, () => judgePdf(handmade(), { examiner })))
      expect(reports.map(({ informationOnly }) => informationOnly)).to.deep.equal([true, true, true, true, true])
      await examiner.stop()
    })
  })

  describe(`mutated at random (PDF_SEED=${fuzzSeed})`, () => {
    let software: PdfSoftware
    let files: Buffer[]
    let judgeChain: Awaited<ReturnType<typeof toyChains>>

    before(async () => {
      software = new PdfSoftware()
      const { elliptic, person } = await signers()
      judgeChain = await toyChains()
      const once = await software.sign(handmade(), { by: elliptic, algorithm: 'SHA256withECDSA' })
      const twice = await software.sign(software.compressed(handmade()), { by: person })
      files = [once, await software.sign(twice, { by: elliptic, algorithm: 'SHA256withECDSA' })]
      for (const file of files)
        expect((await judgePdf(file, { judgeChain, role: 'attached' })).verdict).to.equal('valid')
    })
    after(() => software.close())

    // threat: forged-pdf
    it('is never valid when any octet outside of a signature value changed', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(1), fc.nat(), fc.integer({ min: 1, max: 255 }), async (which, where, change) => {
          const octets = Uint8Array.from(files[which] ?? [])
          const { gapStart, gapEnd } = byteRangeOf(octets)
          const outside = octets.length - (gapEnd - gapStart)
          const at = where % outside < gapStart ? where % outside : (where % outside) + (gapEnd - gapStart)
          octets[at] = (octets[at] ?? 0) ^ change
          const report = await judgePdf(octets, { judgeChain, role: 'attached' })
          expect(report.verdict, `octet ${at} ^ ${change}`).not.to.equal('valid')
        }),
        { seed: fuzzSeed, numRuns: 400 },
      )
    })

    it('ends with a report whatever is cut out, doubled, or put in', async () => {
      const edit = fc.record({
        at: fc.nat(130_000),
        length: fc.nat(5_000),
        what: fc.constantFrom('cut', 'double', 'insert', 'end'),
        text: fc.oneof(
          fc.string({ maxLength: 30 }),
          fc.constantFrom(
            'endobj',
            '<<',
            '>>',
            '[',
            '4 0 R',
            'xref\n0 9\n',
            'startxref\n9\n%%EOF\n',
            '/Prev 9',
            'stream\n',
            '(',
            '<',
          ),
        ),
      })
      await fc.assert(
        fc.asyncProperty(fc.nat(1), fc.array(edit, { minLength: 1, maxLength: 5 }), async (which, edits) => {
          let text = textOf(files[which] ?? new Uint8Array())
          for (const { at, length, what, text: put } of edits) {
            const place = at % (text.length + 1)
            const cut = text.slice(place, place + length)
            const middle = what === 'cut' ? '' : what === 'double' ? cut + cut : what === 'insert' ? put + cut : cut
            text = text.slice(0, place) + middle + text.slice(place + length)
            if (what === 'end') text += put
          }
          const report = await judgePdf(octetsOf(text), { judgeChain, role: 'attached' })
          if (text !== textOf(files[which] ?? new Uint8Array()) && report.verdict === 'valid') {
            // white space at the end is nobody's content; so is the case of a digit inside of the value
            expect(text.trimEnd().toLowerCase()).to.equal(
              textOf(files[which] ?? new Uint8Array())
                .trimEnd()
                .toLowerCase(),
            )
          }
        }),
        { seed: fuzzSeed, numRuns: 400 },
      )
    })

    it('never says anything else whatever is put in the place of its signature value', async () => {
      const [file = Buffer.alloc(0)] = files
      const { signatures } = await judgePdf(file, { judgeChain, role: 'attached' })
      const { gapStart, gapEnd } = byteRangeOf(file)
      const value = Buffer.from(textOf(file).slice(gapStart + 1, gapEnd - 1), 'hex')
      const used = value.findLastIndex((octet) => octet !== 0) + 3 // two octets end the outer value
      const edit = fc.record({ at: fc.nat(used), length: fc.nat(40), put: fc.uint8Array({ maxLength: 12 }) })
      await fc.assert(
        fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
          let cms = value.subarray(0, used)
          for (const { at, length, put } of edits)
            cms = Buffer.concat([cms.subarray(0, at), put, cms.subarray(at + length)])
          const report = await judgePdf(
            withContents(file, (hex) => cms.toString('hex').padEnd(hex.length, '0').slice(0, hex.length)),
            { judgeChain, role: 'attached' },
          )
          // what nobody signs, such as the version, may differ
          if (report.verdict === 'valid') expect(report.signatures).to.deep.equal(signatures)
        }),
        { seed: fuzzSeed, numRuns: 1_000 },
      )
    })

    it('ends with a report whatever the octets are', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 3_000 }),
          fc.constantFrom('%PDF-', 'PK\x03\x04', '%PDF-1.7\nxref\n', ''),
          async (octets, prefix) => {
            const report = await judgePdf(Buffer.concat([octetsOf(prefix), octets]), { judgeChain })
            expect(report.verdict).to.equal('undetermined')
          },
        ),
        { seed: fuzzSeed, numRuns: 1_000 },
      )
    })
  })
})
