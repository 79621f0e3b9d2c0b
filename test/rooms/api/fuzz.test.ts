import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { openApiDocument } from '../../../src/api/index.ts'
import { consoleOpenApiDocument } from '../../../src/console/index.ts'
import { ApiClient, documentPart, filePart, multipart, newKey } from '../../support/api-client.ts'
import { ConsoleClient } from '../../support/console-client.ts'
import { damaged, fuzzSeed, hostileTexts, nearlyFitting, runs } from '../../support/fuzz.ts'
import { openWorld, type TestGateway, until } from '../../support/gateways.ts'
import { numbered } from '../../support/letters.ts'
import { type PostgresPlace, postgresPlace } from '../../support/postgres.ts'

type Json = Readonly<Record<string, unknown>>
type Outcome = { readonly status: number; readonly code: string }

/** Something to ask: how, where, and what fits there. */
interface Question {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly body: Json | undefined
  readonly query: readonly { readonly name: string; readonly schema: Json }[]
}

function questionsOf(document: object): Question[] {
  const paths = Object.entries((document as { paths: Record<string, Record<string, Json>> }).paths)
  return paths.flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const content = (operation['requestBody'] as { content?: Record<string, { schema: Json }> } | undefined)?.content
      const parameters = (operation['parameters'] ?? []) as { in: string; name: string; schema: Json }[]
      const query = parameters.filter((parameter) => parameter.in === 'query')
      const id = String(operation['operationId'])
      return { id, method: method.toUpperCase(), path, body: content?.['application/json']?.schema, query }
    }),
  )
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

const doors = { api: openApiDocument('test'), console: consoleOpenApiDocument('test') }
/** A stream has no end to wait for; a session that ends would end the test. */
const left = ['streamEvents', 'signOut', 'changeOwnPassword']

