/**
 * The written contract says what the gateway does: names, bounds, codes and examples of `schemas/asyncapi.yaml` are held
 * against the code. That the rest of it is true is shown by a partner who knows nothing else (test/partner).
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'
import { Ajv, type ValidateFunction } from 'ajv'
import { expect } from 'chai'
import { type FailureCode, failures, GatewayError, limits } from '../src/base/index.ts'
import {
  bindingKey,
  contractVersion,
  EXCHANGE,
  partHeaders,
  partTypes,
  planAxis,
  queueName,
  readPartHeaders,
  readPartProperties,
  routingKey,
  writePartHeaders,
} from '../src/broker/index.ts'
import { type AgencyCode, type DocumentId, findAgencyCode, lanes } from '../src/message/index.ts'
import { signedIds } from '../src/signature/index.ts'

interface Contract {
  readonly info: { readonly version: string; readonly description: string }
  readonly channels: Readonly<Record<'axis' | 'queue', Channel>>
  readonly components: {
    readonly messages: Readonly<Record<string, ContractMessage>>
    readonly schemas: Readonly<Record<string, Schema>>
    readonly parameters: { readonly lane: { readonly enum: readonly string[] } }
  }
  readonly 'x-refusals': readonly CodeRow[]
  readonly 'x-quarantine': readonly CodeRow[]
  readonly 'x-other-outcomes': readonly CodeRow[]
}

interface Channel {
  readonly address: string
  readonly description: string
  readonly bindings: { readonly amqp: { readonly exchange?: { readonly name: string; readonly type: string } } }
}

interface ContractMessage {
  readonly contentType: string
  readonly bindings: { readonly amqp: { readonly messageType: string } }
  readonly examples: readonly {
    readonly headers: Readonly<Record<string, string | number>>
    readonly payload: unknown
  }[]
}

interface Schema {
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly maxLength?: number
  readonly maxItems?: number
  readonly maximum?: number
  readonly 'x-field'?: string
}

interface CodeRow {
  readonly code: string
  readonly en: string
  readonly vi: string
  readonly remedyEn: string
  readonly remedyVi: string
}

const written = readFileSync(new URL('../schemas/asyncapi.yaml', import.meta.url), 'utf8')
const parsed = await new Parser().parse(written)
const contract: Contract | undefined = parsed.document?.json<Contract & Record<string, unknown>>()

/** What the parser reports from this severity on does not make the document wrong. */
const WARNING = 2

const validators = new Map<string, ValidateFunction>()

const [g02, taxes] = ['G02', 'G12.18'].map((code) => findAgencyCode(code)) as [AgencyCode, AgencyCode]

