import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { jdk, packageIds } from '../../support/oracles.ts'
import { canonical, edited, QCVN, resigned } from '../../support/packages.ts'
import { seededChoices } from '../../support/random.ts'
import { headerScope, randomElement, randomText, writtenOtherwise } from '../../support/random-xml.ts'
import { reasonOf } from '../../support/reasons.ts'
import { accepted, signer } from '../../support/refusals.ts'

const SEED = 20261122
const ROUNDS = 60

const HEADER = /<edXML:MessageHeader [\s\S]*<\/edXML:MessageHeader>/
const DECLARATION = ` xmlns:edXML="${QCVN}"`

/** Undefined when the text says nothing at all any more, because a prefix lost its declaration. */
function signedIfXml(text: string, firstDigest: string): string | undefined {
  try {
    return resigned(text, { ...signer, firstDigest })
  } catch {
    return undefined
  }
}

/** Who believes it: a package that we believe and the JDK does not could be denied by its sender in front of a court. */
async function believers(text: string): Promise<{ ours: boolean; theirs: boolean }> {
  const theirs = await jdk(text, signer.publicKey, packageIds)
  return { ours: (await reasonOf(text)) === 'accepted', theirs: theirs.accepted }
}

describe('the JDK and we believe the same packages', () => {
  it(`whatever way a signed part is written (seed ${SEED})`, async () => {
    const random = seededChoices(SEED)
    for (let i = 0; i < ROUNDS; i++) {
      const written = randomElement(random, headerScope)
      const signed = resigned(edited(accepted, '<edXML:Subject>', `${written}<edXML:Subject>`), signer)
      expect(await believers(signed), written).to.deep.equal({ ours: true, theirs: true })
    }
  })

  it(`when the digest is that of the part as it is written, canonical or not (seed ${SEED})`, async () => {
    const random = seededChoices(SEED + 1)
    const count = { believed: 0, refused: 0 }
    for (let i = 0; i < 2 * ROUNDS; i++) {
      const element = randomElement(random, headerScope)
      const header = HEADER.exec(edited(accepted, '<edXML:Subject>', `${element}<edXML:Subject>`))?.[0] ?? ''
      const tidy = canonical(edited(accepted, HEADER, header), '//*[@Id="MessageHeader"]').toString()
      const written = (random.chance(0.3) ? tidy : writtenOtherwise(random, tidy)).replace(DECLARATION, '')
      const octets = edited(written, '<edXML:MessageHeader', `<edXML:MessageHeader${DECLARATION}`)
      const firstDigest = createHash('sha256').update(octets).digest('base64')
      const forged = signedIfXml(edited(accepted, HEADER, written), firstDigest)
      if (forged === undefined) continue
      const { ours, theirs } = await believers(forged)
      expect(ours, written).to.equal(theirs)
      count[ours ? 'believed' : 'refused'] += 1
    }
    expect(Math.min(count.believed, count.refused), 'both cases were met').to.be.greaterThan(ROUNDS / 4)
  })

  it(`whatever way the fields of an attachment are written (seed ${SEED})`, async () => {
    const random = seededChoices(SEED + 2)
    for (let i = 0; i < ROUNDS; i++) {
      const text = randomText(random)
      const space = random.pick(['', '', ' ', '\n'])
      const named = accepted.replace(/(?<=<AttachmentName>)[^<]*/, () => text)
      const written = named.replace('<Attachment>', `${random.pick(['', '\r\n', ' '])}<Attachment${space}>`)
      const signed = resigned(written, signer)
      expect(await believers(signed), JSON.stringify(text)).to.deep.equal({ ours: true, theirs: true })
    }
  })

  it(`when the digest of the attachments is that of what is written (seed ${SEED})`, async () => {
    const random = seededChoices(SEED + 3)
    const reference = /<ds:Reference Id="ref-AttachmentEncoded"[\s\S]*?<\/ds:Reference>/
    const first = edited(accepted, reference, '').replace(
      '<ds:Reference ',
      () => `${reference.exec(accepted)?.[0]}<ds:Reference `,
    )
    for (let i = 0; i < ROUNDS; i++) {
      const text = randomText(random)
      const written = first.replace(/(?<=<AttachmentName>)[^<]*/, () => text)
      const part = /<AttachmentEncoded [\s\S]*<\/AttachmentEncoded>/.exec(written)?.[0] ?? ''
      const octets = edited(part, '<AttachmentEncoded ', `<AttachmentEncoded xmlns="${QCVN}" `)
      const firstDigest = createHash('sha256').update(octets).digest('base64')
      const { ours, theirs } = await believers(resigned(written, { ...signer, firstDigest }))
      expect(ours, /<AttachmentName>[^<]*/.exec(written)?.[0]).to.equal(theirs)
    }
  })
})
