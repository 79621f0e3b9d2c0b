import { algorithms, DSIG } from './packages.ts'

/** XML signature templates for the core profile, to be filled in by xmlsec1: every way of signing that verifyCore promises. */
export interface CoreDocument {
  /** What is special about it. */
  readonly title: string
  readonly template: string
  /** One-byte changes that must break it: text to find, text to put there. */
  readonly changes: readonly (readonly [from: string, to: string])[]
  /** Changes outside what is signed, which must not break it. */
  readonly harmless?: readonly (readonly [from: string, to: string])[]
}

/** The only element besides ds: that the templates refer to by Id. */
export const coreIds = [{ namespace: 'urn:letter', name: 'part' }] as const

const ENVELOPED = transform(algorithms.enveloped)

/** @param method SignatureMethod, fitting the key that will sign. */
export function coreDocuments(method: string): CoreDocument[] {
  const signature = (references: string, canonicalization: string = algorithms.inclusive, objects = ''): string =>
    `<ds:Signature xmlns:ds="${DSIG}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="${canonicalization}"/><ds:SignatureMethod Algorithm="${method}"/>${references}</ds:SignedInfo><ds:SignatureValue></ds:SignatureValue>${objects}</ds:Signature>`
  const enveloped = (canonicalization: string): string => reference('', ENVELOPED + transform(canonicalization))
  const letter = (inner: string, signed: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<letter xmlns="urn:letter">${inner}\n${signed}\n</letter>\n`
  const text = '<part Id="p1">Số: 12</part><part Id="p2">trang 2</part>'
  const number = ['Số: 12', 'Số: 13'] as const
  const page = ['trang 2', 'trang 3'] as const

  const byMethod = [
    ['inclusive C14N 1.0', algorithms.inclusive],
    ['inclusive C14N 1.0 with comments', algorithms.inclusiveWithComments],
    ['C14N 1.1', algorithms.inclusive11],
    ['C14N 1.1 with comments', algorithms.inclusive11WithComments],
    ['exclusive C14N', algorithms.exclusive],
    ['exclusive C14N with comments', algorithms.exclusiveWithComments],
  ].map(([name = '', uri = '']): CoreDocument => {
    return {
      title: `enveloped, ${name}`,
      template: letter(
        `<!-- a remark --><a:x xmlns:a="urn:a" xmlns:unused="urn:u" b="1" a="2">${text}</a:x>`,
        signature(enveloped(uri), uri),
      ),
      changes: [number, ['b="1"', 'b="3"']],
      harmless: [
        ['a remark', 'another'],
        ['b="1" a="2"', 'a="2"  b="1"'],
      ], // URI="" leaves comments out whatever the method says (XML-DSig §4.4.3.3)
    }
  })

  const byIdMethod = [
    ['inclusive C14N 1.0', algorithms.inclusive],
    ['C14N 1.1', algorithms.inclusive11],
    ['exclusive C14N', algorithms.exclusive],
  ].map(([name = '', uri = '']): CoreDocument => {
    return {
      title: `by Id, ${name}, under an xml:lang and namespaces of its ancestors`,
      template: `<letter xmlns="urn:letter" xmlns:q="urn:q" xml:lang="vi" xml:space="preserve"><q:in xmlns:z="urn:z">${text}</q:in>${signature(reference('#p1', transform(uri)), uri)}</letter>`,
      changes:
        uri === algorithms.exclusive
          ? [number]
          : [number, ['xml:lang="vi"', 'xml:lang="en"'], ['xmlns:z="urn:z"', 'xmlns:z="urn:y"']],
      harmless: uri === algorithms.exclusive ? [page, ['xml:lang="vi"', 'xml:lang="en"']] : [page],
    }
  })

  const documents: CoreDocument[] = [
    ...byMethod,
    ...byIdMethod,
    {
      title: 'enveloped, the signature deep inside',
      template: letter(
        `<head>${text}<in>\n  ${signature(enveloped(algorithms.exclusive), algorithms.exclusive)}\n</in></head>`,
        '<tail/>',
      ),
      changes: [number, ['<tail/>', '<tale/>']],
    },
    {
      title: 'enveloped, without a canonicalization step',
      template: letter(text, signature(reference('', ENVELOPED))),
      changes: [number],
    },
    {
      title: 'by Id, without transforms',
      template: letter(text, signature(reference('#p1', ''))),
      changes: [number],
      harmless: [page],
    },
    {
      title: 'two references by Id',
      template: letter(
        text,
        signature(
          reference('#p1', transform(algorithms.exclusive)) + reference('#p2', transform(algorithms.exclusive)),
        ),
      ),
      changes: [number, page],
    },
    {
      title: 'the whole document and a part of it',
      template: letter(
        text,
        signature(enveloped(algorithms.exclusive) + reference('#p2', transform(algorithms.exclusive))),
      ),
      changes: [number, page],
    },
    {
      title: 'enveloping',
      template: signature(
        reference('#o1', transform(algorithms.exclusive)),
        algorithms.exclusive,
        `<ds:Object Id="o1"><letter xmlns="urn:letter">${text}</letter></ds:Object>`,
      ),
      changes: [number, page],
    },
    {
      title: 'enveloping, inclusive C14N',
      template: signature(
        reference('#o1', ''),
        algorithms.inclusive,
        `<ds:Object Id="o1"><letter xmlns="urn:letter">${text}</letter></ds:Object>`,
      ),
      changes: [number, page],
    },
    {
      title: 'exclusive C14N with InclusiveNamespaces',
      template: `<letter xmlns="urn:letter" xmlns:xs="urn:schema" xmlns:other="urn:other"><part Id="p1" type="xs:string">Số: 12</part>${signature(reference('#p1', `<ds:Transform Algorithm="${algorithms.exclusive}"><ec:InclusiveNamespaces xmlns:ec="${algorithms.exclusive}" PrefixList="xs #default"/></ds:Transform>`), algorithms.exclusive)}</letter>`,
      changes: [number, ['xmlns:xs="urn:schema"', 'xmlns:xs="urn:schemb"']],
      harmless: [['xmlns:other="urn:other"', 'xmlns:other="urn:othes"']],
    },
    {
      title: 'SignedInfo under exclusive C14N with InclusiveNamespaces',
      template: `<letter xmlns="urn:letter" xmlns:xs="urn:schema"><part Id="p1">Số: 12</part>${signature(
        reference('#p1', transform(algorithms.exclusive)),
      ).replace(
        `<ds:CanonicalizationMethod Algorithm="${algorithms.inclusive}"/>`,
        `<ds:CanonicalizationMethod Algorithm="${algorithms.exclusive}"><ec:InclusiveNamespaces xmlns:ec="${algorithms.exclusive}" PrefixList="xs"/></ds:CanonicalizationMethod>`,
      )}</letter>`,
      changes: [number, ['xmlns:xs="urn:schema"', 'xmlns:xs="urn:schemb"']],
    },
    {
      title: 'CDATA, instructions, carriage returns and entities',
      template: letter(
        `<part Id="p1"><![CDATA[Số: 12 <&>]]><?note keep this?>a&#13;b&#xA;c &amp; &lt;d&gt; &quot;</part>`,
        signature(enveloped(algorithms.inclusive)),
      ),
      changes: [number, ['keep this', 'keep that'], ['a&#13;b', 'a&#10;b']],
      harmless: [['<![CDATA[Số: 12 <&>]]>', 'Số: 12 &lt;&amp;>']],
    },
    {
      title: 'instructions and comments around the root',
      template: `<?xml version="1.0" encoding="UTF-8"?>\n<?style before?>\n<!-- before -->\n<letter xmlns="urn:letter">${text}${signature(enveloped(algorithms.inclusive))}</letter>\n<?style after?>\n`,
      changes: [number, ['<?style before?>', '<?style befora?>'], ['<?style after?>', '<?style aftes?>']],
      harmless: [['<!-- before -->', '<!-- other -->']],
    },
    {
      title: 'namespaces undeclared and redeclared on the way down',
      template: `<letter xmlns="urn:letter" xmlns:a="urn:a"><a:x xmlns:a="urn:b" a:z="1" y="2"><plain xmlns=""><a:x xmlns:a="urn:a"/></plain><part>Số: 12</part></a:x>${signature(enveloped(algorithms.exclusive))}</letter>`,
      changes: [number, ['xmlns:a="urn:b"', 'xmlns:a="urn:c"'], ['<plain xmlns="">', '<plain xmlns="urn:u">']],
    },
    {
      title: 'attribute values with white space, quotes and astral characters',
      template: letter(
        '<part Id="p1" v="a&#9;b&#10;c&#13;d &quot;&lt;&amp;" w=\'"\'>Số: 12 \u{1F4DC} \u0085\u2028</part>',
        signature(enveloped(algorithms.exclusive)),
      ),
      changes: [number, ['a&#9;b', 'a b'], ['\u{1F4DC}', '\u{1F4DD}'], ['\u2028', '\u2029']],
    },
    {
      title: 'SHA-512 digests',
      template: letter(text, signature(enveloped(algorithms.exclusive).replace(algorithms.sha256, algorithms.sha512))),
      changes: [number],
    },
    {
      title: 'SHA-384 digests',
      template: letter(text, signature(enveloped(algorithms.exclusive).replace(algorithms.sha256, algorithms.sha384))),
      changes: [number],
    },
  ]
  return documents.map((document) => ({ ...document, template: declared(document.template) }))
}

/** Without the declaration xmlsec1 would write every Vietnamese letter as a number. */
function declared(template: string): string {
  return template.startsWith('<?xml') ? template : `<?xml version="1.0" encoding="UTF-8"?>\n${template}`
}

function reference(uri: string, transforms: string): string {
  const steps = transforms === '' ? '' : `<ds:Transforms>${transforms}</ds:Transforms>`
  return `<ds:Reference URI="${uri}">${steps}<ds:DigestMethod Algorithm="${algorithms.sha256}"/><ds:DigestValue></ds:DigestValue></ds:Reference>`
}

function transform(algorithm: string): string {
  return `<ds:Transform Algorithm="${algorithm}"/>`
}
