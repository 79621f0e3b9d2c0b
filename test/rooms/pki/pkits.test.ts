import { expect } from 'chai'
import { lienthong } from '../../support/command-line.ts'
import { judgePkits, type PkitsCase, pkitsCases, pkitsFile, pkitsNow, policiesOf } from '../../support/pkits.ts'

/** Valid paths that this gateway refuses, by the reason that it names. */
const refused: ReadonlyMap<string, string> = new Map([
  ...['4.1.4', '4.1.5'].map((test) => [test, 'DSA'] as const),
  ...['22', '24', '25', '28', '29', '30', '33'].map((n) => [`4.14.${n}`, 'indirect CRLs'] as const),
  ...['2', '5', '7', '8'].map((n) => [`4.15.${n}`, 'delta CRLs'] as const),
])

// threat: false-certificate
describe("NIST's test suite for path validation (PKITS)", () => {
  it('is there, with all of its cases', () => {
    const cases = pkitsCases()
    expect(cases).to.have.length(247)
    expect(cases.filter(({ valid }) => valid)).to.have.length(112)
  })

  // threat: false-certificate
  it('has no invalid path that is accepted', () => {
    const accepted = pkitsCases().filter((one) => !one.valid && judgePkits(one).verdict === 'valid')
    expect(accepted.map(({ test, name }) => `${test} ${name}`)).to.deep.equal([])
  })

  it('has no valid path that is refused, but for DSA, delta and indirect CRLs', () => {
    const unexpected = pkitsCases().filter(
      (one) => one.valid && !refused.has(one.test) && judgePkits(one).verdict !== 'valid',
    )
    expect(unexpected.map(({ test, name }) => `${test} ${name}`)).to.deep.equal([])
  })

  it('has valid paths that are refused, each by the name of what is not supported', () => {
    const named = pkitsCases()
      .filter(({ test, valid }) => valid && refused.has(test))
      .map((one) => [one.test, judgePkits(one).codes.join(' ')] as const)
    const expected = new Map([
      ['4.1.4', 'no-path'],
      ['4.1.5', 'The certificate cannot be read: its public key is of no known kind.'],
      ['4.15.5', 'revoked'], // suspended in the complete list, and let go by the delta
    ])
    for (const [test, codes] of named)
      expect(codes, test).to.equal(expected.get(test) ?? (test.startsWith('4.14') ? 'indirect-crl' : 'delta-crl'))
    expect(named).to.have.length(refused.size)
  })

  it('is judged alike on the command line', async () => {
    const sample = ['4.1.1', '4.4.3', '4.8.12', '4.10.1.1', '4.12.1', '4.13.2']
    for (const test of sample) {
      const one = pkitsCases().find((each) => each.test === test)
      if (one === undefined) throw new Error(`no case ${test}`)
      const { code } = await lienthong(argumentsOf(one))
      expect(code, `${test} ${one.name}`).to.equal(one.valid ? 0 : 1)
    }
  })
})

function argumentsOf(one: PkitsCase): string[] {
  const [anchor = '', ...others] = one.path.map(pkitsFile)
  const leaf = others.pop() ?? ''
  return [
    'chain',
    ...['--at', pkitsNow.toISOString(), '--trust', anchor],
    ...one.crls.flatMap((name) => ['--crl', pkitsFile(name)]),
    ...(policiesOf(one) ?? []).flatMap((oid) => ['--policy', oid]),
    ...(one.explicitPolicyRequired ? ['--explicit-policy'] : []),
    ...(one.inhibitPolicyMapping ? ['--inhibit-mapping'] : []),
    ...(one.inhibitAnyPolicy ? ['--inhibit-any'] : []),
    ...[leaf, ...others],
  ]
}
