import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { createLog, type FailureCode, GatewayError, retryOf, timeOrderedIds } from '../../src/base/index.ts'
import { type AxisConnection, directoryParts, type OutgoingPart, writePartHeaders } from '../../src/broker/index.ts'
import { directoryMediaType, signDirectory } from '../../src/directory/index.ts'
import { type AgencyCode, documentId } from '../../src/message/index.ts'
import { damaged, fuzzSeed, hostileTexts, nearlyFitting, runs } from '../support/fuzz.ts'
import { openWorld, type TestGateway, type World } from '../support/gateways.ts'
import { letter, sha256, textFile } from '../support/letters.ts'
import { documentMessage } from '../support/messages.ts'
import { type Package, Partner } from '../support/partner.ts'
import { toyFile, toySigner } from '../support/pki.ts'
import { type PostgresPlace, postgresPlace } from '../support/postgres.ts'

/** A line of the log that tells of more than a refusal. */
function isUnexpected(line: string): boolean {
  const { code, err } = JSON.parse(line) as { code?: FailureCode; err?: { code?: FailureCode } }
  return retryOf(code ?? err?.code ?? 'internal') !== 'permanent'
}

const TEXT = 'nội dung'
/** What XML cannot carry, so that nothing signed can say it. */
const unspeakable = ['a\u0000b', 'a\uffffb', 'null', '\u001b[2J']
const [G02, G22, H26] = ['G02', 'G22', 'H26'] as AgencyCode[] as [AgencyCode, AgencyCode, AgencyCode]

/** A header as AMQP carries it: text is UTF-8. */
const headerValue = fc.oneof(
  fc.constantFrom(...hostileTexts.filter(({ length }) => length < 1_000).map((text) => text.toWellFormed())),
  fc.constantFrom(-1, 0, 1, 2, 0.5, 20_000, 20_001, 1e15, 1e308),
)
const shortText = fc.constantFrom(
  ...hostileTexts.map((text) => text.toWellFormed()).filter((text) => text !== '' && Buffer.byteLength(text) < 256),
)

/** What happens to a part on its way. */
const accident = fc.record(
  {
    header: fc.tuple(
      fc.constantFrom(
        'contract-version',
        'from',
        'to',
        'document-id',
        'attempt',
        'part',
        'parts',
        'part-sha256',
        'envelope-sha256',
        'x-death',
      ),
      fc.option(headerValue, { nil: undefined }),
    ),
    messageId: shortText,
    type: fc.constantFrom('edoc', 'status', 'query', 'directory', '', '__proto__', 'EDOC\u0000'),
    contentType: fc.oneof(shortText, fc.constantFrom('application/xml', 'application/json', 'application/jose+json')),
    lane: fc.constantFrom('ordinary', 'express', 'status'),
    timestamp: fc.constantFrom(new Date(0), new Date(8.64e15), new Date(-1), new Date(Number.NaN)),
    twice: fc.constant(true),
  },
  { requiredKeys: [] },
)

