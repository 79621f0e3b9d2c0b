import {
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign as rawSign,
  verify as rawVerify,
} from 'node:crypto'
import { limits } from '../src/base/index.ts'
import { AttachmentWriter, writeDocument } from '../src/envelope/index.ts'
import { sign, signedIds, verify } from '../src/signature/index.ts'
import { type Figure, interleaved, rounded } from './measure.ts'
import { benchDocument, toyKey, toySigner, toyTrust } from './toys.ts'

const AT = new Date('2026-11-21T02:00:00Z')

/** Signing and verifying envelopes, beside the raw speed of node:crypto on the same bytes. */
export async function* benchSign(): AsyncGenerator<Figure> {
  for (const [kind, scheme] of [
    ['rsa', 'pkcs1'],
    ['p256', undefined],
  ] as const)
    for (const size of [10_000, 1_000_000]) yield* await oneSize(kind, scheme, size)
  yield* await hostile()
}

async function oneSize(kind: 'rsa' | 'p256', scheme: 'pkcs1' | undefined, size: number): Promise<Figure[]> {
  const signer = toySigner(`g02-${kind}`, scheme)
  const attachment = randomBytes(Math.max(1_000, Math.floor(((size - 6_500) * 3) / 4)))
  const make = async (): Promise<Buffer> => {
    const chunks: Uint8Array[] = []
    const writer = new AttachmentWriter(async (_seq, bytes) => {
      chunks.push(bytes)
    }, limits.chunkBytes)
    const description = { contentId: 'c1', contentType: 'application/pdf', attachmentName: 'Công văn.pdf' }
    await writer.add(description, once(attachment))
    const written = await writer.end()
    const head = await writeDocument(benchDocument([description]), written, signer, AT)
    return Buffer.concat([head.octets, ...chunks])
  }
  const file = await make()
  const trust = toyTrust()
  const key = createPrivateKey(toyKey(`g02-${kind}`))
  const publicKey = createPublicKey(key)
  const option = kind === 'rsa' ? key : { key, dsaEncoding: 'ieee-p1363' as const }
  const value = rawSign('sha256', file, option)
  const publicOption = kind === 'rsa' ? publicKey : { key: publicKey, dsaEncoding: 'ieee-p1363' as const }
  const rates = await interleaved(
    {
      rawSign: () => rawSign('sha256', file, option),
      sign: () => {
        const digest = createHash('sha256').update(file).digest()
        return sign(
          Object.values(signedIds).map((id) => ({ id, digest, mimeType: 'text/xml' })),
          signer,
          AT,
        )
      },
      write: make,
      rawVerify: () => {
        createHash('sha256').update(file).digest()
        return rawVerify('sha256', file.subarray(0, 2_000), publicOption, value)
      },
      verify: () => verify(file, trust, AT),
    },
    { rounds: 5, ms: 400 },
  )
  const label = `${kind === 'rsa' ? 'RSA-2048' : 'P-256'}, ${size / 1000} KB`
  const { rawSign: rs = 0, sign: s = 0, write: w = 0, rawVerify: rv = 0, verify: v = 0 } = rates
  return [
    { name: `raw sign (${label})`, value: rounded(rs), unit: '/s' },
    {
      name: `sign an envelope that is written (${label})`,
      value: rounded(s),
      unit: '/s',
      ratio: { of: 'raw sign', value: rounded(s / rs) },
      ...(size === 10_000 ? { aim: '≥ 0.75' } : {}),
    },
    {
      name: `write, check against the schema and sign (${label})`,
      value: rounded(w),
      unit: '/s',
      ratio: { of: 'raw sign', value: rounded(w / rs) },
    },
    { name: `raw digest and verify (${label})`, value: rounded(rv), unit: '/s' },
    {
      name: `verify an envelope (${label})`,
      value: rounded(v),
      unit: '/s',
      ratio: { of: 'raw digest and verify', value: rounded(v / rv) },
      ...(size === 10_000 ? { aim: '≥ 0.15' } : {}),
    },
  ]
}

/** CPU time to refuse hostile files of 2 MB. */
async function hostile(): Promise<Figure[]> {
  const ns = 'http://www.mic.gov.vn/TBT/QCVN_102_2016'
  const open = `<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="${ns}">`
  const files: Record<string, string> = {
    'two million octets of elements': `${open}${'<a/>'.repeat(500_000)}</edXML>`,
    nesting: `${open}${'<a>'.repeat(280_000)}${'</a>'.repeat(280_000)}</edXML>`,
    'one element with many attributes': `${open}<a ${Array.from({ length: 100_000 }, (_, i) => `a${i}="${i}"`).join(' ')}/></edXML>`,
    'namespace declarations': `${open}<a ${Array.from({ length: 50_000 }, (_, i) => `xmlns:n${i}="u:${i}"`).join(' ')}/></edXML>`,
    'one long text': `${open}<a>${'x'.repeat(2_000_000)}</a></edXML>`,
    references: `${open}${'&#65;'.repeat(400_000)}</edXML>`,
    'white space': `${open}${' '.repeat(2_000_000)}</edXML>`,
    'attachments that are none': `${open}<AttachmentEncoded>${'<Attachment></Attachment>'.repeat(80_000)}</AttachmentEncoded></edXML>`,
  }
  const figures: Figure[] = []
  const trust = toyTrust()
  for (const [name, text] of Object.entries(files)) {
    const bytes = Buffer.from(text)
    await verify(bytes, trust, AT).catch(() => undefined) // warm
    const before = process.cpuUsage()
    const runs = 3
    for (let i = 0; i < runs; i++)
      await verify(bytes, trust, AT).then(
        () => {
          throw new Error(`a hostile file was accepted: ${name}`)
        },
        () => undefined,
      )
    const used = process.cpuUsage(before)
    figures.push({
      name: `refuse 2 MB of ${name}`,
      value: rounded((used.user + used.system) / 1000 / runs),
      unit: 'ms CPU',
      aim: '< 100',
    })
  }
  return figures
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
