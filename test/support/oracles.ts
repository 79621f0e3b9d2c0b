import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { promisify } from 'node:util'
import { Crypto } from '@peculiar/webcrypto'
import { DOMImplementation, DOMParser, XMLSerializer } from '@xmldom/xmldom'
import { setNodeDependencies } from 'xml-core'
import * as xmldsig from 'xmldsigjs'
import * as xpath from 'xpath'

/** Verifiers that share no line with ours. Each says whether it believes a document signed by a given key, and why not. */
export interface Judgement {
  readonly accepted: boolean
  readonly why: string
}

/** An element type whose attribute `Id` is an id: outside tools know that only of the elements of `ds:`. */
export interface IdElement {
  readonly namespace: string
  readonly name: string
}

export type Oracle = (
  document: string | Uint8Array,
  publicKey: KeyObject,
  ids: readonly IdElement[],
) => Promise<Judgement>

/** Everything that our packages reference by Id. */
export const packageIds: readonly IdElement[] = [
  ...['MessageHeader', 'TraceHeaderList', 'edXMLBody', 'AttachmentEncoded'].map((name) => ({
    namespace: 'http://www.mic.gov.vn/TBT/QCVN_102_2016',
    name,
  })),
  { namespace: 'http://uri.etsi.org/01903/v1.3.2#', name: 'SignedProperties' },
  { namespace: 'urn:vn:lienthong:receipt:1', name: 'NonRepudiationInformation' },
]

