import { expect } from 'chai'
import { diag, XmlDocument } from 'libxml2-wasm'
import { codeOf, GatewayError, limits } from '../../../src/base/index.ts'
import { examine } from '../../../src/signature/examine.ts'
import { stopWorkers, verify } from '../../../src/signature/index.ts'
import {
  documentText,
  edited,
  resigned,
  signedPackage,
  unsignedPackage,
  wholeSignatureText,
} from '../../support/packages.ts'
import { handSigner, NOON, toyTrust } from '../../support/toy-signers.ts'

const trust = toyTrust()
const signer = handSigner('g02-p256')
const accepted = signedPackage(documentText, signer)
const inSubject = (text: string) => edited(accepted, '<edXML:Subject>', `<edXML:Subject>${text}`)

// threat: hostile-xml
describe('what a package may cost', () => {
  const hostile: readonly (readonly [what: string, text: string])[] = [
    ['a hundred thousand elements', inSubject('<a></a>'.repeat(100_000))],
    ['a hundred thousand levels', inSubject('<a>'.repeat(100_000))],
    [
      'a hundred thousand attributes',
      inSubject(`<a ${Array.from({ length: 100_000 }, (_, i) => `a${i}=""`).join(' ')}>`),
    ],
    [
      'a hundred thousand namespaces',
      inSubject(Array.from({ length: 100_000 }, (_, i) => `<a xmlns:a${i}="u:">`).join('')),
    ],
    [
      'a namespace name that the canonical form would write a thousand times',
      inSubject(`<a xmlns:p="urn:${'x'.repeat(500_000)}">${'<p:b></p:b>'.repeat(15_000)}</a>`),
    ],
    ['a text of a megabyte', inSubject('a'.repeat(1_000_000))],
  ]
  for (const [what, text] of hostile)
    it(`no tree is built of ${what}`, () => {
      expect(treesBuiltFor(text)).to.deep.equal({ code: 'structure-limit', trees: 0 })
      expect(treesBuiltFor(accepted).trees).to.be.greaterThan(0)
    })

  it('no further part is asked for once the head is refused', async () => {
    let asked = 0
    async function* parts(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(edited(accepted, '7421', '7422').split('<AttachmentEncoded')[0] ?? '')
      for (;;) yield Buffer.alloc(++asked)
    }
    expect(await refusal(verify(parts(), trust, NOON))).to.equal('digest-mismatch')
    expect(asked).to.equal(0)
  })

  it('no more is taken of what can only be read as a whole than can be read as a whole', async () => {
    let octets = 0
    const part = Buffer.alloc(limits.chunkBytesMax, 'A')
    async function* parts(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(signedWhole().split('<AttachmentEncoded')[0] ?? '')
      for (;;) {
        octets += part.length
        yield part
      }
    }
    expect(await refusal(verify(parts(), trust, NOON))).to.equal('envelope-too-large')
    expect(octets).to.be.at.most(limits.wholeDocumentBytes + part.length)
  })

  it('whatever libxml2 allocates is given back, accepted or refused', async () => {
    diag.configure({ enabled: true })
    try {
      const packages = [
        accepted,
        signedWhole(),
        edited(accepted, '7421', '7422'),
        edited(accepted, '&amp;', '&'),
        `${accepted}<x/>`,
        edited(accepted, 'edXML:Place>', 'edXML:Place >'),
      ]
      for (const text of packages) await refusal(verify(Buffer.from(text), trust, NOON))
      expect(diag.report()).to.deep.equal({})
    } finally {
      diag.configure({ enabled: false })
    }
  })
})

describe('a package that is long to read', () => {
  const long = (change = (text: string) => text) =>
    Buffer.from(change(resigned(inSubject('<edXML:a></edXML:a>'.repeat(12_000)), signer)))
  after(stopWorkers)

  it('is read in a worker, and judged as if it were read here', async () => {
    const file = long()
    expect(file.length).to.be.greaterThan(limits.examineHereBytes)
    const content = await verify(file, trust, NOON)
    const read = examine(file.subarray(0, file.indexOf('<AttachmentEncoded')), 'head')
    expect(read)
      .to.have.property('messageHeader')
      .with.property('octets')
      .that.deep.equals(Buffer.from(content.messageHeader))
    expect(content.attachments).to.have.length(2)
    expect(content.signer.agency).to.equal('G02')
  })

  it('is refused with the same words', async () => {
    const refused = async (file: Buffer) => {
      try {
        await verify(file, trust, NOON)
        return undefined
      } catch (error) {
        const { code, detail } = error as GatewayError
        return { code, detail, isOurs: error instanceof GatewayError }
      }
    }
    const reason = { code: 'xsi-attribute', detail: { line: 6 }, isOurs: true }
    const xsi = put('<edXML:From', '<edXML:From xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="1"')
    expect((await refused(Buffer.from(xsi(accepted))))?.code).to.equal(reason.code)
    expect(await refused(long(xsi))).to.deep.include({ code: 'xsi-attribute', isOurs: true })
    expect((await refused(long(xsi)))?.detail).to.deep.equal((await refused(Buffer.from(xsi(accepted))))?.detail)
  })

  it('holds up nobody while it is read, and many are read in turn', async () => {
    const file = long()
    const verdicts = await Promise.all(Array.from({ length: 5 }, () => verify(file, trust, NOON)))
    expect(new Set(verdicts.map(({ sha256 }) => sha256)).size).to.equal(1)
  })

  it('is given up when the gateway stops, and can be read again afterwards', async () => {
    const file = long()
    const verdict = refusal(verify(file, trust, NOON))
    await new Promise(setImmediate)
    await stopWorkers()
    expect(await verdict).to.equal('stopping')
    expect(await refusal(verify(file, trust, NOON))).to.equal('accepted')
  })
})

/** Counts how often libxml2 is given something to parse. */
function treesBuiltFor(text: string): { code: string; trees: number } {
  const parse = XmlDocument.fromBuffer.bind(XmlDocument)
  let trees = 0
  XmlDocument.fromBuffer = (octets, options) => {
    trees += 1
    return parse(octets, options)
  }
  try {
    examine(Buffer.from(text), 'whole')
    return { code: 'accepted', trees }
  } catch (error) {
    return { code: codeOf(error), trees }
  } finally {
    XmlDocument.fromBuffer = parse
  }
}

function put(from: string, to: string) {
  return (text: string) => edited(text, from, to)
}

function signedWhole(): string {
  return resigned(unsignedPackage(documentText, wholeSignatureText(signer)), signer)
}

async function refusal(judged: Promise<unknown>): Promise<string> {
  try {
    await judged
    return 'accepted'
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    throw error
  }
}
