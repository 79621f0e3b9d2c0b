import { expect } from 'chai'
import { createLog, GatewayError, type Log } from '../../../src/base/index.ts'

const CANARY = 'canary-7421'

/** A log, and what it wrote. */
function recording(): { log: Log; written: () => string } {
  const lines: string[] = []
  return { log: createLog('trace', { write: (line) => lines.push(line) }), written: () => lines.join('') }
}

describe('the log', () => {
  const forbidden = ['key', 'apiKey', 'X-API-Key', 'api_key', 'password', 'passphrase', 'secret', 'clientSecret']
    .concat(['token', 'leaseToken', 'privateKey', 'privateKeyPem', 'Authorization', 'cookie', 'Set-Cookie'])
    .concat(['subject', 'Subject', 'content', 'body'])

  it('never shows keys, tokens or document text, at any depth', () => {
    for (const name of forbidden) {
      const { log, written } = recording()
      const hidden = { [name]: CANARY }
      log.info(hidden, 'outermost')
      log.info({ a: hidden, list: [hidden, [hidden]], map: new Map([[name, CANARY]]) }, 'inside')
      log.info({ a: { b: { c: { d: { e: { f: hidden } } } } } }, 'deep')
      log.info({ a: { b: { c: { d: { e: { f: { g: { h: { i: { j: hidden } } } } } } } } } }, 'deeper than anyone reads')
      expect(written(), name).not.to.include(CANARY)
      expect(written().match(/\[redacted\]/g), name).to.have.length(6)
    }
  })

  it('never shows them in the fields that a child log carries', () => {
    const { log, written } = recording()
    log.child({ token: CANARY, subject: CANARY, room: 'send' }).info('with child fields')
    expect(written()).to.include('"room":"send"').and.not.include(CANARY)
  })

  it('never shows them in the detail of an error or of its causes', () => {
    const { log, written } = recording()
    const cause = new GatewayError('internal', 'within', { token: CANARY })
    const error = new GatewayError('internal', 'without', { subject: CANARY, field: '/to/0' }, { cause })
    log.error({ err: error }, 'it failed')
    log.error({ other: error }, 'it failed')
    log.error(error, 'it failed')
    expect(written()).not.to.include(CANARY)
    expect(written().match(/"field":"\/to\/0"/g)).to.have.length(3)
    expect(written().match(/"message":"within"/g)).to.have.length(3)
  })

  it('never shows octets, but how many', () => {
    const { log, written } = recording()
    log.info({ chunk: Buffer.from(CANARY), view: new Uint8Array(5) }, 'octets')
    expect(written()).to.include('"chunk":"[11 octets]"').and.include('"view":"[5 octets]"')
  })

  it('shows everything else as it is, one JSON object a line, with the time in UTC', () => {
    const { log, written } = recording()
    log.info({ documentId: 'X', attempt: 2, at: new Date(0), routingKey: 'G02.G22.status', key2: null }, 'sent')
    const line = JSON.parse(written()) as Record<string, unknown>
    expect(line).to.include({ documentId: 'X', attempt: 2, at: '1970-01-01T00:00:00.000Z', msg: 'sent', key2: null })
    expect(line['routingKey']).to.equal('G02.G22.status')
    expect(line['time']).to.match(/^\d{4}-\d\d-\d\dT.*Z$/)
    expect(written().endsWith('\n')).to.equal(true)
  })

  it('survives a field that contains itself', () => {
    const { log, written } = recording()
    const ring: Record<string, unknown> = { name: 'ring' }
    ring['ring'] = ring
    log.warn(ring, 'round')
    expect(written()).to.include('[too deep]')
  })
})