for (const dialect of ['SQLite', 'PostgreSQL'])
  describe(`whatever comes over the axis, with ${dialect} (seed ${fuzzSeed})`, () => {
    const errors: string[] = []
    let place: PostgresPlace | undefined
    let world: World
    let chancery: TestGateway
    let partner: Partner
    let ministry: AxisConnection
    let operator: AxisConnection
    const some = (count: number) => runs(dialect === 'SQLite' ? count : Math.ceil(count / 3))
    const ids = timeOrderedIds({ now: () => new Date(), wait: async () => {} })

    before(async () => {
      place = dialect === 'SQLite' ? undefined : await postgresPlace()
      const url = place?.url
      world = openWorld({
        log: createLog('error', { write: (line) => errors.push(line) }),
        settings: () => ({
          directory: {
            axis: 'trial',
            operatorFiles: [join(import.meta.dirname, '../../certs-example/h26-p256.crt')],
            user: 'axis-operator',
            apply: 'at-once',
          },
        }),
        ...(url === undefined ? {} : { database: () => url }),
      })
      chancery = await world.start('G22')
      world.axis.provision(H26)
      partner = await Partner.open(world, 'G02')
      ministry = world.axis.connect({ user: 'G02', agencies: [G02] })
      operator = world.axis.connect({ user: 'axis-operator', agencies: [H26] })
    })
    after(async () => {
      await partner?.close()
      await world?.close()
      await place?.drop()
    })
    afterEach(async () => {
      await settled()
      expect(errors.filter(isUnexpected)).to.deep.equal([])
      const { read } = chancery.gateway.store
      expect(await read.all("SELECT message FROM quarantine WHERE code = 'internal'")).to.deep.equal([])
    })

    /** Everything that came was looked at; what is not whole stays staged. */
    async function settled(): Promise<void> {
      await world.until('the queues are empty', async () =>
        world.axis
          .depths()
          .every(({ agency, ready, unacknowledged }) => agency !== G22 || ready + unacknowledged === 0),
      )
      await world.until('nothing is left to be judged', async () => {
        const whole = "SELECT count(*) AS n FROM stage WHERE direction = 'in' AND received = parts"
        const row = await chancery.gateway.store.read.get<{ n: unknown }>(whole)
        return Number(row?.n) === 0 && !(await world.busy())
      })
    }

    /** What the axis itself does not carry never comes. */
    async function publish(through: AxisConnection, part: OutgoingPart): Promise<void> {
      await through.publish(part).catch((error: unknown) => {
        if (!(error instanceof GatewayError)) throw error
      })
    }

    const partsOf = (made: Package): OutgoingPart[] => {
      const body = Buffer.concat(made.parts)
      return made.parts.map((octets, part) => ({
        from: G02,
        to: G22,
        lane: made.lane,
        messageId: made.messageId,
        type: made.type,
        contentType: 'application/xml',
        timestamp: new Date(),
        headers: writePartHeaders({
          from: G02,
          to: G22,
          documentId: documentId(made.documentId),
          attempt: 1,
          part,
          parts: made.parts.length,
          partSha256: sha256(octets),
          envelopeSha256: sha256(body),
        }),
        body: octets,
      }))
    }

    type Accident = typeof accident extends fc.Arbitrary<infer A> ? A : never

    function struck(part: OutgoingPart, { header, ...properties }: Omit<Accident, 'twice'>): OutgoingPart {
      const headers: Record<string, string | number> = { ...part.headers }
      if (header !== undefined) {
        const [name, value] = header
        if (value === undefined) delete headers[name]
        else headers[name] = value
      }
      return { ...part, ...(properties as Partial<OutgoingPart>), headers }
    }

    /** A document, a status, an answer to a document of ours, a question and a list of what is missing. */
    async function packages(): Promise<OutgoingPart[][]> {
      const sent = await chancery
        .as('G22')
        .submit(letter({ to: ['G02'], code: { codeNumber: String(++number), codeNotation: 'X' } }), [textFile('x')])
      const arrived = await world.until('our document', async () =>
        partner.arrived().find(({ documentId: id }) => id === sent.body.documentId),
      )
      const document = partsOf(await partner.document(TEXT, {}, { chunkBytes: 1024 }))
      const query: Partial<OutgoingPart> = { type: 'query', lane: 'status', contentType: 'application/json' }
      const list = Buffer.from('{"missing": [[0, 0]]}')
      return [
        document,
        partsOf(await partner.status('03', { documentId: arrived.documentId, to: G22 })),
        partsOf(await partner.answer('01', arrived)),
        document.slice(0, 1).map((part) => ({
          ...part,
          ...query,
          body: new Uint8Array(),
          headers: { ...part.headers, 'part-sha256': sha256(new Uint8Array()) },
        })),
        document.slice(0, 1).map((part) => ({
          ...part,
          ...query,
          messageId: arrived.messageId,
          body: list,
          headers: { ...part.headers, 'part-sha256': sha256(list) },
        })),
      ]
    }
    let number = 0

    async function publishDirectory(version: number, entries: unknown): Promise<void> {
      const about = { axis: 'trial', version, issuedAt: new Date() }
      const octets = await signDirectory(about, entries as unknown[], toySigner('h26', 'p256'))
      const way = { contentType: directoryMediaType, from: H26, to: G22, messageId: ids.next(), timestamp: new Date() }
      for (const part of directoryParts({ octets, version, ...way })) await publish(operator, part)
    }

    const honest = (code: string) => {
      const text = toyFile(`${code.toLowerCase()}-p256.crt`)
      const end = '-----END CERTIFICATE-----'
      return {
        code,
        name: `Cơ quan ${code}`,
        certificates: [text.slice(text.indexOf('-----BEGIN'), text.indexOf(end) + end.length)],
      }
    }

    // threat: forged-package, mixed-parts, hostile-xml, injection
    it('parts with any headers and properties are taken, refused or kept apart; none is judged as an error of ours', async () => {
      const known = await packages()
      const journey = fc.record({ which: fc.nat(), accidents: fc.array(accident, { minLength: 3, maxLength: 3 }) })
      await fc.assert(
        fc.asyncProperty(journey, async ({ which, accidents }) => {
          const messageId = ids.next()
          for (const [i, part] of (known[which % known.length] ?? []).entries()) {
            const { twice, ...happened } = accidents[i] ?? {}
            const own = part.type === 'query' ? part : { ...part, messageId }
            for (let times = twice === true ? 2 : 1; times > 0; times--) await publish(ministry, struck(own, happened))
          }
        }),
        {
          ...some(150),
          examples: unspeakable.map((value): [{ which: number; accidents: Accident[] }] => [
            {
              which: 0,
              accidents: Array.from({ length: 3 }, () => ({ header: ['document-id', value], messageId: `m${value}` })),
            },
          ]),
        },
      )
    })

    // threat: forged-package, forged-receipt, hostile-xml
    it('documents, statuses and receipts whose octets were damaged say what was signed, or say nothing', async () => {
      const known = (await packages()).slice(0, 3)
      const insertions = [
        '<',
        '>',
        '&',
        '"',
        '\u0000',
        '<!DOCTYPE x>',
        '<!--',
        ']]>',
        '</edXML:edXML>',
        ...hostileTexts.slice(0, 20),
      ]
      const whole = known.map((parts) => Buffer.concat(parts.map(({ body }) => body)))
      const which = fc
        .nat({ max: 2 })
        .chain((n) => damaged(whole[n] ?? Buffer.alloc(1), insertions).map((body) => ({ n, body })))
      await fc.assert(
        fc.asyncProperty(which, async ({ n, body }) => {
          const [first] = known[n] ?? []
          if (first === undefined || whole[n]?.equals(body) !== false) return
          const made: Package = {
            messageId: ids.next(),
            type: first.type as 'edoc',
            lane: first.lane,
            documentId: String(first.headers['document-id']),
            parts: [body],
          }
          for (const part of partsOf(made)) await publish(ministry, part)
        }),
        some(90),
      )
      await settled()
      // what is not signed may differ: certificates that stand beside the signer's, which only help to find a path
      const { read } = chancery.gateway.store
      const told = await read.all<{ subject: string; sha256: string }>(
        'SELECT e.subject, a.sha256 FROM inbox i JOIN envelope e ON e.id = i.envelope JOIN attachment a ON a.envelope = e.id',
      )
      for (const row of told)
        expect(row).to.deep.equal({ subject: documentMessage().subject, sha256: sha256(Buffer.from(TEXT)) })
      const statuses = await read.all<{ description: string }>(
        "SELECT DISTINCT description FROM status WHERE code = '03'",
      )
      for (const { description } of statuses) expect(description).to.equal('trạng thái 03')
    })

    // threat: old-directory, injection
    it('a directory of the operator, whatever it says, is in force as a whole or refused by name', async () => {
      const { read } = chancery.gateway.store
      const entry = {
        type: 'object',
        properties: {
          code: { enum: ['G02', 'G22', 'H77', 'G12.18'] },
          name: { type: 'string', maxLength: 40 },
          nameEn: { type: 'string', maxLength: 40 },
          wireCode: { type: 'string', pattern: '^[\\w.-]{1,50}$' },
          brokerUser: { type: 'string', maxLength: 40 },
          validFrom: { enum: ['2025-03-01', '0000-00-00', '9999-12-31'] },
          validTo: { enum: ['2030-01-01', '2020-01-01'] },
          successor: { enum: ['G02', 'H99'] },
          contact: { type: 'object', properties: { email: { type: 'string' }, fax: { type: 'string' } } },
        },
        required: ['code', 'name'],
      }
      let version = 0
      await fc.assert(
        fc.asyncProperty(
          nearlyFitting({ type: 'array', items: entry }, {}, [{ code: 'H77', name: 'Xã' }]),
          async (entries) => {
            await publishDirectory(++version, entries)
            await settled()
          },
        ),
        {
          ...some(45),
          examples: unspeakable.map((name): [unknown] => [[{ code: 'H77', name, nameEn: name }]]),
        },
      )
      expect(
        await read.all(
          "SELECT code FROM quarantine WHERE code NOT LIKE 'directory-%' AND code <> 'config-invalid' AND headers LIKE '%H26%'",
        ),
      ).to.deep.equal([])
    })

    it('and an honest document still arrives', async () => {
      await publishDirectory(1_000_000, [honest('G02'), honest('G22')])
      await settled() // until then the one before it may have ended the sender
      const made = await partner.document('thật', { documentId: documentId('000.00.00.G02,2026/11/20,999/BCT') })
      await partner.put(made, 'G22')
      await world.until('it', async () => {
        const named = "SELECT 1 FROM inbox i JOIN envelope e ON e.id = i.envelope WHERE e.document_id LIKE '%999/BCT'"
        return (await chancery.gateway.store.read.get(named)) !== undefined
      })
    })
  })
