import { expect } from 'chai'
import { codeOf, limits } from '../../../src/base/index.ts'
import { verify } from '../../../src/signature/index.ts'
import { signVector, vectorText } from '../../support/sign-vector.ts'
import { NOON, toyTrust } from '../../support/toy-signers.ts'

describe('the signing time that a sender claims', () => {
  for (const [title, offsetMs, expected] of [
    ['as far ahead as clocks may differ: accepted', limits.signingTimeAheadMs, 'accepted'],
    ['further ahead: signing-time-out-of-bounds', limits.signingTimeAheadMs + 1000, 'signing-time-out-of-bounds'],
    ['as long ago as a package may wait: accepted', -limits.signingTimeBehindMs, 'accepted'],
    ['longer ago: signing-time-out-of-bounds', -limits.signingTimeBehindMs - 1000, 'signing-time-out-of-bounds'],
  ] as const) {
    it(title, async () => {
      const signingTime = new Date(NOON.getTime() + offsetMs)
      const file = await signVector(vectorText('accepted-document.edxml'), undefined, { signingTime })
      const verdict = await verify(file, toyTrust(), NOON).then(
        () => 'accepted',
        (error: unknown) => codeOf(error),
      )
      expect(verdict).to.equal(expected)
    })
  }

  it('is not judged by its age where an archive is judged', async () => {
    const signingTime = new Date(NOON.getTime() - 5 * limits.signingTimeBehindMs)
    const file = await signVector(vectorText('accepted-document.edxml'), undefined, { signingTime })
    const content = await verify(file, { ...toyTrust(), signingAgeMs: Number.POSITIVE_INFINITY }, NOON)
    expect(content.signingTime).to.deep.equal(signingTime)
  })
})
