import type { Clock, Ids } from '../../src/base/index.ts'
import { edxmlTimestamp, timeOrderedIds } from '../../src/base/index.ts'
import {
  type AxisConnection,
  type PartHeaders,
  partHeaders,
  type ReceivedPart,
  writePartHeaders,
} from '../../src/broker/index.ts'
import { AttachmentWriter, writeDocument, writeStatus } from '../../src/envelope/index.ts'
import {
  type AgencyCode,
  type DocumentMessage,
  documentId,
  type Lane,
  lanes,
  type ProcessingStatus,
} from '../../src/message/index.ts'
import type { Signer } from '../../src/pki/index.ts'
import { type ReceiptInfo, verify } from '../../src/signature/index.ts'
import type { World } from './gateways.ts'
import { sha256 } from './letters.ts'
import { documentMessage, statusMessage } from './messages.ts'
import { toySigner } from './pki.ts'
import { signVector, withoutSignature } from './sign-vector.ts'
import { toyTrust } from './toy-signers.ts'

/** A signed package, cut into parts, that nobody has sent yet. */
export interface Package {
  readonly messageId: string
  readonly type: 'edoc' | 'status'
  readonly lane: Lane
  readonly documentId: string
  readonly parts: readonly Uint8Array[]
}

/** How a package is put on the axis when not as the contract says. */
export interface Put {
  /** Which parts, in which order; all by default. */
  readonly parts?: readonly number[]
  readonly headers?: Partial<Record<keyof PartHeaders, string | number>>
  readonly lane?: Lane
  readonly type?: 'edoc' | 'status' | 'query'
  readonly through?: AxisConnection
}

/** An agency that takes part by hand: it sees every part that comes for it, and sends and answers only when told to. */
export class Partner {
  readonly agency: AgencyCode
  /** Everything that came, in order. */
  readonly came: ReceivedPart[] = []
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #signer: Signer
  readonly #axis: AxisConnection
  /** What `arrived` found when it was last asked: tests ask again and again. */
  #read: { count: number; last: ReceivedPart | undefined; all: readonly Arrived[] } | undefined

  private constructor(world: World, code: string) {
    this.agency = code as AgencyCode
    this.#clock = world.clock
    this.#ids = timeOrderedIds(world.clock)
    this.#signer = toySigner(code.toLowerCase(), 'p256')
    world.axis.provision(this.agency)
    this.#axis = world.axis.connect({ user: code, agencies: [this.agency] })
  }

