import { readdirSync } from 'node:fs'
import { expect } from 'chai'
import { Parser, processors } from 'xml2js'
import { readEnvelope, writeStatus } from '../../../src/envelope/index.ts'
import type { Message } from '../../../src/message/index.ts'
import { type SignedAttachment, verify } from '../../../src/signature/index.ts'
import { algorithms, resigned } from '../../support/packages.ts'
import { readPackage, senderOf, signVector, vectorText, withoutSignature } from '../../support/sign-vector.ts'
import { handSigner, NOON, toyTrust } from '../../support/toy-signers.ts'
import { fileOf, written } from '../../support/written.ts'
import { violationsIn } from '../../support/xmllint.ts'

const samples = readdirSync(new URL('../../vectors/samples', import.meta.url)).sort()

/** Packages composed after the official ones (edXML notes, head), put under a toy signature. */
describe('the fifteen sample packages', () => {
  it('are fifteen', () => expect(samples).to.have.length(15))

  for (const name of samples) {
    const xml = withoutSignature(vectorText(`samples/${name}`))

    it(`${name} is read as an independent parser reads it, field by field`, async () => {
      const { message, warnings } = await readPackage(xml)
      expect(warnings).to.deep.equal([])
      expect(leavesOf(message)).to.deep.equal(await leavesByXml2js(xml))
    })

    it(`${name}, written again from the message alone, validates and reads back equal`, async () => {
      const { message } = await readPackage(xml)
      const contents = await contentsOf(xml)
      const file = await writeAgain(message, xml, contents)
      expect(violationsIn('edxml.xsd', file)).to.equal('')
      const content = await verify(Buffer.from(file), toyTrust(), NOON)
      expect(readEnvelope(content, NOON).message).to.deep.equal(message)
      expect(content.attachments.map(({ sha256 }) => sha256)).to.deep.equal(await digestsOf(xml))
    })

    it(`${name} passes the read schema as it stands, and the write schema too`, () => {
      expect(violationsIn('edxml-read.xsd', xml)).to.equal('')
      expect(violationsIn('edxml.xsd', xml)).to.equal('')
    })
  }
})

describe('the signed sample', () => {
  it('is read as it stands, with its one signature over the whole document, once a toy key has made it', async () => {
    const signer = handSigner('g02-p256')
    const sample = vectorText('samples/06-new-signed.edxml')
    const certified = sample.replace(
      /(<ds:X509Certificate>)[^<]*/,
      (_, tag: string) => tag + (signer.certificates[0] ?? ''),
    )
    const renamed = certified.replace(algorithms.rsaSha256, signer.method)
    const content = await verify(Buffer.from(resigned(renamed, signer)), toyTrust(), NOON)
    const { message } = readEnvelope(content, NOON)
    expect(message).to.deep.equal((await readPackage(withoutSignature(sample))).message)
    expect(content.lines.messageHeader).to.equal(6)
  })
})

async function writeAgain(message: Message, xml: string, contents: readonly Buffer[]): Promise<string> {
  const signer = senderOf(xml)
  if (message.form === 'status') return Buffer.from((await writeStatus(message, signer, NOON)).octets).toString()
  const { head, chunks } = await written(message, signer, NOON, (index) => contents[index] ?? Buffer.alloc(0))
  return fileOf(head, chunks)
}

interface Tree {
  readonly [name: string]: readonly (string | Tree)[]
}

/** Every text of the message with the path of its elements, in the order of the alphabet. */
function leavesOf(message: Message): string[] {
  const found: string[] = []
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'string') found.push(`${path} = ${value}`)
    else if (Array.isArray(value)) for (const item of value) walk(item, path)
    else if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) walk(child, path === '' ? key : `${path}/${key}`)
    }
  }
  walk(message, '')
  return found.filter((leaf) => !leaf.startsWith('form = ')).sort()
}

/** The same from xml2js, which shares nothing with our reader, under the names of the message. */
async function leavesByXml2js(xml: string): Promise<string[]> {
  const header = await headerOf(xml)
  const [messageHeader] = header['MessageHeader'] as Tree[]
  const [trace] = (header['TraceHeaderList'] ?? []) as Tree[]
  const found: string[] = []
  const walk = (tree: Tree, path: string): void => {
    for (const [name, values] of Object.entries(tree)) {
      for (const value of values) {
        const child = namedAs(path, name)
        if (typeof value === 'string') {
          if (value !== '') found.push(`${child} = ${translated(child, value)}`)
        } else walk(value, child)
      }
    }
  }
  walk(messageHeader ?? {}, '')
  walk(trace ?? {}, '')
  for (const reference of await referencesOf(xml)) walk(reference, 'attachments')
  return found.sort()
}

const lists = new Map([
  ['TraceHeader', 'traceHeaders'],
  ['toPlaces/Place', 'toPlaces'],
  ['otherInfo/appendixes/Appendix', 'otherInfo/appendixes'],
  ['bussiness/bussinessDocumentInfo/receiverList/Receiver', 'bussiness/bussinessDocumentInfo/receiverList'],
  ['bussiness/replacementInfoList/ReplacementInfo', 'bussiness/replacementInfoList'],
  ['bussiness/replacementInfoList/OrganIdList', 'bussiness/replacementInfoList'],
  ['bussiness/replacementInfoList/OrganId', 'bussiness/replacementInfoList/organIds'],
])

function namedAs(path: string, name: string): string {
  const full = path === '' ? name : `${path}/${name}`
  const known = lists.get(full)
  if (known !== undefined) return known
  const own = name.charAt(0).toLowerCase() + name.slice(1)
  return path === '' ? own : `${path}/${own}`
}

function translated(path: string, value: string): string {
  if (path === 'bussiness/bussinessDocType') return ['new', 'recall', 'update', 'replace'][Number(value)] ?? value
  return path === 'attachments/contentId' ? value.replace('cid:', '') : value
}

async function parsed(xml: string): Promise<Tree> {
  const parser = new Parser({ tagNameProcessors: [processors.stripPrefix], ignoreAttrs: true, explicitRoot: false })
  return (await parser.parseStringPromise(xml)) as Tree
}

async function headerOf(xml: string): Promise<Tree> {
  const [envelope] = (await parsed(xml))['edXMLEnvelope'] as Tree[]
  const [header] = (envelope?.['edXMLHeader'] ?? []) as Tree[]
  return header ?? {}
}

async function referencesOf(xml: string): Promise<readonly Tree[]> {
  const [envelope] = (await parsed(xml))['edXMLEnvelope'] as Tree[]
  const [body] = (envelope?.['edXMLBody'] ?? []) as Tree[]
  const [manifest] = (body?.['edXMLManifest'] ?? []) as Tree[]
  return (manifest?.['Reference'] ?? []) as Tree[]
}

async function contentsOf(xml: string): Promise<Buffer[]> {
  const [encoded] = ((await parsed(xml))['AttachmentEncoded'] ?? []) as Tree[]
  const attachments = (encoded?.['Attachment'] ?? []) as Tree[]
  return attachments.map((attachment) => {
    const [base64] = attachment['ContentTransferEncoded'] ?? []
    return Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64')
  })
}

async function digestsOf(xml: string): Promise<string[]> {
  const content = await verify(await signVector(xml, senderOf(xml)), toyTrust(), NOON)
  return content.attachments.map(({ sha256 }: SignedAttachment) => sha256)
}
