import fc from 'fast-check'

/** The same in every run, so that what fails fails again; LIENTHONG_TEST_SEED chooses another. It stands in titles. */
export const fuzzSeed = Number(process.env['LIENTHONG_TEST_SEED'] ?? 20_261_122)

/** So many runs, from the seed that is told. */
export const runs = (numRuns: number): { seed: number; numRuns: number } => ({ seed: fuzzSeed, numRuns })

/** What people send who mean harm, or whose programs are broken. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'a\udfffb',
  '\uffff',
  '\u202efdp.exe',
  '\u2066G22\u2069',
  'a\r\nSet-Cookie: x=1',
  '../../etc/passwd',
  '..%2f..%2f',
  "' OR '1'='1",
  '"; DROP TABLE envelope; --',
  '%_\\',
  '=HYPERLINK("http://x")',
  '@SUM(1)',
  '<script>alert(1)</script>',
  ']]>&xxe;<!DOCTYPE x>',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'NaN',
  '-1',
  '1e999',
  '9'.repeat(400),
  '０１２３',
  'ẹ\u0323\u0302'.repeat(50),
  'x'.repeat(70_000),
  '$&$1',
  '{{7*7}}',
]

const hostileValues: readonly unknown[] = [
  ...hostileTexts,
  null,
  true,
  0,
  -0,
  -1,
  0.1,
  1e308,
  2 ** 53,
  -(2 ** 63),
  [],
  {},
  [[]],
  [null],
  { length: 1 },
  { toString: 1 },
  { $ne: null },
  Array.from({ length: 2_000 }, () => 'G22'),
]

const hostile = fc.constantFrom(...hostileValues)

type Schema = Readonly<Record<string, unknown>>

/** Values that fit a schema of this OpenAPI document, as well as a schema can tell. */
export function fitting(schema: Schema, document: object): fc.Arbitrary<unknown> {
  const of = (part: unknown): fc.Arbitrary<unknown> => fitting(part as Schema, document)
  const { $ref, example } = schema
  if (typeof $ref === 'string') return of(at(document, $ref))
  if ('const' in schema) return fc.constant(schema['const'])
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]))
  for (const choice of ['anyOf', 'oneOf'])
    if (Array.isArray(schema[choice])) return fc.oneof(...(schema[choice] as unknown[]).map(of))
  const made = ofType(schema, of)
  return example === undefined ? made : fc.oneof(fc.constant(example), made)
}

function ofType(schema: Schema, of: (part: unknown) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const number = (name: string, otherwise: number): number => Number(schema[name] ?? otherwise)
  switch (schema['type']) {
    case 'object': {
      const properties = Object.entries((schema['properties'] ?? {}) as Schema)
      const requiredKeys = (schema['required'] ?? []) as string[]
      return fc.record(Object.fromEntries(properties.map(([name, part]) => [name, of(part)])), { requiredKeys })
    }
    case 'array':
      return fc.array(of(schema['items'] ?? {}), {
        minLength: number('minItems', 0),
        maxLength: number('minItems', 0) + 2,
      })
    case 'string':
      if (typeof schema['pattern'] === 'string') return fc.stringMatching(new RegExp(schema['pattern']))
      if (schema['format'] === 'date') return fc.constantFrom('2026-11-21', '2026-02-30', '0000-01-01', '9999-12-31')
      if (schema['format'] === 'date-time') return fc.constantFrom('2026-11-21T02:00:00Z', '9999-12-31T23:59:59+14:00')
      return fc.string({
        unit: 'binary',
        minLength: number('minLength', 0),
        maxLength: Math.min(number('maxLength', 20), number('minLength', 0) + 20),
      })
    case 'integer':
    case 'number':
      return fc.integer({
        min: Math.max(number('minimum', 0), -(2 ** 31)),
        max: Math.min(number('maximum', 100), 2 ** 31),
      })
    case 'boolean':
      return fc.boolean()
    default:
      return hostile
  }
}

/** The part of the document at a JSON pointer that begins with #. */
function at(document: object, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((node, step) => (node as Schema)[step.replaceAll('~1', '/').replaceAll('~0', '~')], document)
}

/**
 * Values that nearly fit: at a few places something is put, taken away, added or wrapped.
 * @param known One that is accepted, to begin with more often than with what a schema can tell.
 */
export function nearlyFitting(schema: Schema, document: object, known?: unknown): fc.Arbitrary<unknown> {
  const fits = fitting(schema, document)
  const begun = known === undefined ? fits : fc.oneof({ arbitrary: fc.constant(known), weight: 3 }, fits)
  const change = fc.record({
    at: fc.nat(),
    way: fc.constantFrom('put', 'put', 'take', 'add', 'wrap', 'double'),
    name: fc.constantFrom(...hostileTexts.filter(({ length }) => length < 500)),
    value: hostile,
  })
  return fc
    .tuple(begun, fc.array(change, { maxLength: 3 }))
    .map(([value, changes]) => changes.reduce<unknown>(changed, value))
}

type Change = { at: number; way: string; name: string; value: unknown }

/** A copy, so that what was generated can be shrunk. */
function changed(whole: unknown, { at, way, name, value }: Change): unknown {
  const places = placesIn(whole)
  const place = places[at % places.length]
  const rebuilt = (node: unknown): unknown => {
    if (node === place) {
      if (way === 'put') return value
      if (way === 'wrap') return [node]
      if (way === 'double') return [node, node]
      if (way === 'take') return undefined
      if (isRecord(node)) return Object.fromEntries([...Object.entries(node), [name, value]]) // a __proto__ of its own
    }
    if (Array.isArray(node)) return node.map(rebuilt)
    return isRecord(node) ? Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, rebuilt(inner)])) : node
  }
  return rebuilt(whole)
}

function placesIn(node: unknown): unknown[] {
  const inner = Array.isArray(node) ? (node as unknown[]) : isRecord(node) ? Object.values(node) : []
  return [node, ...inner.slice(0, 20).flatMap(placesIn)]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Octets after a few accidents: turned, cut out, doubled, cut off, or with some of these put in. */
export function damaged(octets: Uint8Array, insertions: readonly string[]): fc.Arbitrary<Buffer> {
  const accident = fc.record({
    at: fc.nat({ max: Math.max(0, octets.length - 1) }),
    length: fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: octets.length })),
    way: fc.constantFrom('turn', 'cut', 'double', 'end', 'insert', 'insert'),
    insertion: fc.constantFrom(...insertions),
    bit: fc.nat({ max: 7 }),
  })
  return fc.array(accident, { minLength: 1, maxLength: 3 }).map((accidents) =>
    accidents.reduce<Buffer>((before, { at, length, way, insertion, bit }) => {
      const [left, middle, right] = [
        before.subarray(0, at),
        before.subarray(at, at + length),
        before.subarray(at + length),
      ]
      if (way === 'cut') return Buffer.concat([left, right])
      if (way === 'double') return Buffer.concat([left, middle, middle, right])
      if (way === 'end') return Buffer.from(left)
      if (way === 'insert') return Buffer.concat([left, Buffer.from(insertion), before.subarray(at)])
      const copy = Buffer.from(before)
      copy[at] = (copy[at] ?? 0) ^ (1 << bit)
      return copy
    }, Buffer.from(octets)),
  )
}