// threat: hostile-upload, injection
for (const dialect of ['SQLite', 'PostgreSQL'])
  describe(`whatever is asked, with ${dialect} (seed ${fuzzSeed})`, () => {
    let place: PostgresPlace | undefined
    let close: (() => Promise<void>) | undefined
    let gateway: TestGateway
    let sender: ApiClient
    let recipient: ApiClient
    let clerk: ConsoleClient
    let ids: readonly string[]
    const some = (count: number) => runs(dialect === 'SQLite' ? count : Math.ceil(count / 3))
    before(async () => {
      place = dialect === 'SQLite' ? undefined : await postgresPlace()
      const url = place?.url
      const world = openWorld(url === undefined ? {} : { database: () => url })
      close = () => world.close()
      gateway = await world.start('G02', 'G22')
      sender = new ApiClient(gateway.gateway, await newKey(gateway.gateway, 'G02'))
      recipient = new ApiClient(gateway.gateway, await newKey(gateway.gateway, 'G22'))
      clerk = await ConsoleClient.administrator(() => gateway.gateway)
      const answer = await sender.submit([documentPart(numbered(1)), filePart('a.pdf')])
      const { id } = answer.json<{ id: string }>()
      const [arrived] = await world.until('the letter', async () => {
        const { items } = (await recipient.get('/v1/inbox')).json<{ items: { id: string }[] }>()
        return items.length > 0 && items
      })
      ids = [id, arrived?.id ?? '', '01kb1v9q3c8z5m2n7r4t6w8x0y', ...hostileTexts.filter(({ length }) => length < 300)]
    })
    after(async () => {
      await close?.()
      await place?.drop()
    })

    /** What may be there only because a request was accepted. */
    async function kept(): Promise<unknown> {
      const count = (table: string): string => `(SELECT count(*) FROM ${table}) AS ${table}`
      const tables = ['submission', 'person', 'command', 'desk_job', 'client']
      return gateway.gateway.store.read.get(`SELECT ${tables.map(count).join(', ')}`)
    }

    async function ask({ method, path }: Question, door: string, query: string, json?: unknown): Promise<Outcome> {
      const address = `${path}${query === '' ? '' : `?${query}`}`
      if (door === 'console') {
        const { status, body } = await clerk.ask(method, address.replace('/console/api', ''), json)
        return { status, code: String(body['code']) }
      }
      const client = path.startsWith('/v1/inbox') ? recipient : sender
      const answer = await client.call(method, address, json === undefined ? {} : { json })
      return { status: answer.status, code: answer.status < 400 ? '' : answer.json().code }
    }

    for (const [door, document] of Object.entries(doors))
      for (const question of questionsOf(document)) {
        const { id, path, body, query } = question
        if (left.includes(id) || (body === undefined && query.length === 0 && !path.includes('{'))) continue
        it(`${door}: ${id} answers with what it promised, or refuses by name and keeps nothing`, async () => {
          const text = fc.oneof(fc.constantFrom(...hostileTexts.filter(({ length }) => length < 3_000)), fc.string())
          const parameters = query.map(({ name, schema }) =>
            fc.option(
              fc
                .oneof(nearlyFitting(schema, document), text)
                .map((value) => [name, textOf(value).slice(0, 1_500)] as const),
            ),
          )
          const asked = fc.record({
            at: fc.nat(),
            query: fc.tuple(...parameters),
            json:
              body === undefined ? fc.constant(undefined) : nearlyFitting(body, document).map((value) => value ?? null),
          })
          await fc.assert(
            fc.asyncProperty(asked, async ({ at, query, json }) => {
              const before = await kept()
              const filled = path.replaceAll(/\{\w+\}/g, () =>
                encodeURIComponent((ids[at % ids.length] ?? '').toWellFormed()),
              )
              const given = new URLSearchParams(
                query.filter((pair) => pair !== null).map(([name, value]) => [name, value]),
              )
              // the client holds each answer against the OpenAPI document
              const { status, code } = await ask({ ...question, path: filled }, door, given.toString(), json)
              expect(status, code).to.be.lessThan(500)
              if (status >= 400) expect(await kept(), `after ${code}`).to.deep.equal(before)
            }),
            // a password for a new person takes its time
            some(id === 'createUser' ? 9 : body === undefined ? 15 : 60),
          )
        })
      }

    it('a form that was damaged is refused by name or taken as it says, and nothing of it is left over', async () => {
      const { body, contentType } = multipart([
        documentPart(numbered(2)),
        filePart('a.pdf'),
        filePart('b.pdf', 'x'.repeat(300)),
      ])
      const boundary = contentType.replace(/.*=/, '')
      const insertions = [
        ...hostileTexts.slice(0, 28),
        '\r\n',
        '\r\n\r\n',
        `\r\n--${boundary}`,
        `--${boundary}--\r\n`,
        '; filename*=x',
        '"',
        ': ',
      ]
      const form = damaged(body, insertions)
      await fc.assert(
        fc.asyncProperty(form, async (octets) => {
          const before = await kept()
          const headers = { 'content-type': contentType, 'idempotency-key': randomUUID() }
          const answer = await sender.call('POST', '/v1/documents', { body: new Uint8Array(octets), headers })
          expect(answer.status, answer.bytes.toString()).to.be.lessThan(500)
          if (answer.status >= 400) expect(await kept()).to.deep.equal(before)
        }),
        some(150),
      )
    })

    it('what describes a document is refused by name, or the document goes out', async () => {
      const schema = { $ref: '#/components/schemas/NewDocument' }
      const outcomes = new Map<string, number>()
      await fc.assert(
        fc.asyncProperty(nearlyFitting(schema, doors.api, numbered(4)), async (document) => {
          const before = await kept()
          const answer = await sender.submit([documentPart(document ?? null), filePart('a.pdf')])
          const code = answer.status === 202 ? 'accepted' : answer.json().code
          outcomes.set(code, 1 + (outcomes.get(code) ?? 0))
          expect(answer.status, answer.bytes.toString()).to.be.lessThan(500)
          if (answer.status >= 400) expect(await kept()).to.deep.equal(before)
        }),
        some(150),
      )
      expect(outcomes.size).to.be.greaterThan(1) // otherwise the test looks at one rule only
    })

    it('and afterwards it works as before, and nothing is left over', async () => {
      const { read } = gateway.gateway.store
      const answer = await sender.submit([documentPart(numbered(3)), filePart('a.pdf')])
      expect(answer.status, answer.bytes.toString()).to.equal(202)
      const count = (what: string): string => `SELECT count(*) AS n FROM ${what}`
      for (const what of ['stage', 'content WHERE envelope NOT IN (SELECT id FROM envelope)'])
        await until(`no ${what}`, async () => Number((await read.get<{ n: unknown }>(count(what)))?.n) === 0)
    })
  })
