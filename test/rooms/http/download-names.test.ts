import { expect } from 'chai'
import fc from 'fast-check'
import { contentDisposition, inertType } from '../../../src/http/index.ts'
import { fuzzSeed, hostileTexts, runs } from '../../support/fuzz.ts'

const anyName = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: 'binary', maxLength: 600 }),
  fc
    .array(fc.constantFrom(...hostileTexts, '"', ';', '\\', '\r\n', 'a', '.'))
    .map((pieces) => pieces.join('').slice(0, 600)),
)

// threat: active-download, injection
describe(`the name and type of a file that a partner chose (seed ${fuzzSeed})`, () => {
  it('stay inside their header, whatever they are, and name a file in no other folder', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const header = contentDisposition(name)
        const [, ascii = '', utf8 = ''] =
          /^attachment; filename="([\x20-\x7e]+)"; filename\*=UTF-8''([\w!#$&+.^`|~%-]+)$/.exec(header) ?? []
        expect(ascii, header).to.match(/^[^"\\%/]+$/)
        const told = decodeURIComponent(utf8)
        expect(told, header).to.match(/^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069/\\]+$/u)
        expect(told).not.to.be.oneOf(['.', '..'])
        expect(told.length).to.be.at.most(500)
      }),
      { ...runs(2_000), examples: [['\u{e0100}'], ['\u0301\u0302'], [' ']] },
    )
  })

  it('are never a type that a browser runs', () => {
    const tricky = fc.constantFrom(
      'text/html',
      'image/svg+xml',
      'application/xhtml+xml',
      'text/xml',
      'application/javascript',
      'text/plain',
    )
    const around = fc.constantFrom('', ' ', ';charset=x', ',text/html', '\r\nX: y', '\u0000', '/html')
    fc.assert(
      fc.property(
        fc.oneof(
          anyName,
          fc.tuple(around, tricky, around).map((pieces) => pieces.join('')),
        ),
        (type) => {
          const told = inertType(type)
          expect(told).to.match(/^[\w.-]+\/[\w.-]+$/)
          expect(told).not.to.match(/html|svg|xml$|script/)
        },
      ),
      runs(2_000),
    )
  })
})
