import { createReadStream, statSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { GatewayError, limits } from '../base/index.ts'
import { reasonOf } from '../config/index.ts'
import { type Certificate, readCertificate } from '../pki/index.ts'

const MIB = 1024 * 1024
const TAIL = Buffer.from('<AttachmentEncoded')

/** A signed package, wherever its octets are. */
export interface SignedPackage {
  /** As `verify` wants it. */
  content(): Promise<Uint8Array | AsyncIterable<Uint8Array>>
  /** @throws {GatewayError} envelope-too-large */
  whole(): Promise<Uint8Array>
  /** The certificates that stand in the package, whatever they are worth. Those that cannot be read are left out. */
  certificates(): Promise<Certificate[]>
}

/** A package that is in memory already. */
export function packageOf(octets: Uint8Array): SignedPackage {
  return {
    content: async () => octets,
    whole: async () => octets,
    certificates: async () => certificatesIn(octets.subarray(0, limits.headBytes + TAIL.length)),
  }
}

function certificatesIn(head: Uint8Array): Certificate[] {
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1')
  const texts = text.matchAll(/<(?:[\w.-]{1,64}:)?X509Certificate>([A-Za-z0-9+/=\s]{1,32768})</g)
  return [...texts].slice(0, limits.certificatesInKeyInfo).flatMap(([, base64 = '']) => {
    try {
      return [readCertificate(Buffer.from(base64, 'base64'))]
    } catch {
      return []
    }
  })
}

/** A signed file on disk, read in bounded memory. */
export class PackageFile implements SignedPackage {
  readonly path: string
  readonly octets: number

  /** @throws {GatewayError} request-invalid: it cannot be read */
  constructor(path: string) {
    this.path = path
    try {
      const found = statSync(path)
      if (!found.isFile()) throw Object.assign(new Error('it is not a file'), { code: 'ENOTFILE' })
      this.octets = found.size
    } catch (cause) {
      throw new GatewayError('request-invalid', `${path} cannot be read: ${reasonOf(cause)}`, {}, { cause })
    }
  }

  /**
   * As `verify` wants it: whole when it is small enough to be read as one document, otherwise everything before the
   * attachments, and then pieces of 1 MiB.
   */
  async content(): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
    return this.octets <= limits.wholeDocumentBytes ? readFile(this.path) : this.#pieces()
  }

  /** @throws {GatewayError} envelope-too-large */
  async whole(): Promise<Uint8Array> {
    if (this.octets <= limits.wholeDocumentBytes) return readFile(this.path)
    throw new GatewayError(
      'envelope-too-large',
      `${this.path} has ${this.octets} octets; at most ${limits.wholeDocumentBytes} are read whole`,
    )
  }

  async certificates(): Promise<Certificate[]> {
    return certificatesIn(await this.#beginning())
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    const beginning = await this.#beginning()
    const tail = beginning.indexOf(TAIL)
    const headOctets = tail < 0 ? beginning.length : tail
    yield beginning.subarray(0, headOctets)
    for await (const piece of createReadStream(this.path, { start: headOctets, highWaterMark: MIB }))
      yield piece as Buffer
  }

  /** One octet more than a head may have, so that a head that is too long shows. */
  async #beginning(): Promise<Buffer> {
    const file = await open(this.path)
    try {
      const buffer = Buffer.alloc(Math.min(this.octets, limits.headBytes + TAIL.length))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  }
}
