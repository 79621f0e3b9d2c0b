import { expect } from 'chai'
import type { FailureCode } from '../../../src/base/index.ts'
import { documentText, edited, QCVN, receiptObject, signedPackage, statusText } from '../../support/packages.ts'
import { reasonOf } from '../../support/reasons.ts'
import { handSigner } from '../../support/toy-signers.ts'

/**
 * Signature wrapping: nobody signs again. The signed element is moved away, whole and still findable by its Id, and a
 * twin that says something else stands in its place (McIntosh and Austel, 2005; Somorovsky et al., "On Breaking SAML").
 */
const signer = handSigner('g02-p256')
const forms = {
  document: signedPackage(documentText, signer),
  status: signedPackage({ ...statusText, receipt: receiptObject }, signer),
}

interface Part {
  readonly name: string
  readonly element: RegExp
  /** What the twin says instead. */
  readonly lie: readonly [from: string | RegExp, to: string]
}

const header: Part = {
  name: 'MessageHeader',
  element: /<edXML:MessageHeader [\s\S]*<\/edXML:MessageHeader>/,
  lie: ['Bộ Công Thương', 'Bộ khác'],
}
const parts: Readonly<Record<keyof typeof forms, readonly Part[]>> = {
  document: [
    header,
    {
      name: 'TraceHeaderList',
      element: /<edXML:TraceHeaderList [\s\S]*<\/edXML:TraceHeaderList>/,
      lie: ['BussinessDocType>0', 'BussinessDocType>1'],
    },
    {
      name: 'edXMLBody',
      element: /<edXML:edXMLBody [\s\S]*<\/edXML:edXMLBody>/,
      lie: ['công văn a-1.pdf', 'khác.pdf'],
    },
    {
      name: 'AttachmentEncoded',
      element: /<AttachmentEncoded [\s\S]*<\/AttachmentEncoded>/,
      lie: [/(?<=<ContentTransferEncoded>)..../, 'AAAA'],
    },
  ],
  status: [header],
}

interface Place {
  readonly title: string
  /** Puts the original somewhere in a package that already has the twin. */
  readonly put: (text: string, original: string, twin: string) => string
  /** When the twin does not share the Id; when it does, the Id alone gives it away. */
  readonly reason: FailureCode
}

const inFrontOf = (mark: string) => (text: string, original: string) => edited(text, mark, original + mark)
const wrapper = (inner: string): string => `<edXML:Wrapper xmlns:edXML="${QCVN}">${inner}</edXML:Wrapper>`

