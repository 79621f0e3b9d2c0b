import { expect } from 'chai'
import {
  audienceOf,
  codeOf,
  type FailureCode,
  failures,
  GatewayError,
  httpStatusOf,
  messageOf,
  refusalText,
  retryOf,
} from '../../../src/base/index.ts'

const codes = Object.keys(failures) as FailureCode[]

describe('the table of failures', () => {
  it('says what happened and what to do in Vietnamese and English, in every row', () => {
    for (const code of codes) {
      const { en, vi, remedyEn, remedyVi } = failures[code]
      for (const text of [en, vi, remedyEn, remedyVi]) expect(text, code).to.match(/^\S.*\S[.!]$/s)
      expect(vi, code).not.to.equal(en)
      expect(remedyVi, code).not.to.equal(remedyEn)
      expect(vi, `${code} is Vietnamese`).to.match(/[À-ỹ]/)
      expect(vi, `${code} is NFC`).to.equal(vi.normalize('NFC'))
    }
  })

  it('has codes in kebab-case, which are a promise to other systems', () => {
    expect(codes.filter((code) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(code))).to.deep.equal([])
  })

  it('answers every row with an HTTP status of an error, a retry and an audience', () => {
    for (const code of codes) {
      expect(httpStatusOf(code), code).to.be.within(400, 599)
      expect(retryOf(code), code).to.be.oneOf(['permanent', 'transient', 'unknown'])
      expect(audienceOf(code), code).to.be.oneOf(['caller', 'sender', 'operator'])
    }
  })

  it('takes whatever it does not name as internal, of which nothing is known', () => {
    expect(codeOf(new TypeError('x'))).to.equal('internal')
    expect(codeOf('thrown text')).to.equal('internal')
    expect(retryOf('internal')).to.equal('unknown')
    expect(audienceOf('internal')).to.equal('operator')
  })
})

describe('a failure', () => {
  it('keeps its code, the value that offended and its cause', () => {
    const cause = new Error('socket closed')
    const error = new GatewayError(
      'broker-unavailable',
      'The axis closed the connection.',
      { field: 'host' },
      { cause },
    )
    expect(codeOf(error)).to.equal('broker-unavailable')
    expect(error.detail).to.deep.equal({ field: 'host' })
    expect(error.cause).to.equal(cause)
    expect(messageOf(error)).to.equal('The axis closed the connection.')
    expect(messageOf('thrown text')).to.equal('thrown text')
  })

  it('as a refusal begins with its code, speaks both languages and fits a status', () => {
    const text = refusalText('digest-mismatch', 'Reference #edXMLBody does not match.')
    expect(text).to.match(/^\[digest-mismatch\] Nội dung .* \/ A signed part .* Reference #edXMLBody does not match\.$/)
    expect(refusalText('digest-mismatch', 'x'.repeat(5_000))).to.have.length(1_000)
  })

  // threat: injection
  it('is told to the sender in characters that XML has, whatever it quotes', () => {
    const told = refusalText('certificate-untrusted', `CN=\u0000\u001b[2J\ud800 ${'😀'.repeat(600)}`)
    expect(told).to.have.length(1000)
    expect(told).not.to.match(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u)
    expect(told).to.contain('CN=\uFFFD\uFFFD[2J\uFFFD 😀')
  })
})
