import { crc32, inflateRawSync } from 'node:zlib'
import { limits } from '../base/index.ts'
import { unreadable } from './unreadable.ts'

/** The one file of a ZIP. Its name is data: nothing is ever written under it. */
export interface Unwrapped {
  readonly name: string
  readonly octets: Uint8Array
}

/**
 * Unwraps a ZIP that holds exactly one file, once. Senders' libraries wrap attachments so (edXML notes §4.7).
 * Where the two descriptions of the file that a ZIP has differ, readers could unpack different things: it is refused.
 * @returns nothing where it holds another number of files
 * @throws pdf-unreadable: zip-broken, zip-too-large
 */
export function unwrap(octets: Uint8Array): Unwrapped | undefined {
  const view = Buffer.from(octets.buffer, octets.byteOffset, octets.length)
  const end = endRecord(view)
  const [disk, count, total] = [view.readUInt16LE(end + 4), view.readUInt16LE(end + 8), view.readUInt16LE(end + 10)]
  const [size, start] = [view.readUInt32LE(end + 12), view.readUInt32LE(end + 16)]
  if (disk !== 0 || count !== total) throw broken('it has several parts')
  if (count !== 1) return undefined
  if (start + size !== end || size < CENTRAL_BYTES) throw broken('its directory is not before its end')
  const entry = centralEntry(view, start, end)
  const data = localData(view, start, entry)
  return { name: entry.name, octets: unpacked(data, entry) }
}

interface Entry {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly packedBytes: number
  readonly bytes: number
  readonly local: number
  /** The local description leaves out the checksum and the lengths, and gives them behind the data (APPNOTE 4.3.9). */
  readonly isDescribedBehind: boolean
}

const END = 0x06054b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const DESCRIPTOR = 0x08074b50
const CENTRAL_BYTES = 46
const END_BYTES = 22
/** Below this a high ratio does no harm. */
const SMALL_BYTES = 1024 * 1024

/** APPNOTE 4.3.16; a comment may follow it, and then it must be as long as it says. */
function endRecord(view: Buffer): number {
  for (let at = view.length - END_BYTES; at >= 0 && at >= view.length - END_BYTES - 0xffff; at--)
    if (view.readUInt32LE(at) === END && at + END_BYTES + view.readUInt16LE(at + 20) === view.length) return at
  throw broken('it has no end record')
}

function centralEntry(view: Buffer, start: number, end: number): Entry {
  if (view.readUInt32LE(start) !== CENTRAL) throw broken('its directory is elsewhere')
  const nameBytes = view.readUInt16LE(start + 28)
  const length = CENTRAL_BYTES + nameBytes + view.readUInt16LE(start + 30) + view.readUInt16LE(start + 32)
  if (start + length !== end) throw broken('its directory holds more than one file')
  if ((view.readUInt16LE(start + 8) & 1) !== 0) throw broken('it is encrypted')
  const entry = {
    name: view.toString('utf8', start + CENTRAL_BYTES, start + CENTRAL_BYTES + nameBytes),
    method: view.readUInt16LE(start + 10),
    crc: view.readUInt32LE(start + 16),
    packedBytes: view.readUInt32LE(start + 20),
    bytes: view.readUInt32LE(start + 24),
    local: view.readUInt32LE(start + 42),
    isDescribedBehind: (view.readUInt16LE(start + 8) & 8) !== 0,
  }
  const tooMuch = entry.bytes > SMALL_BYTES && entry.bytes > entry.packedBytes * limits.zipRatio
  if (entry.bytes > limits.pdfBytes || tooMuch)
    throw unreadable(`The ZIP unpacks ${entry.packedBytes} octets to ${entry.bytes}.`, 'zip-too-large')
  return entry
}

/** The ZIP as those see it who read it from its beginning and never come to its directory: the same file, and no other. */
function localData(view: Buffer, start: number, entry: Entry): Uint8Array {
  const { local, packedBytes } = entry
  if (local !== 0 || start < 30 || view.readUInt32LE(0) !== LOCAL) throw broken('its file is elsewhere')
  const nameEnd = local + 30 + view.readUInt16LE(local + 26)
  const from = nameEnd + view.readUInt16LE(local + 28)
  if (from + packedBytes > start) throw broken('its file overlaps its directory')
  const sameName = view.toString('utf8', local + 30, nameEnd) === entry.name
  if (!sameName || view.readUInt16LE(local + 8) !== entry.method || !isSameLength(view, from, start, entry))
    throw broken('it describes its file in two ways')
  return view.subarray(from, from + packedBytes)
}

/** Whether the local description gives the same checksum and lengths, before the data or behind them, and nothing more follows. */
function isSameLength(view: Buffer, from: number, start: number, entry: Entry): boolean {
  const { crc, packedBytes, bytes, method } = entry
  const says = (at: number): boolean => {
    const numbers = [0, 4, 8].map((field) => view.readUInt32LE(at + field))
    return numbers.every((number, i) => number === [crc, packedBytes, bytes][i])
  }
  const behind = start - from - packedBytes
  if ((view.readUInt16LE(6) & 8) === 0) return !entry.isDescribedBehind && says(14) && behind === 0
  // stored data do not say where they end
  if (!entry.isDescribedBehind || method === 0) return false
  if (behind === 12) return says(start - 12)
  return behind === 16 && view.readUInt32LE(start - 16) === DESCRIPTOR && says(start - 12)
}

function unpacked(data: Uint8Array, { method, bytes, crc }: Entry): Uint8Array {
  const octets = method === 0 ? data : method === 8 ? inflated(data, bytes) : undefined
  if (octets === undefined) throw broken('it is compressed in an unusual way')
  if (octets.length !== bytes || crc32(octets) !== crc) throw broken('its file is damaged')
  return octets
}

/** As `info` gives it, which the types of Node leave out. */
interface Inflated {
  readonly buffer: Uint8Array
  readonly engine: { readonly bytesWritten: number }
}

function inflated(data: Uint8Array, bytes: number): Uint8Array {
  try {
    const { buffer, engine } = inflateRawSync(data, { maxOutputLength: bytes + 1, info: true }) as unknown as Inflated
    if (engine.bytesWritten !== data.length) throw broken('something follows its compressed file')
    return buffer
  } catch (error) {
    throw broken('its file cannot be unpacked, or is longer than it says', error)
  }
}

function broken(why: string, cause?: unknown): Error {
  return unreadable(`The ZIP cannot be read: ${why}.`, 'zip-broken', cause)
}