const places: readonly Place[] = [
  {
    title: 'an object of its own in the signature',
    put: (text, original) => edited(text, '</ds:Signature>', `<ds:Object>${original}</ds:Object></ds:Signature>`),
    reason: 'signature-object-unexpected',
  },
  { title: 'the object of the properties', put: inFrontOf('</ds:Object>'), reason: 'signature-object-unexpected' },
  {
    title: 'the unsigned properties',
    put: (text, original) =>
      edited(
        text,
        '</xades:QualifyingProperties>',
        `<xades:UnsignedProperties>${original}</xades:UnsignedProperties></xades:QualifyingProperties>`,
      ),
    reason: 'signature-malformed',
  },
  { title: 'the signature itself', put: inFrontOf('<ds:KeyInfo>'), reason: 'signature-malformed' },
  { title: 'KeyInfo', put: inFrontOf('</ds:KeyInfo>'), reason: 'signature-malformed' },
  {
    title: 'a wrapper at the beginning of the header',
    put: (text, original) => edited(text, '<edXML:edXMLHeader>', `<edXML:edXMLHeader>${wrapper(original)}`),
    reason: 'unexpected-content',
  },
  {
    title: 'a wrapper in front of the signature',
    put: (text, original) => edited(text, '<ds:Signature ', `${wrapper(original)}<ds:Signature `),
    reason: 'unexpected-content',
  },
  {
    title: 'the place before the twin',
    put: (text, original, twin) => edited(text, twin, original + twin),
    reason: 'unexpected-content',
  },
  {
    title: 'the place behind the twin',
    put: (text, original, twin) => edited(text, twin, twin + original),
    reason: 'unexpected-content',
  },
  {
    title: 'a wrapper around both',
    put: (text, original, twin) => edited(text, twin, wrapper(original + twin)),
    reason: 'unexpected-content',
  },
  {
    title: 'the twin itself, at its end',
    put: (text, original, twin) =>
      edited(
        text,
        twin,
        twin.replace(/(<\/[^<]*>)$/, (end) => original + end),
      ),
    reason: 'reference-elsewhere',
  },
  {
    title: 'the twin itself, at its beginning',
    put: (text, original, twin) =>
      edited(
        text,
        twin,
        twin.replace(/^<[^>]*>/, (start) => start + original),
      ),
    reason: 'reference-elsewhere',
  },
  {
    title: 'a wrapper beside header and body',
    put: (text, original) => edited(text, '<edXML:edXMLHeader>', `${wrapper(original)}<edXML:edXMLHeader>`),
    reason: 'unexpected-content',
  },
  {
    title: 'the root, before the envelope',
    put: (text, original) => edited(text, '<edXML:edXMLEnvelope ', `${wrapper(original)}<edXML:edXMLEnvelope `),
    reason: 'unexpected-content',
  },
  {
    title: 'the root, behind the envelope',
    put: (text, original) => edited(text, '</edXML:edXMLEnvelope>', `</edXML:edXMLEnvelope>${wrapper(original)}`),
    reason: 'unexpected-content',
  },
  {
    title: 'a second header before the first',
    put: (text, original) =>
      edited(text, '<edXML:edXMLHeader>', `<edXML:edXMLHeader>${original}</edXML:edXMLHeader><edXML:edXMLHeader>`),
    reason: 'signature-misplaced',
  },
  {
    title: 'a second header behind the first',
    put: (text, original) =>
      edited(text, '</edXML:edXMLHeader>', `</edXML:edXMLHeader><edXML:edXMLHeader>${original}</edXML:edXMLHeader>`),
    reason: 'unexpected-content',
  },
  {
    title: 'a second envelope',
    put: (text, original) =>
      edited(
        text,
        '</edXML:edXMLEnvelope>',
        `</edXML:edXMLEnvelope><edXML:edXMLEnvelope xmlns:edXML="${QCVN}"><edXML:edXMLHeader>${original}</edXML:edXMLHeader></edXML:edXMLEnvelope>`,
      ),
    reason: 'unexpected-content',
  },
]

/** Only a document has these. */
const documentPlaces: readonly Place[] = [
  { title: 'the body', put: inFrontOf('</edXML:edXMLManifest>'), reason: 'reference-elsewhere' },
  {
    title: 'the end of the attachments',
    put: (text, original) => edited(text, '</AttachmentEncoded>', `${prefixed(original)}</AttachmentEncoded>`),
    reason: 'reference-elsewhere',
  },
  {
    title: 'the beginning of the attachments',
    put: (text, original) => edited(text, /<AttachmentEncoded[^>]*>/, (start) => start + prefixed(original)),
    reason: 'reference-elsewhere',
  },
  {
    title: 'a single attachment',
    put: (text, original) => edited(text, '<Attachment>', `<Attachment>${prefixed(original)}`),
    reason: 'reference-elsewhere',
  },
]

/** The prefix that the attachments do not inherit from the envelope. */
function prefixed(original: string): string {
  return original.startsWith('<edXML:') ? original.replace(' ', ` xmlns:edXML="${QCVN}" `) : original
}

