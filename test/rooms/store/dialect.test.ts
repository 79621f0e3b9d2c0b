import { expect } from 'chai'
import { inDialect, postgresql, sqlite } from '../../../src/store/dialect.ts'

describe('a dialect', () => {
  it('numbers the placeholders, but no question mark in a text, a name or a comment', () => {
    const text = `SELECT '?''?', "a?b" /* ? */ FROM t WHERE x = ? AND y IN (?, ?) -- ?`
    expect(inDialect(postgresql, text)).to.equal(
      `SELECT '?''?', "a?b" /* ? */ FROM t WHERE x = $1 AND y IN ($2, $3) -- ?`,
    )
    expect(inDialect(sqlite, text)).to.equal(text)
  })

  it('puts its own words in', () => {
    expect(inDialect(postgresql, 'CREATE TABLE t (b {{blob}})')).to.equal('CREATE TABLE t (b BYTEA)')
    const claim = 'SELECT id FROM t WHERE due <= ? LIMIT ? {{skipLocked}}'
    expect(inDialect(postgresql, claim)).to.equal('SELECT id FROM t WHERE due <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED')
    expect(inDialect(sqlite, claim)).to.equal('SELECT id FROM t WHERE due <= ? LIMIT ? ')
  })

  it('leaves JSON, arithmetic and single braces alone', () => {
    const text = `SELECT '{"a":{}}', 7 - -2 / 3, {x}`
    expect(inDialect(postgresql, text)).to.equal(text)
  })
})
