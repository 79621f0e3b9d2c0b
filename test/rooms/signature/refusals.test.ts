import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { limits } from '../../../src/base/index.ts'
import { canonical, edited, QCVN, resigned } from '../../support/packages.ts'
import { reasonOf } from '../../support/reasons.ts'
import {
  accepted,
  behind,
  believed,
  inFrontOf,
  put,
  refused,
  refusedThoughSigned,
  signer,
} from '../../support/refusals.ts'

// threat: hostile-xml
describe('refused before anything is parsed', () => {
  const doctype = (subset: string) => behind('<?xml version="1.0" encoding="UTF-8"?>', `<!DOCTYPE edXML ${subset}>`)
  refused('a document type declaration', 'doctype-not-allowed', doctype(''))
  refused('a document type in lower case', 'not-well-formed', (text) =>
    doctype('')(text).replace('<!DOCTYPE', '<!doctype'),
  )
  refused(
    'a default attribute from a document type',
    'doctype-not-allowed',
    doctype('[<!ATTLIST Attachment paper CDATA "1">]'),
  )
  refused('an external entity', 'doctype-not-allowed', doctype('[<!ENTITY x SYSTEM "file:///etc/passwd">]'))
  refused(
    'a billion laughs',
    'doctype-not-allowed',
    doctype(
      `[<!ENTITY l0 "lol">${Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')}]`,
    ),
  )
  refused('a quadratic entity bomb', 'doctype-not-allowed', (text) =>
    doctype(`[<!ENTITY a "${'a'.repeat(50_000)}">]`)(text).replace('Hà Nội', '&a;'.repeat(1_000)),
  )
  refused('UTF-16', 'encoding-unsupported', (text) =>
    Buffer.from(`\uFEFF${text.replace('UTF-8', 'UTF-16')}`, 'utf16le'),
  )
  refused('UTF-16 without a mark', 'encoding-unsupported', (text) =>
    Buffer.from(text.replace('UTF-8', 'UTF-16'), 'utf16le'),
  )
  refused('UTF-16, most significant octet first', 'encoding-unsupported', (text) =>
    Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
  )
  refused('another declared encoding', 'encoding-unsupported', put('encoding="UTF-8"', 'encoding="ISO-8859-1"'))
  refused('octets that are not UTF-8', 'encoding-unsupported', (text) => {
    const octets = Buffer.from(text)
    octets[octets.indexOf('Công văn')] = 0xff
    return octets
  })
  refused('junk before the declaration', 'not-well-formed', (text) => `x${text}`)
  refused('a line break before the declaration', 'not-well-formed', (text) => `\n${text}`)
  refused(
    'another encoding declared far behind the version',
    'encoding-unsupported',
    put('encoding="UTF-8"', `${' '.repeat(500)}encoding="ISO-8859-1"`),
  )
  refused(
    'another encoding declared between single quotes',
    'encoding-unsupported',
    put('encoding="UTF-8"', "encoding='windows-1258'"),
  )
  refused(
    'another encoding declared behind two byte order marks',
    'not-well-formed',
    (text) => `\uFEFF\uFEFF${text.replace('UTF-8', 'ISO-8859-1')}`,
  )
  refused('UTF-16 of ASCII only, which is also UTF-8', 'encoding-unsupported', (text) =>
    Buffer.from(text.replace(/[^\0-~]/g, '?'), 'utf16le'),
  )
  refused('UTF-32 of ASCII only', 'encoding-unsupported', (text) =>
    Buffer.from([...text.replace(/[^\0-~]/g, '?')].map((letter) => `\0\0\0${letter}`).join('')),
  )
  refused('a zero octet', 'not-well-formed', put('Công văn', 'Công\0văn'))
  refused('two byte order marks', 'not-well-formed', (text) => `\uFEFF\uFEFF${text}`)
  refused('nothing at all', 'not-well-formed', () => '')
  refused('XML 1.1', 'not-well-formed', put('version="1.0"', 'version="1.1"'))
  refused(
    'a head that is too large',
    'envelope-too-large',
    inFrontOf('<edXML ', `<!--${' '.repeat(limits.headBytes)}-->`),
  )
  believed('believed: a byte order mark', (text) => `\uFEFF${text}`)
  believed('believed: no XML declaration', put('<?xml version="1.0" encoding="UTF-8"?>\n', ''))
  believed('believed: encoding="utf-8" in small letters', put('UTF-8', 'utf-8'))
  believed(
    'believed: a comment and an instruction before the root, which vanish',
    inFrontOf('<edXML ', '<!-- by hand --><?style x?>\n'),
  )
})