const twins = [
  ['with the same Id', (element: string) => element],
  ['with an Id of its own', (element: string) => element.replace(/ Id="[^"]*"/, ' Id="twin"')],
  ['without Id', (element: string) => element.replace(/ Id="[^"]*"/, '')],
] as const

/** What gives it away: mostly the Id; in the attachments, which are read last, the digest of the twin. */
function expectedReason(form: string, part: Part, place: Place, sharesId: boolean): FailureCode {
  const inTail =
    documentPlaces.slice(1).includes(place) || (place.title.includes('twin') && part.name === 'AttachmentEncoded')
  // The head ends at the first `<AttachmentEncoded`, so one that stands too early cuts it in the middle.
  if (part.name === 'AttachmentEncoded' && !inTail) return 'not-well-formed'
  if (!sharesId) return place.reason
  return form === 'document' && inTail && part.name !== 'AttachmentEncoded' ? 'digest-mismatch' : 'id-not-unique'
}

// threat: signature-wrapping
describe('a signed part that is moved while a twin stands in its place is never believed', () => {
  for (const [form, accepted] of Object.entries(forms) as [keyof typeof forms, string][])
    for (const part of parts[form])
      for (const place of form === 'document' ? [...places, ...documentPlaces] : places)
        it(`${form}, ${part.name} moved into ${place.title}`, async () => {
          const original = part.element.exec(accepted)?.[0] ?? ''
          expect(await reasonOf(accepted)).to.equal('accepted')
          for (const [which, identified] of twins) {
            const twin = identified(edited(original, ...part.lie))
            const moved = place.put(edited(accepted, original, twin), original, twin)
            const reason = expectedReason(form, part, place, which === 'with the same Id')
            expect(await reasonOf(moved), `twin ${which}`).to.equal(reason)
          }
        })
})

// threat: signature-wrapping
describe('a signed package inside another one is never believed', () => {
  for (const [form, accepted] of Object.entries(forms)) {
    const root = /<edXML [\s\S]*<\/edXML>/.exec(accepted)?.[0] ?? ''
    const signature = /<ds:Signature [\s\S]*<\/ds:Signature>/.exec(accepted)?.[0] ?? ''
    const anonymous = accepted.replaceAll(/ Id="[^"]*"/g, '')
    const evil = edited(anonymous, 'Bộ Công Thương', 'Bộ khác')
    // The head of a document ends at the first `<AttachmentEncoded`, wherever it stands, and is then no XML.
    const cut = (reason: FailureCode): FailureCode => (form === 'document' ? 'not-well-formed' : reason)
    const unsigned = edited(evil, /<ds:Signature [\s\S]*<\/ds:Signature>/, '')

    const nested: readonly (readonly [title: string, reason: FailureCode, text: string])[] = [
      [
        'as a child of an evil root, signature and all',
        'signature-misplaced',
        edited(unsigned, '</edXML>\n', `${root}</edXML>\n`),
      ],
      [
        'as the first child of an evil root',
        cut('signature-misplaced'),
        edited(unsigned, /<edXML [^>]*>/, (start) => start + root),
      ],
      [
        'in an object of its own signature, which stands in the evil package',
        cut('signature-object-unexpected'),
        edited(
          unsigned,
          '</edXML:edXMLHeader>',
          `${edited(signature, '</ds:Signature>', `<ds:Object>${edited(root, signature, '')}</ds:Object></ds:Signature>`)}</edXML:edXMLHeader>`,
        ),
      ],
      [
        'without its signature, which stands in the evil package',
        form === 'document' ? 'reference-elsewhere' : 'unexpected-content',
        edited(
          edited(unsigned, '</edXML:edXMLHeader>', `${signature}</edXML:edXMLHeader>`),
          '</edXML>\n',
          `${edited(root, signature, '')}</edXML>\n`,
        ),
      ],
      ['behind an evil root', 'not-well-formed', `${unsigned}${root}`],
      ['before an evil root', 'not-well-formed', `${accepted}${unsigned.replace(/<\?xml.*\?>\n/, '')}`],
      ['under an evil root of the same name and no namespace', cut('not-edxml'), `<edXML>${root}</edXML>`],
      [
        'with the signature alone carried over',
        'reference-elsewhere',
        edited(unsigned, '</edXML:edXMLHeader>', `${signature}</edXML:edXMLHeader>`),
      ],
    ]
    for (const [title, reason, text] of nested)
      it(`${form} ${title}: ${reason}`, async () => {
        expect(await reasonOf(accepted)).to.equal('accepted')
        expect(await reasonOf(text)).to.equal(reason)
      })

    it(`${form} whose prefix is given another meaning outside the signed part`, async () => {
      expect(await reasonOf(edited(accepted, `xmlns:edXML="${QCVN}"`, 'xmlns:edXML="urn:evil"'))).to.equal('not-edxml')
      expect(
        await reasonOf(edited(accepted, '<edXML:MessageHeader ', '<edXML:MessageHeader xmlns:edXML="urn:evil" ')),
      ).to.equal('unexpected-content')
      expect(await reasonOf(edited(accepted, `<edXML xmlns="${QCVN}"`, '<edXML xmlns="urn:evil"'))).to.equal(
        'not-edxml',
      )
    })
  }
})
