import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { AgencyCode } from '../../../src/message/index.ts'
import { readCertificates, TrustStore } from '../../../src/pki/index.ts'
import type { TrustMaterial } from '../../../src/signature/index.ts'
import { reasonOf } from '../../support/reasons.ts'
import { NOON } from '../../support/toy-signers.ts'

const folder = new URL('../../vectors/signature/', import.meta.url)

describe('a package that was kept is judged as its name says', () => {
  const anchors = readCertificates(readFileSync(new URL('trust.pem', folder), 'utf8'))
  const trust: TrustMaterial = {
    store: new TrustStore(anchors.slice(0, 1), anchors),
    agencySigning: (_, organId) => (organId === '000.00.00.G02' ? ('G02' as AgencyCode) : undefined),
    ed25519Agreed: () => true,
  }
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.edxml')))
    it(name, async () => {
      expect(await reasonOf(readFileSync(new URL(name, folder)), { trust, at: NOON })).to.equal(name.split('.')[0])
    })
})