/** Debian's xmlsec1. Knows RSA PKCS#1 v1.5 and ECDSA; refuses PSS and EdDSA as unknown. */
export const xmlsec1: Oracle = async (document, publicKey, ids) => {
  const folder = mkdtempSync(join(tmpdir(), 'xmlsec1-'))
  try {
    const [file, keyFile] = [join(folder, 'document.xml'), join(folder, 'key.pem')]
    writeFileSync(file, document)
    writeFileSync(keyFile, publicKey.export({ type: 'spki', format: 'pem' }))
    const idOptions = ids.flatMap(({ namespace, name }) => ['--id-attr:Id', `${namespace}:${name}`])
    return await run('xmlsec1', [
      '--verify',
      '--pubkey-pem',
      keyFile,
      '--enabled-key-data',
      'key-name',
      ...idOptions,
      file,
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** xmlsec1 as the signer of a template: fills in each empty DigestValue and the SignatureValue. */
export async function signWithXmlsec1(
  template: string,
  privateKeyPem: string,
  ids: readonly IdElement[] = [],
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'xmlsec1-'))
  try {
    const [file, keyFile] = [join(folder, 'template.xml'), join(folder, 'key.pem')]
    writeFileSync(file, template)
    writeFileSync(keyFile, privateKeyPem)
    const idOptions = ids.flatMap(({ namespace, name }) => ['--id-attr:Id', `${namespace}:${name}`])
    const { stdout } = await called('xmlsec1', ['--sign', '--privkey-pem', keyFile, ...idOptions, file])
    return stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The JDK's javax.xml.crypto with secure validation: RSA, PSS, ECDSA, Ed25519. One JVM serves the whole run. */
export const jdk: Oracle = async (document, publicKey, ids) => {
  const octets = Buffer.from(document)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const algorithm = javaNames.get(publicKey.asymmetricKeyType ?? '')
  const pairs = ids.map(({ namespace, name }) => `${namespace} ${name}`).join(',')
  jvm ??= startJvm()
  const answer = await jvm([octets.toString('base64'), spki.toString('base64'), algorithm, pairs].join('\t'))
  const [verdict, why = ''] = answer.split('\t')
  return { accepted: verdict === 'valid', why }
}

const javaNames = new Map([
  ['rsa', 'RSA'],
  ['ec', 'EC'],
  ['ed25519', 'Ed25519'],
])
let jvm: ((request: string) => Promise<string>) | undefined

/** @returns A function that sends one line and resolves with the line that answers it; rejects when there is no Java. */
function startJvm(): (request: string) => Promise<string> {
  const source = join(import.meta.dirname, 'JdkVerifier.java')
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn('java', ['-XX:TieredStopAtLevel=1', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = []
  let failure: Error | undefined
  const fail = (reason: string): void => {
    failure = missing('java', 'default-jdk-headless', reason)
    for (const { reject } of waiting.splice(0)) reject(failure)
  }
  child.on('error', (error) => fail(error.message))
  child.on('exit', (code) => fail(`it ended with ${String(code)}`))
  child.stdin.on('error', (error) => fail(error.message))
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting.shift()?.resolve(line)
    if (waiting.length === 0) hold(false)
  })
  process.once('exit', () => child.kill())
  // Only an open question keeps the process alive; child pipes are sockets, whatever their type says.
  const hold = (busy: boolean): void => {
    for (const handle of [child, child.stdin as Socket, child.stdout as Socket]) busy ? handle.ref() : handle.unref()
  }
  return (request) =>
    new Promise((resolve, reject) => {
      if (failure !== undefined) return reject(failure)
      waiting.push({ resolve, reject })
      hold(true)
      child.stdin.write(`${request}\n`)
    })
}

/** xmldsigjs on xmldom and a webcrypto of its own: RSA PKCS#1 v1.5 and ECDSA, by Id. Finds ids by itself. */
export const xmldsigjs: Oracle = async (document, publicKey) => {
  const engine = secondEngine()
  const tree = xmldsig.Parse(Buffer.from(document).toString('utf8'))
  const signature = tree.getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'Signature')[0]
  if (signature === undefined) return { accepted: false, why: 'no signature' }
  const signed = new xmldsig.SignedXml(tree)
  try {
    signed.LoadXml(signature)
    const key = await engine.subtle.importKey(
      'spki',
      publicKey.export({ type: 'spki', format: 'der' }),
      webAlgorithm(publicKey),
      true,
      ['verify'],
    )
    delete signed.Algorithm // otherwise the key is imported once more, without its curve
    return { accepted: await signed.Verify(key), why: 'signature value' }
  } catch (error) {
    return { accepted: false, why: String(error) }
  }
}

/**
 * xmldsigjs as the signer: signs `references` of the document and returns the text of `ds:Signature`.
 * @param object The XML of one ds:Object to carry, which a reference may point into.
 */
export async function signWithXmldsigjs(
  document: string,
  privateKey: KeyObject,
  certificateBase64: string,
  references: readonly xmldsig.OptionsSignReference[],
  object?: string,
): Promise<string> {
  const engine = secondEngine()
  const algorithm = webAlgorithm(createPublicKey(privateKey))
  const key = await engine.subtle.importKey(
    'pkcs8',
    privateKey.export({ type: 'pkcs8', format: 'der' }),
    algorithm,
    false,
    ['sign'],
  )
  const signed = new xmldsig.SignedXml()
  signed.XmlSignature.SignedInfo.CanonicalizationMethod.Algorithm = 'http://www.w3.org/2001/10/xml-exc-c14n#'
  if (object !== undefined) signed.XmlSignature.ObjectList.Add(xmldsig.DataObject.LoadXml(object))
  await signed.Sign(algorithm, key, xmldsig.Parse(document), {
    id: 'Signature',
    x509: [certificateBase64],
    references: [...references],
  })
  return signed.XmlSignature.toString()
}

let engine: Crypto | undefined
function secondEngine(): Crypto {
  if (engine === undefined) {
    setNodeDependencies({ DOMImplementation, DOMParser, XMLSerializer, xpath })
    engine = new Crypto()
    xmldsig.Application.setEngine('second engine', engine)
  }
  return engine
}

function webAlgorithm(key: KeyObject): { name: string; hash: string; namedCurve?: string } {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const curve = key.asymmetricKeyDetails?.namedCurve
  return curve === 'secp384r1'
    ? { name: 'ECDSA', hash: 'SHA-384', namedCurve: 'P-384' }
    : { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' }
}

/** Exit 0 is acceptance, anything else refusal; a tool that is not there is an error, never a verdict. */
async function run(tool: string, options: readonly string[]): Promise<Judgement> {
  try {
    const { stderr } = await called(tool, options)
    return { accepted: true, why: stderr }
  } catch (error) {
    if (error instanceof ToolMissing) throw error
    return { accepted: false, why: String((error as { stderr?: string }).stderr ?? error) }
  }
}

async function called(tool: string, options: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  try {
    return await promisify(execFile)(tool, options)
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') throw missing(tool, tool, 'it is not installed')
    throw error
  }
}

class ToolMissing extends Error {}

function missing(tool: string, debianPackage: string, reason: string): ToolMissing {
  return new ToolMissing(`These tests need ${tool}, but ${reason}. Install it: apt-get install ${debianPackage}.`)
}