  static async open(world: World, code: string): Promise<Partner> {
    const partner = new Partner(world, code)
    for (const lane of lanes)
      await partner.#axis.consume(partner.agency, lane, 100, async (part) => {
        partner.came.push(part)
      })
    return partner
  }

  /** A new document for G22 unless `change` says otherwise, with one attachment. */
  async document(
    text: string,
    change: Partial<DocumentMessage> = {},
    options: { chunkBytes?: number; signer?: Signer } = {},
  ): Promise<Package> {
    const { chunkBytes = 65_536, signer = this.#signer } = options
    const chunks: Uint8Array[] = []
    const writer = new AttachmentWriter(async (_seq, bytes) => void chunks.push(Buffer.from(bytes)), chunkBytes)
    const message = documentMessage(change)
    for (const attachment of message.attachments) await writer.add(attachment, streamOf(text))
    const head = await writeDocument(message, await writer.end(), signer, this.#clock.now())
    const urgent = message.otherInfo.priority !== '0'
    return {
      messageId: this.#ids.next(),
      type: 'edoc',
      lane: urgent ? 'express' : 'ordinary',
      documentId: message.documentId,
      parts: [head.octets, ...chunks],
    }
  }

  /** A status about a document of `to`; with `info` it answers these bytes. */
  async status(
    code: ProcessingStatus,
    about: { documentId: string; to: AgencyCode },
    options: { info?: ReceiptInfo | undefined; description?: string } = {},
  ): Promise<Package> {
    const {
      info,
      description = code === '02' ? '[schema-violation] Không đúng lược đồ / not the schema' : `trạng thái ${code}`,
    } = options
    const wire = (agency: AgencyCode): string => `000.00.00.${agency}`
    const message = statusMessage({
      from: { organId: wire(this.agency), organName: `Cơ quan ${this.agency}` },
      responseFor: { organId: wire(about.to), documentId: documentId(about.documentId) },
      statusCode: code,
      description,
      timestamp: edxmlTimestamp(this.#clock.now()),
    })
    const written = await writeStatus(message, this.#signer, this.#clock.now(), info)
    return {
      messageId: this.#ids.next(),
      type: 'status',
      lane: 'status',
      documentId: about.documentId,
      parts: [written.octets],
    }
  }

  /** An answer to a package that came: its sender and its bytes are those of the package. */
  async answer(code: '01' | '02', to: Arrived, description?: string): Promise<Package> {
    const info = await receiptFor(to.bytes, this.#clock.now())
    return this.status(
      code,
      { documentId: to.documentId, to: to.from },
      { info, ...(description === undefined ? {} : { description }) },
    )
  }

  /** Puts parts on the axis; resolves when the axis has confirmed them. */
  async put(made: Package, to: string, how: Put = {}): Promise<void> {
    const envelopeSha256 = sha256(Buffer.concat(made.parts))
    const lies = Object.fromEntries(
      Object.entries(how.headers ?? {}).map(([name, value]) => [partHeaders[name as keyof PartHeaders], value]),
    )
    for (const part of how.parts ?? made.parts.keys()) {
      const body = made.parts[part] ?? new Uint8Array()
      const headers: Omit<PartHeaders, 'contractVersion'> = {
        from: this.agency,
        to: to as AgencyCode,
        documentId: documentId(made.documentId),
        attempt: 1,
        part,
        parts: made.parts.length,
        partSha256: sha256(body),
        envelopeSha256,
      }
      await (how.through ?? this.#axis).publish({
        from: this.agency,
        to: to as AgencyCode,
        lane: how.lane ?? made.lane,
        messageId: made.messageId,
        type: how.type ?? made.type,
        contentType: 'application/xml',
        timestamp: this.#clock.now(),
        headers: { ...writePartHeaders(headers), ...lies },
        body,
      })
    }
  }

  /** Asks for the receipt of a package, or for what is missing of it. */
  async ask(made: Package, to: string): Promise<void> {
    const empty = new Uint8Array()
    const question: Package = { ...made, lane: 'status', parts: [empty, ...made.parts.slice(1)] }
    const envelopeSha256 = sha256(Buffer.concat(made.parts))
    await this.put(question, to, { parts: [0], type: 'query', headers: { envelopeSha256 } })
  }

  /** Every list of missing parts that came, as it stood. */
  lists(): string[] {
    return this.came
      .filter(({ type, body }) => type === 'query' && body.length > 0)
      .map(({ body }) => Buffer.from(body).toString())
  }

  /** Every whole sending that came so far; a package that was sent again is there again. */
  arrived(): readonly Arrived[] {
    const upTo = { count: this.came.length, last: this.came.at(-1) }
    if (this.#read?.count !== upTo.count || this.#read.last !== upTo.last)
      this.#read = { ...upTo, all: this.#readAll() }
    return this.#read.all
  }

  #readAll(): Arrived[] {
    const sendings = Map.groupBy(this.came, ({ messageId, headers }) => `${messageId} ${headers['attempt']}`)
    return [...sendings.values()]
      .filter((parts) => parts.length === parts[0]?.headers['parts'])
      .map((parts) => {
        const bytes = Buffer.concat(parts.toSorted((a, b) => partOf(a) - partOf(b)).map(({ body }) => body))
        const [{ messageId, headers, type, lane } = never()] = parts
        return {
          bytes,
          text: bytes.toString(),
          messageId,
          type,
          lane,
          from: String(headers['from']) as AgencyCode,
          documentId: String(headers['document-id']),
          attempt: Number(headers['attempt']),
        }
      })
  }

  /** The status packages that came with this code. */
  answers(code: string): Arrived[] {
    return this.arrived().filter(({ text }) => text.includes(`<edXML:StatusCode>${code}</edXML:StatusCode>`))
  }

  close(): Promise<void> {
    return this.#axis.close()
  }
}

/** A whole package that came for a partner. */
export interface Arrived {
  readonly bytes: Buffer
  readonly text: string
  readonly messageId: string
  readonly type: string
  readonly lane: Lane
  readonly from: AgencyCode
  readonly documentId: string
  readonly attempt: number
}

/** What an honest answer to these bytes names. */
export async function receiptFor(bytes: Uint8Array, at: Date): Promise<ReceiptInfo> {
  const { sha256: envelopeSha256, references } = await verify(bytes, toyTrust(), at)
  return { envelopeSha256, references }
}

/** The same package with one change in its head that our writer would not make, under a new signature of G02. */
export async function signedWith(made: Package, from: string, to: string): Promise<Package> {
  const text = Buffer.concat(tampered(made, from, to).parts).toString()
  const bytes = Buffer.from(await signVector(withoutSignature(text)))
  const cut = bytes.indexOf('<AttachmentEncoded')
  const parts = [bytes.subarray(0, cut)]
  for (let at = cut; at < bytes.length; at += 65_536) parts.push(bytes.subarray(at, at + 65_536))
  return { ...made, parts }
}

/** The same package with one change in its head, which its signature does not cover any more. */
export function tampered(made: Package, from: string, to: string): Package {
  const [head = new Uint8Array(), ...rest] = made.parts
  const text = Buffer.from(head).toString()
  if (!text.includes(from)) throw new Error(`'${from}' is not in the head`)
  return { ...made, parts: [Buffer.from(text.replace(from, to)), ...rest] }
}

function partOf(part: ReceivedPart): number {
  return Number(part.headers['part'])
}

async function* streamOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

function never(): never {
  throw new Error('a group has at least one part')
}