describe('refused as not well-formed', () => {
  refused('an element that is never closed', 'not-well-formed', put('</edXML:Subject>', ''))
  refused('a prefix that nobody declared', 'not-well-formed', put('<edXML:Subject>', '<edXML:Subject xlink:href="x">'))
  refused('an attribute twice', 'not-well-formed', put('Id="MessageHeader"', 'Id="MessageHeader" Id="MessageHeader"'))
  refused(
    'an attribute twice under two prefixes',
    'not-well-formed',
    put('<edXML:Subject>', '<edXML:Subject xmlns:a="urn:a" xmlns:b="urn:a" a:x="1" b:x="1">'),
  )
  refused('a control character', 'not-well-formed', put('Công văn', 'Công\u0001văn'))
  refused('a control character by number', 'not-well-formed', put('Công văn', 'Công&#1;văn'))
  refused('a bare ampersand', 'not-well-formed', put('&amp;', '&'))
  refused('an entity that nobody declared', 'not-well-formed', put('&amp;', '&nbsp;'))
  refused('a second root', 'not-well-formed', (text) => `${text}<edXML/>`)
  refused('junk after the root', 'not-well-formed', (text) => `${text}junk`)
  refused('a package cut in the middle', 'not-well-formed', (text) =>
    text.slice(0, text.indexOf('</AttachmentEncoded>')),
  )
  refused('a head cut in the middle', 'not-well-formed', (text) => text.slice(0, text.indexOf('<edXML:Subject>')))
  refused(']]> in text', 'not-well-formed', put('Công văn', 'Công ]]> văn'))
  refused('a lone surrogate by number', 'not-well-formed', put('Công văn', '&#xD800;'))
  refused('a prefix declared as nothing', 'not-well-formed', put('<edXML:Subject>', '<edXML:Subject xmlns:p="">'))
})

describe('refused for what stands where nothing may stand', () => {
  const places: readonly (readonly [string, string])[] = [
    ['root', '<edXML:edXMLEnvelope '],
    ['envelope', '<edXML:edXMLHeader>'],
    ['header', '<edXML:MessageHeader '],
    ['root, behind the envelope', '<AttachmentEncoded '],
    ['root, at its end', '</edXML>\n'],
    ['envelope, at its end', '</edXML:edXMLEnvelope>'],
  ]
  for (const [place, mark] of places) {
    refused(`an element in the ${place}`, 'unexpected-content', inFrontOf(mark, `<extra xmlns="${QCVN}">x</extra>`))
    refused(
      `an element of another namespace in the ${place}`,
      'unexpected-content',
      inFrontOf(mark, '<x:extra xmlns:x="urn:x"/>'),
    )
    refused(`text in the ${place}`, 'unexpected-content', inFrontOf(mark, 'text'))
    refused(`CDATA in the ${place}`, 'unexpected-content', inFrontOf(mark, '<![CDATA[ ]]>'))
    refused(`a character by number in the ${place}`, 'unexpected-content', inFrontOf(mark, '&#65;'))
    refused(`a comment in the ${place}`, 'comment-or-instruction', inFrontOf(mark, '<!-- x -->'))
    refused(`an instruction in the ${place}`, 'comment-or-instruction', inFrontOf(mark, '<?x y?>'))
  }
  for (const [name, tag] of [
    ['root', '<edXML '],
    ['envelope', '<edXML:edXMLEnvelope '],
    ['header', '<edXML:edXMLHeader'],
  ] as const)
    refused(`an attribute of the ${name}`, 'unexpected-content', behind(tag.trim(), ' paper="1"'))
  refused('a second header', 'unexpected-content', behind('</edXML:edXMLHeader>', '<edXML:edXMLHeader/>'))
  refused(
    'a second envelope',
    'unexpected-content',
    behind('</edXML:edXMLEnvelope>', `<edXML:edXMLEnvelope xmlns:edXML="${QCVN}"/>`),
  )
  refusedThoughSigned(
    'an attribute of the attachments other than Id',
    'unexpected-content',
    behind('<AttachmentEncoded', ' paper="1"'),
  )
  refused(
    'a text node in the signed header as a comment',
    'comment-or-instruction',
    put('Công văn', 'Công<!-- --> văn'),
  )
  refused('an instruction in the signed header', 'comment-or-instruction', put('Công văn', 'Công<?x?> văn'))
  refused('a comment in the attachments', 'comment-or-instruction', inFrontOf('</AttachmentEncoded>', '<!-- x -->'))
  refused('an instruction in the attachments', 'comment-or-instruction', inFrontOf('</AttachmentEncoded>', '<?x?>'))
  refused('a comment behind the root', 'unexpected-content', (text) => `${text}<!-- x -->`)
  const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
  refusedThoughSigned(
    'xsi:type in the header',
    'xsi-attribute',
    put('<edXML:Subject>', `<edXML:Subject ${xsi} xsi:type="edXML:Other">`),
  )
  refusedThoughSigned(
    'xsi:nil in the body',
    'xsi-attribute',
    put('<edXML:Description>', `<edXML:Description ${xsi} xsi:nil="true">`),
  )
  refusedThoughSigned(
    'xsi: under another prefix',
    'xsi-attribute',
    put('<edXML:Subject>', `<edXML:Subject ${xsi.replace('xsi=', 'q=')} q:type="x">`),
  )
  refused('xsi:schemaLocation at the root', 'xsi-attribute', behind('<edXML', ` ${xsi} xsi:schemaLocation="x y"`))
  refusedThoughSigned(
    'CDATA: text is text, but only one way of writing it is ours to judge',
    'unexpected-content',
    put('Công văn', '<![CDATA[Công văn]]>'),
  )
})

