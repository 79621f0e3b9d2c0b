import { expect } from 'chai'
import { GatewayError, limits } from '../../../src/base/index.ts'
import {
  bindingKey,
  partHeaders,
  queueName,
  readPartHeaders,
  readPartProperties,
  routingKey,
} from '../../../src/broker/index.ts'
import { type AgencyCode, findAgencyCode } from '../../../src/message/index.ts'
import { part } from './axis-contract.ts'

const valid = part().headers

/** The header that is blamed when this one is changed (or, with undefined, absent); undefined when nothing is. */
function blamed(name: string, value: string | number | undefined): string | undefined {
  const headers = { ...valid, [name]: value } as Record<string, string | number>
  if (value === undefined) delete headers[name]
  try {
    readPartHeaders({ headers })
    return undefined
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    expect(error.code).to.equal('contract-violation')
    expect(error.message).to.include(String(error.detail['field']))
    return String(error.detail['field'])
  }
}

describe('the headers of a part', () => {
  it('are read as they were written', () => {
    expect(readPartHeaders({ headers: valid })).to.include({ contractVersion: '1', from: 'G02', to: 'G22', part: 0 })
  })

  it('are each needed, and the missing one is named', () => {
    for (const name of Object.values(partHeaders)) expect(blamed(name, undefined)).to.equal(name)
  })

  it('may stand beside others, which mean nothing', () => {
    expect(blamed('x-death', 'anything')).to.equal(undefined)
  })

  const refused: readonly [string, string | number][] = [
    ['contract-version', '2'],
    ['contract-version', 1],
    ['from', '000.00.00.G02'.toLowerCase()],
    ['from', ''],
    ['to', 'G'.repeat(36)],
    ['to', 22],
    ['document-id', ''],
    ['document-id', ' D-1'],
    ['document-id', 'D-1\n'],
    ['document-id', 'x'.repeat(201)],
    ['document-id', 'D\u0000-1'],
    ['document-id', 'D\uffff-1'],
    ['document-id', 'null'],
    ['attempt', 0],
    ['attempt', 1.5],
    ['attempt', '1'],
    ['attempt', Number.POSITIVE_INFINITY],
    ['part', -1],
    ['part', 1],
    ['parts', 0],
    ['parts', limits.partsPerPackage + 1],
    ['part-sha256', 'a'.repeat(63)],
    ['part-sha256', 'A'.repeat(64)],
    ['envelope-sha256', 'g'.repeat(64)],
  ]
  for (const [name, value] of refused) {
    it(`are refused when ${name} is ${JSON.stringify(value).slice(0, 30)}, and it is named`, () => {
      expect(blamed(name, value)).to.equal(name)
    })
  }

  it('are accepted at their bounds', () => {
    expect(blamed('document-id', 'ệ'.repeat(200))).to.equal(undefined)
    expect(blamed('parts', limits.partsPerPackage)).to.equal(undefined)
    expect(blamed('attempt', 1_000_000)).to.equal(undefined)
    expect(blamed('from', 'G02.18.01')).to.equal(undefined)
  })
})

describe('the properties of a part', () => {
  const said = { type: 'edoc', messageId: 'm-1', contentType: 'application/xml' }

  it('are read, whatever parameters the content type has', () => {
    expect(readPartProperties(said)).to.deep.equal({ type: 'edoc', messageId: 'm-1' })
    expect(readPartProperties({ ...said, contentType: 'Application/XML; charset=UTF-8' }).type).to.equal('edoc')
    for (const contentType of ['application/xml', 'application/json'])
      expect(readPartProperties({ ...said, type: 'query', contentType }).type).to.equal('query')
  })

  const refused = [
    ['type', { type: '' }],
    ['type', { type: 'EDOC' }],
    ['message_id', { messageId: '' }],
    ['content_type', { contentType: '' }],
    ['content_type', { contentType: 'application/pdf' }],
    ['content_type', { contentType: 'application/json' }],
    ['content_type', { type: 'query', contentType: 'text/plain' }],
  ] as const
  for (const [name, change] of refused)
    it(`are refused with ${JSON.stringify(change)}, and ${name} is named`, () => {
      expect(() => readPartProperties({ ...said, ...change }))
        .to.throw(GatewayError)
        .that.nested.includes({ code: 'contract-violation', 'detail.field': name })
    })
})

describe('the topology', () => {
  const [unit, office] = ['G12.18', 'G22'].map((code) => findAgencyCode(code)) as [AgencyCode, AgencyCode]

  it('writes the dots of a code as dashes, so that each code is one word of a topic', () => {
    expect(routingKey(unit, office, 'express')).to.equal('G12-18.G22.express')
    expect(bindingKey(unit, 'status')).to.equal('*.G12-18.status')
    expect(queueName(unit, 'ordinary')).to.equal('axis.G12-18.ordinary')
  })
})
