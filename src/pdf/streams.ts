import { inflateSync } from 'node:zlib'
import type { Budget } from './budget.ts'
import { unreadable } from './unreadable.ts'
import { isArray, isDictionary, nameOf, type PdfDictionary, type PdfValue, requireCount } from './values.ts'

/**
 * The data of a cross-reference or object stream: plain, or FlateDecode with a PNG predictor (ISO 32000-2 §7.4.4).
 * Nothing else is ever decoded.
 * @throws pdf-unreadable
 */
export function decoded(dictionary: PdfDictionary, data: Uint8Array, budget: Budget): Uint8Array {
  const filter = theOnly(dictionary.entries.get('Filter'))
  if (filter === undefined || filter === null) return data
  if (nameOf(filter) !== 'FlateDecode')
    throw unreadable('A stream of its structure has a filter other than FlateDecode.')
  const octets = inflated(data, budget)
  const parameters = theOnly(dictionary.entries.get('DecodeParms'))
  return isDictionary(parameters) ? unpredicted(octets, parameters) : octets
}

function theOnly(value: PdfValue | undefined): PdfValue | undefined {
  if (!isArray(value)) return value
  if (value.items.length > 1) throw unreadable('A stream of its structure has several filters.')
  return value.items[0]
}

function inflated(data: Uint8Array, budget: Budget): Uint8Array {
  try {
    const octets = inflateSync(data, { maxOutputLength: Math.max(1, budget.inflatable) })
    budget.spendInflated(octets.length)
    return octets
  } catch (error) {
    if (error instanceof RangeError) throw unreadable('A stream becomes larger than allowed.', 'pdf-too-complex', error)
    if (error instanceof Error && error.name === 'GatewayError') throw error
    throw unreadable('A stream of its structure cannot be decompressed.', 'pdf-broken', error)
  }
}

/** §7.4.4.4: each row begins with the number of its PNG filter. */
function unpredicted(octets: Uint8Array, parameters: PdfDictionary): Uint8Array {
  const parameter = (key: string, otherwise: number): number =>
    requireCount(parameters.entries.get(key) ?? otherwise, key)
  const predictor = parameter('Predictor', 1)
  if (predictor === 1) return octets
  if (predictor < 10 || predictor > 15 || parameter('BitsPerComponent', 8) !== 8)
    throw unreadable('A stream of its structure has a predictor that is not read.')
  const pixel = parameter('Colors', 1)
  const width = pixel * parameter('Columns', 1)
  if (pixel === 0 || width === 0 || width > 4096 || octets.length % (width + 1) !== 0)
    throw unreadable('The rows of a predicted stream do not fit.')
  const rows = octets.length / (width + 1)
  const plain = new Uint8Array(rows * width)
  for (let row = 0; row < rows; row++) unfilterRow(octets, plain, row, width, pixel)
  return plain
}

/** PNG (ISO 15948) §9. */
function unfilterRow(octets: Uint8Array, plain: Uint8Array, row: number, width: number, pixel: number): void {
  const from = row * (width + 1)
  const to = row * width
  const type = octets[from] ?? 0
  if (type > 4) throw unreadable('A row of a predicted stream has no known filter.')
  for (let i = 0; i < width; i++) {
    const left = i < pixel ? 0 : (plain[to + i - pixel] ?? 0)
    const up = row === 0 ? 0 : (plain[to - width + i] ?? 0)
    const corner = row === 0 || i < pixel ? 0 : (plain[to - width + i - pixel] ?? 0)
    const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][type] ?? 0
    plain[to + i] = (octets[from + 1 + i] ?? 0) + predicted
  }
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner
  const [toLeft, toUp, toCorner] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}