describe('the written contract', () => {
  it('is AsyncAPI 3.0', () => {
    const wrong = parsed.diagnostics.filter(({ severity }) => Number(severity) < WARNING)
    expect(wrong.map(({ message, path }) => `${path.join('.')}: ${message}`)).to.deep.equal([])
    expect(parsed.document?.version()).to.equal('3.0.0')
  })

  it('has the version that the gateway speaks', () => {
    expect(the().info.version).to.equal(contractVersion)
    expect(headerSchemas()[partHeaders.contractVersion]?.const).to.equal(contractVersion)
  })

  it('names each header as the gateway does, and no other', () => {
    const named = Object.entries(headerSchemas()).map(([name, schema]) => [schema['x-field'], name])
    expect(Object.fromEntries(named)).to.deep.equal(partHeaders)
    expect(the().components.schemas['headers']?.required).to.have.members(Object.values(partHeaders))
  })

  it('lets pass what the gateway writes', () => {
    const headers = writePartHeaders({
      from: taxes,
      to: g02,
      documentId: 'Số 7421/BCT-KHTC' as DocumentId,
      attempt: 3,
      part: 19_999,
      parts: 20_000,
      partSha256: 'a'.repeat(64),
      envelopeSha256: '0'.repeat(64),
    })
    expect(isValid('headers', headers)).to.equal(true)
  })

  it('lets pass what the gateway lets pass, and refuses what it refuses', () => {
    const base = the().components.messages['documentPart']?.examples[0]?.headers ?? {}
    const values: readonly (string | number | undefined)[] = [
      ...[undefined, '', ' ', '1', '2', 'G02', 'G12.18', 'g02', '000.00.00.G02', 'G02.', 'A'.repeat(16), ' D-1'],
      ...['D-1\n', 'x'.repeat(200), 'x'.repeat(201), 'a'.repeat(64), 'A'.repeat(64), 'a'.repeat(63)],
      ...[-1, 0, 1, 1.5, 2, 3, 19_999, 20_000, 20_001, 1_000_000, 1_000_001],
    ]
    for (const name of Object.values(partHeaders))
      for (const value of values) {
        // that a part lies below their number is said in words: a schema cannot compare two headers
        const headers = { ...base, ...(name === partHeaders.part && { parts: 20_000 }), part: 0, [name]: value }
        const said = JSON.parse(JSON.stringify(headers)) as Record<string, string | number>
        expect(isValid('headers', said), `${name}: ${value}`).to.equal(isRead(said))
      }
  })

  it('gives examples that the gateway reads, with true digests where the body is shown', () => {
    const messages = Object.values(the().components.messages)
    for (const { examples, bindings, contentType } of messages)
      for (const { headers, payload } of examples) {
        expect(isValid('headers', headers)).to.equal(true)
        readPartHeaders({ headers })
        const { messageType: type } = bindings.amqp
        readPartProperties({ type, messageId: 'any', contentType })
        if (type !== 'query') continue
        const body = payload === '' ? '' : JSON.stringify(payload)
        expect(createHash('sha256').update(body).digest('hex')).to.equal(headers[partHeaders.partSha256])
      }
    expect(new Set(messages.map(({ bindings }) => bindings.amqp.messageType))).to.deep.equal(new Set(partTypes))
  })

  it('names exchange, routing keys, bindings and queues as the gateway does', () => {
    const { axis, queue } = the().channels
    expect(axis.bindings.amqp.exchange).to.include({ name: EXCHANGE, type: 'topic' })
    expect(the().components.parameters.lane.enum).to.deep.equal(lanes)
    for (const lane of lanes) {
      const values = { from: 'G12-18', to: 'G02', lane }
      expect(filled(axis.address, values)).to.equal(routingKey(taxes, g02, lane))
      expect(filled(queue.address, { ...values, to: 'G12-18' })).to.equal(queueName(taxes, lane))
    }
    expect(queue.description).to.include('`*.<agency>.<lane>`')
    expect(bindingKey(taxes, 'status')).to.equal('*.G12-18.status')
  })

  it('tells the permissions that are given', () => {
    const plan = planAxis({ version: '3.10.8', vhost: '/', user: 'bct', agencies: [g02, taxes] })
    const patterns = plan
      .filter(({ kind }) => kind === 'permission')
      .flatMap(({ body }) => Object.entries(body as Record<string, string>))
      .filter(([name]) => name !== 'exchange')
      .map(([, pattern]) => pattern.replace('G02|G12-18', '<your agencies, with dashes>').replaceAll('|', '\\|'))
    for (const pattern of patterns) expect(the().info.description).to.include(`\`${pattern}\``)
  })

  it('names the bounds of the gateway', () => {
    const { headers, octets, missing } = the().components.schemas
    expect(octets?.maxLength).to.equal(limits.chunkBytesMax)
    expect(missing?.properties?.['missing']?.maxItems).to.equal(limits.missingRanges)
    expect(headers?.properties?.[partHeaders.parts]?.maximum).to.equal(limits.partsPerPackage)
    const HOUR = 60 * 60 * 1000
    const words = [
      `at most ${count(limits.headBytes / 2 ** 20)} MiB (${count(limits.headBytes)} octets)`,
      `A body has at most ${count(limits.chunkBytesMax)} octets; ${count(limits.chunkBytes)} is what we send`,
      `At most ${count(limits.partsPerPackage)} parts, ${limits.attachments} attachments and ${limits.envelopeBytes / 2 ** 30} GiB`,
      `${limits.stagesPerSender} packages and ${limits.unverifiedBytesPerSender / 2 ** 20} MiB`,
      `for ${limits.stageLifetimeMs / HOUR} hours from its first part`,
      `${count(limits.axisQueueParts)} parts and ${limits.axisQueueBytes / 2 ** 30} GiB`,
      `${count(limits.axisDeliveries)} times`,
      `at most ${limits.signingTimeAheadMs / 60_000} minutes ahead of its arrival and ${limits.signingTimeBehindMs / HOUR / 24} days behind`,
      `at most ${limits.certificatesInKeyInfo}.`,
      `up to ${limits.wholeDocumentBytes / 2 ** 20} MiB`,
      `tried again for ${limits.statusMatchMs / HOUR} hours`,
      `1 to ${count(limits.missingRanges)} ascending ranges`,
      `at most ${limits.backoffCapMs / 60_000} minutes`,
      `the waits begin at ${limits.backoffFirstMs / 1000} seconds`,
      `after ${limits.circuitFailures} failures one after another`,
      `a probe after ${limits.circuitProbeMs / 1000} seconds, then after longer waits up to ${limits.circuitProbeMsMax / 60_000} minutes`,
    ]
    const said = the().info.description.replaceAll(/\s+/g, ' ')
    for (const bound of words) expect(said).to.include(bound)
  })

  it('shows the Ids that the gateway writes', () => {
    for (const id of Object.values(signedIds)) expect(the().info.description).to.include(`Id="${id}"`)
  })

  it('lists every code that a sender may be told, with its meaning and what to do', () => {
    const told = Object.entries(failures)
      .filter(([, { tell }]) => tell === 'sender')
      .map(([code, { en, vi, remedyEn, remedyVi }]) => ({ code, en, vi, remedyEn, remedyVi }))
    expect(the()['x-refusals']).to.deep.equal(told)
  })

  it('lists codes of quarantine that are for an operator, and permanent', () => {
    for (const { code, en, vi } of the()['x-quarantine']) {
      const row = failures[code as FailureCode]
      expect(row, code).to.include({ en, vi, retry: 'permanent' })
      expect(row.tell, code).not.to.equal('sender')
    }
    for (const { code } of the()['x-other-outcomes']) expect(failures).to.have.property(code)
  })
})

function the(): Contract {
  if (contract === undefined) throw new Error('schemas/asyncapi.yaml cannot be read')
  return contract
}

function headerSchemas(): Readonly<Record<string, Schema>> {
  return the().components.schemas['headers']?.properties ?? {}
}

function isValid(schema: string, value: unknown): boolean {
  const validator = validators.get(schema) ?? new Ajv({ strict: false }).compile(the().components.schemas[schema] ?? {})
  validators.set(schema, validator)
  return validator(value)
}

function isRead(headers: Readonly<Record<string, string | number>>): boolean {
  try {
    readPartHeaders({ headers })
    return true
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'contract-violation') return false
    throw error
  }
}

function filled(address: string, values: Readonly<Record<string, string>>): string {
  return address.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
}

/** 20000 as 20,000. */
function count(n: number): string {
  return n.toLocaleString('en')
}
