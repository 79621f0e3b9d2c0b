import type { Budget } from './budget.ts'
import type { Section } from './cross-reference.ts'
import { isSpace, Parser } from './parser.ts'
import { findingOf } from './unreadable.ts'
import { countOf, isDictionary } from './values.ts'
import type { View } from './view.ts'

/**
 * Reads what was appended to a signed file from one end to the other: only objects that the new cross-reference
 * sections list, those sections, trailers and markers may stand there. Anything else is seen by viewers that repair
 * files and by no other.
 * @returns where something else stands, if anywhere
 */
export function strangeOctets(view: View, from: number, newer: readonly Section[], budget: Budget): number | undefined {
  const places = listedPlaces(newer)
  const parser = new Parser(view.octets, from, budget)
  for (;;) {
    parser.skipSpace()
    const at = parser.position
    if (at >= view.octets.length) return undefined
    try {
      if (!readOne(parser, view, places)) return at
    } catch (error) {
      findingOf(error) // what cannot be read is strange; anything but that goes on
      return at
    }
  }
}

function listedPlaces(newer: readonly Section[]): ReadonlySet<number> {
  const places = new Set<number>()
  for (const { offset, entries, trailer } of newer) {
    places.add(offset)
    places.add(countOf(trailer.entries.get('XRefStm')) ?? offset)
    for (const entry of entries.values()) if (entry.kind === 'at') places.add(entry.offset)
  }
  return places
}

/** One object, table with trailer, or `startxref` with its number. */
function readOne(parser: Parser, view: View, places: ReadonlySet<number>): boolean {
  if (parser.accept('startxref')) {
    parser.readCount('startxref')
    return true
  }
  if (!places.has(parser.position)) return false
  if (parser.accept('xref')) return readTable(parser)
  parser.readCount('An object number')
  parser.readCount('A generation')
  parser.expect('obj')
  const object = parser.readBody()
  if (object.streamStart !== undefined) {
    parser.position = object.streamStart + view.data(object).length
    while (isSpace(view.octets[parser.position])) parser.position++
    parser.expect('endstream')
  }
  parser.expect('endobj')
  return true
}

function readTable(parser: Parser): boolean {
  while (!parser.accept('trailer')) {
    parser.readCount('The first number of a subsection')
    for (let count = parser.readCount('The length of a subsection'); count > 0; count--) {
      parser.readCount('An offset')
      parser.readCount('A generation')
      if (!parser.accept('n')) parser.expect('f')
    }
  }
  return isDictionary(parser.read())
}
