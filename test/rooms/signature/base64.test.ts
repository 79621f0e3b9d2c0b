import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { Base64Reader } from '../../../src/signature/base64.ts'

describe('base64 that streams past', () => {
  it('is decoded alike however it is cut and broken into lines', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(90)),
        fc.boolean(),
        (octets, cuts, lines) => {
          const base64 = Buffer.from(octets).toString('base64')
          const text = lines ? base64.replaceAll(/(.{5})/g, '$1\n \t') : base64
          const reader = new Base64Reader()
          let from = 0
          for (const cut of [...cuts.sort((a, b) => a - b), text.length]) {
            reader.push(Buffer.from(text.slice(from, cut)))
            from = Math.max(from, Math.min(cut, text.length))
          }
          expect(reader.characters).to.equal(base64.length)
          expect(reader.end()).to.deep.equal({
            sha256: createHash('sha256').update(octets).digest('hex'),
            length: octets.length,
          })
        },
      ),
    )
  })

  for (const [what, text] of [
    ['nothing', ''],
    ['white space alone', ' \n'],
    ['padding too early', 'QQ==QUJD'],
    ['padding alone', '===='],
    ['missing padding', 'QQ'],
    ['too much padding', 'QUI=='],
    ['bits that are not zero', 'QR=='],
    ['another alphabet', 'QUJ_QUJD'],
    ['a character that is none', 'QUJD*UJDQUJD'],
    ['a letter beyond ASCII', 'QUJDé'],
    ['one character', 'Q'],
    ['five characters', 'QUJDQ'],
  ] as const)
    it(`is damaged: ${what}`, () => {
      for (let cut = 0; cut <= text.length; cut++) {
        const reader = new Base64Reader()
        reader.push(Buffer.from(text.slice(0, cut)))
        reader.push(Buffer.from(text.slice(cut)))
        expect(reader.end(), `cut at ${cut}`).to.equal(undefined)
      }
    })
})
