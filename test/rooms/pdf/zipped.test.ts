/** Attachments that came in a ZIP, as senders' libraries send them (edXML notes §4.7). */
import { crc32, deflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import { codesOf, judgePdf } from '../../support/pdf-judging.ts'
import { handmade } from '../../support/pdf-tampering.ts'

interface ZipEntry {
  readonly name?: string
  readonly data?: Uint8Array
  readonly store?: boolean
  /** Lies. */
  readonly bytes?: number
  readonly crc?: number
  readonly localName?: string
  readonly flags?: number
  /** Its checksum and lengths stand behind it, as writers do that cannot go back; with the mark before them, or without. */
  readonly behind?: 'marked' | 'unmarked'
  /** Of the local description alone. */
  readonly localBytes?: number
  /** The directory does not name it. */
  readonly hidden?: boolean
  /** Octets after what is compressed, and as long as that is said to be. */
  readonly more?: string
}

/** A ZIP by hand: local files, directory, end (APPNOTE 4.3). */
function zip(...entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name = 'b9a1.pdf', data = handmade(), store = false, ...lies } of entries) {
    const packed = Buffer.concat([store ? data : deflateRawSync(data), Buffer.from(lies.more ?? '')])
    const flags = lies.behind === undefined ? (lies.flags ?? 0) : 8
    const numbers = [lies.crc ?? crc32(data), packed.length, lies.bytes ?? data.length]
    const common = (title: Uint8Array, [crc = 0, packedBytes = 0, bytes = 0]: number[]): Buffer => {
      const fields = Buffer.alloc(26)
      for (const [at, value] of [
        [0, 20],
        [2, flags],
        [4, store ? 0 : 8],
        [22, title.length],
      ] as const)
        fields.writeUInt16LE(value, at)
      for (const [at, value] of [
        [10, crc],
        [14, packedBytes],
        [18, bytes],
      ] as const)
        fields.writeUInt32LE(value, at)
      return fields
    }
    const [title, localTitle] = [Buffer.from(name), Buffer.from(lies.localName ?? name)]
    const behind = Buffer.alloc(lies.behind === undefined ? 0 : 12)
    if (lies.behind !== undefined) for (const [i, number] of numbers.entries()) behind.writeUInt32LE(number, 4 * i)
    const here = lies.behind === undefined ? numbers.with(2, lies.localBytes ?? numbers[2] ?? 0) : [0, 0, 0]
    const mark = lies.behind === 'marked' ? 'PK\x07\x08' : ''
    const head = Buffer.concat([Buffer.from('PK\x03\x04'), common(localTitle, here), localTitle])
    const local = Buffer.concat([head, packed, Buffer.from(mark), behind])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    if (lies.hidden !== true)
      directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common(title, numbers), tail, title]))
    locals.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  for (const at of [4, 6]) end.writeUInt16LE(directory.length, at)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, central, Buffer.from('PK\x05\x06'), end])
}

describe('an attachment in a ZIP', () => {
  const codes = async (octets: Uint8Array, name = 'Công văn 7421.pdf'): Promise<string[]> =>
    codesOf(await judgePdf(octets, { name, contentType: '' }))[0] ?? []

  for (const store of [false, true])
    it(`is unwrapped once and judged when it is the one file, ${store ? 'stored' : 'deflated'}`, async () => {
      const report = await judgePdf(zip({ store }))
      expect(report.file.form).to.equal('zip')
      expect(report.file.inner).to.include({ name: 'b9a1.pdf', octets: handmade().length })
      expect(codesOf(report)[0]).to.deep.equal(['unsigned'])
      expect(report.informationOnly).to.equal(true)
    })

  for (const behind of ['marked', 'unmarked'] as const)
    it(`is unwrapped when its lengths stand behind it, ${behind}, as writers do that cannot go back`, async () => {
      expect(await codes(zip({ behind }))).to.deep.equal(['unsigned'])
    })

  it('is not unwrapped twice', async () => {
    expect(await codes(zip({ data: zip({}) }))).to.deep.equal(['pdf-broken'])
  })

  it('is left alone when it is an archive itself, or an office document', async () => {
    for (const name of ['Hồ sơ.zip', 'Phụ lục.docx', 'Bảng.xlsx'])
      expect(await codes(zip({}), name)).to.deep.equal(['not-a-pdf'])
  })

  it('is not what it is called when it holds several files, or one of another kind', async () => {
    expect(await codes(zip({}, { name: 'b.pdf' }))).to.deep.equal(['zip-broken'])
    expect(await codes(zip({ name: 'setup.exe' }))).to.deep.equal(['zip-broken'])
    expect(await codes(zip({ name: 'b.xlsx', data: Buffer.from('x') }), 'Bảng.xls')).to.deep.equal(['not-a-pdf'])
  })

  const other = handmade({ 4: '<<>>' })
  const broken: Readonly<Record<string, Uint8Array>> = {
    'is cut off': zip({}).subarray(0, 200),
    'has no end': zip({}).subarray(0, -4),
    'has a wrong checksum': zip({ crc: 1 }),
    'is longer than it says': zip({ bytes: 10 }),
    'is shorter than it says': zip({ bytes: handmade().length + 10 }),
    'names its file in two ways': zip({ localName: 'c9a1.pdf' }),
    'has another file before it, for those who read it from its beginning': zip({ hidden: true, data: other }, {}),
    'has another file behind it, for the same': zip({}, { hidden: true, data: other }),
    'has another file behind it, hidden in what is compressed': zip({ more: zip({ data: other }).toString('latin1') }),
    'gives another length at its file than in its directory': zip({ store: true, localBytes: 100 }),
    'is stored without telling where it ends': zip({ store: true, behind: 'marked' }),
    'is encrypted': zip({ flags: 1 }),
    'has something behind its end': Buffer.concat([zip({}), Buffer.from('x')]),
    'has something between its file and its end': Buffer.concat([
      zip({}).subarray(0, -22),
      Buffer.from('xx'),
      zip({}).subarray(-22),
    ]),
  }
  for (const [what, octets] of Object.entries(broken))
    it(`is undetermined when it ${what}`, async () => {
      const report = await judgePdf(octets)
      expect(codesOf(report)[0]).to.deep.equal(['zip-broken'])
      expect(report.verdict).to.equal('undetermined')
    })

  // threat: hostile-pdf
  it('is undetermined when it is a bomb, which is not unpacked', async () => {
    const bomb = zip({ data: Buffer.alloc(100 * 1024 * 1024) })
    const before = process.memoryUsage().arrayBuffers
    expect(await codes(bomb)).to.deep.equal(['zip-too-large'])
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(50 * 1024 * 1024)
    expect(await codes(zip({ bytes: 0xffff_fff0 }))).to.deep.equal(['zip-too-large'])
  })

  it('unpacks no further than a bomb that lies about its length says', async () => {
    expect(await codes(zip({ data: Buffer.alloc(100 * 1024 * 1024), bytes: 5_000 }))).to.deep.equal(['zip-broken'])
  })

  // threat: injection
  it('has a name that is data, whatever it says', async () => {
    for (const name of [
      '../../etc/passwd.pdf',
      '..\\..\\a.pdf',
      '/dev/null.pdf',
      '=cmd|calc!A1.pdf',
      'a\r\nSet-Cookie: x.pdf',
      '‮fdp.exe\u202c.pdf',
    ]) {
      const report = await judgePdf(zip({ name }))
      expect(codesOf(report)[0]).to.deep.equal(['unsigned'])
      expect(report.file.inner?.name).not.to.match(/[\p{Cc}\p{Cf}]/u)
    }
  })
})