// threat: hostile-xml
describe('refused beyond the limits', () => {
  const inHeader = (xml: string) => put('<edXML:Subject>', `${xml}<edXML:Subject>`)
  const depth = (levels: number) => `${'<edXML:a>'.repeat(levels)}${'</edXML:a>'.repeat(levels)}`
  const attributes = (n: number) => `<edXML:a ${Array.from({ length: n }, (_, i) => `a${i}="1"`).join(' ')}></edXML:a>`
  const declarations = (n: number) =>
    `<edXML:a ${Array.from({ length: n }, (_, i) => `xmlns:a${i}="urn:a${i}"`).join(' ')}></edXML:a>`
  const elements = (n: number) => '<edXML:a></edXML:a>'.repeat(n)
  const text = (n: number) => `<edXML:a>${'ệ'.repeat(n)}</edXML:a>`
  for (const [what, make, limit] of [
    ['levels', depth, limits.depth],
    ['attributes', attributes, limits.attributesPerElement],
    ['namespace declarations', declarations, limits.namespaceDeclarations],
    ['elements', elements, limits.elements],
    ['characters', text, limits.textCharacters],
  ] as const) {
    refusedThoughSigned(`too many ${what}`, 'structure-limit', inHeader(make(limit + 1)))
    it(`believed: as many ${what} as we allow, less what the package itself has`, async () => {
      const spent =
        what === 'characters' ? 0 : what === 'attributes' ? 0 : what === 'elements' ? 500 : what === 'levels' ? 4 : 20
      expect(await reasonOf(resigned(inHeader(make(limit - spent))(accepted), signer))).to.equal('accepted')
    })
  }
  refused('the same, unsigned and a hundred thousand levels deep', 'structure-limit', inHeader(depth(10_000)))
  const attachment = /<Attachment>[\s\S]*?<\/Attachment>/.exec(accepted)?.[0] ?? ''
  refusedThoughSigned('too many attachments', 'structure-limit', (whole) =>
    edited(
      whole,
      '</AttachmentEncoded>',
      `${Array.from({ length: limits.attachments }, (_, i) => attachment.replaceAll('a-1', `b-${i}`)).join('')}</AttachmentEncoded>`,
    ),
  )
})

// threat: signature-wrapping
describe('refused for what other engines believed', () => {
  const injected = '<edXML:a xmlns:p="urn:u&quot; amount=&quot;1"></edXML:a>'
  const plain = '<edXML:a amount="1" xmlns:p="urn:u"></edXML:a>'
  const inHeader = (xml: string) => put('<edXML:Subject>', `${xml}<edXML:Subject>`)
  it('an attribute swallowed into a namespace name is never the same as the attribute', async () => {
    const honest = resigned(inHeader(plain)(accepted), signer)
    expect(await reasonOf(honest)).to.equal('accepted')
    expect(await reasonOf(edited(honest, plain, injected))).to.equal('unexpected-content')
    expect(await reasonOf(inHeader(injected)(accepted))).to.equal('unexpected-content')
  })
  it('a relative namespace name has no canonical form', async () => {
    for (const name of ['relative', '../x', '#x', 'a b'])
      expect(await reasonOf(inHeader(`<r:a xmlns:r="${name}"></r:a>`)(accepted)), name).to.be.oneOf([
        'not-well-formed',
        'unexpected-content',
        'digest-mismatch',
      ])
  })
  it('what is digested is the canonical form, so that no other verifier can be told otherwise', async () => {
    for (const written of [
      '<edXML:a></edXML:a>',
      '<edXML:a/>',
      "<edXML:a b='1'></edXML:a>",
      '<edXML:a b="1"  a="2"></edXML:a>',
      '<edXML:a>&#65;</edXML:a>',
      '<edXML:a>&gt;\r\n</edXML:a>',
      '<edXML:a >&quot;</edXML:a >',
      `<edXML:a xmlns:edXML="${QCVN}"></edXML:a>`,
      '<edXML:a xmlns:unused="urn:u"></edXML:a>',
    ]) {
      const changed = inHeader(written)(accepted)
      const header = /<edXML:MessageHeader [\s\S]*<\/edXML:MessageHeader>/.exec(changed)?.[0] ?? ''
      const octets = header.replace('<edXML:MessageHeader ', `<edXML:MessageHeader xmlns:edXML="${QCVN}" `)
      const asWritten = createHash('sha256').update(octets).digest('base64')
      const forged = resigned(changed, { ...signer, firstDigest: asWritten })
      const canonicalOctets = Buffer.from(canonical(changed, '//*[@Id="MessageHeader"]')).toString()
      expect(await reasonOf(resigned(changed, signer)), written).to.equal('accepted')
      expect(await reasonOf(forged), written).to.equal(canonicalOctets === octets ? 'accepted' : 'digest-mismatch')
    }
  })
})
