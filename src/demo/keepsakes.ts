import { copyFileSync, readFileSync } from 'node:fs'
import { GatewayError, systemClock } from '../base/index.ts'
import { judge } from '../cli/index.ts'
import type { EnvelopeId } from '../message/index.ts'
import { readCertificates, TrustStore } from '../pki/index.ts'
import { type SignedContent, verify } from '../signature/index.ts'
import { content, type Store } from '../store/index.ts'
import { newDocument } from './documents.ts'
import type { Narrator } from './narrator.ts'
import type { OutFolder } from './out-folder.ts'
import type { Exchanged } from './story.ts'
import { toyFolder, type World } from './world.ts'

/**
 * Writes what was exchanged into the folder and judges each file as `lienthong verify` does; then holds the receipt
 * against the document: it must name these very bytes.
 * @throws {GatewayError} the reason why a file is not what it should be
 */
export async function keep(world: World, exchanged: Exchanged, out: OutFolder, narrator: Narrator): Promise<void> {
  const { ministry, office } = world
  copyFileSync(`${toyFolder}/trust.pem`, out.pathOf('trust.pem'))
  copyFileSync(`${toyFolder}/g02-p256.crt`, out.pathOf('g02.crt'))
  copyFileSync(`${toyFolder}/g22-rsa.crt`, out.pathOf('g22.crt'))
  out.write('api-keys.txt', `G02 ${ministry.apiKey}\nG22 ${office.apiKey}\n`, 0o600)
  out.write(
    'next-document.json',
    `${JSON.stringify({ ...newDocument, code: { ...newDocument.code, codeNumber: '7422' } }, null, 2)}\n`,
  )

  const packages: [name: string, store: Store, id: string][] = [
    ['document.edxml', office.gateway.store, exchanged.arrived],
    ['receipt.edxml', ministry.gateway.store, exchanged.receipt],
    ...[...exchanged.statuses].map(([code, id]): [string, Store, string] => [
      `status-${code}.edxml`,
      ministry.gateway.store,
      id,
    ]),
  ]
  for (const [name, store, id] of packages) {
    const path = out.write(name, await bytesOf(store, id))
    const { verdict, reason, message, signer, algorithms } = await judge({
      file: path,
      profile: 'strict',
      trust: [out.pathOf('trust.pem')],
      at: systemClock.now(),
    })
    if (reason !== null || signer === null)
      throw new GatewayError(reason ?? 'internal', `${name} is ${verdict}: ${message}`)
    narrator.line(
      systemClock.now(),
      'verify',
      `${name}: hợp lệ, do ${signer.agency} ký`,
      `accepted, ${shortName(algorithms?.signature ?? '')} by ${signer.agency}`,
    )
  }
  const sentBytes = await bytesOf(ministry.gateway.store, exchanged.sent)
  if (!sentBytes.equals(readFileSync(out.pathOf('document.edxml'))))
    throw new GatewayError('digest-mismatch', 'what arrived is not what was sent')
  await requireReceiptOf(out.pathOf('document.edxml'), out.pathOf('receipt.edxml'), out)
  narrator.line(
    systemClock.now(),
    'verify',
    'biên nhận ghi đúng SHA-256 và mọi digest của văn bản',
    'the receipt names the document’s SHA-256 and each of its digests',
  )
}

/** Promise 5: the receipt names the digests of what was received. */
async function requireReceiptOf(document: string, receipt: string, out: OutFolder): Promise<void> {
  const [sent, answered] = [await contentOf(document, out), (await contentOf(receipt, out)).receipt]
  const digests = (references: SignedContent['references'] | undefined) =>
    JSON.stringify(references?.map(({ uri, digestValue }) => [uri, digestValue]).sort())
  if (answered?.envelopeSha256 !== sent.sha256 || digests(answered.references) !== digests(sent.references)) {
    throw new GatewayError('receipt-unmatched', 'the receipt does not name the digests of the document that was sent')
  }
}

async function contentOf(path: string, out: OutFolder): Promise<SignedContent> {
  const store = new TrustStore(readCertificates(readFileSync(out.pathOf('trust.pem'), 'utf8')))
  // Who may sign for whom was judged before; here only the digests matter.
  const trust = {
    store,
    agencySigning: (_: unknown, organId: string) => organId as SignedContent['signer']['agency'],
    ed25519Agreed: () => false,
  }
  return verify(readFileSync(path), trust, systemClock.now())
}

async function bytesOf(store: Store, id: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content.readEnvelope(store.read, id as EnvelopeId)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** `…/2001/04/xmldsig-more#ecdsa-sha256` → `ecdsa-sha256`. */
function shortName(algorithm: string): string {
  return algorithm.slice(algorithm.lastIndexOf('#') + 1)
}
