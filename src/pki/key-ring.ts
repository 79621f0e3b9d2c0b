import { GatewayError } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { Signer } from './signer.ts'

/** The signing keys of our own agencies. */
export class KeyRing {
  readonly #signers: ReadonlyMap<AgencyCode, readonly Signer[]>

  constructor(keys: readonly { readonly agency: AgencyCode; readonly signer: Signer }[]) {
    const signers = new Map<AgencyCode, Signer[]>()
    for (const { agency, signer } of keys) signers.set(agency, [...(signers.get(agency) ?? []), signer])
    this.#signers = signers
  }

  /**
   * The agency's signer whose certificate is valid now and longest.
   * @param until The deadline of what is signed: a recipient may judge the certificate until then.
   * @throws {GatewayError} key-unusable: the agency has no key here, or none that is valid at `now`
   * @throws {GatewayError} key-expires-too-soon: the best one expires before `until`
   */
  signerFor(agency: AgencyCode, now: Date, until: Date): Signer {
    const valid = (this.#signers.get(agency) ?? [])
      .filter(({ certificate }) => certificate.notBefore <= now && now <= certificate.notAfter)
      .sort((a, b) => b.certificate.notAfter.getTime() - a.certificate.notAfter.getTime())
    const [best] = valid
    if (best === undefined)
      throw new GatewayError('key-unusable', `agency ${agency} has no signing key that is valid now`, { value: agency })
    if (best.certificate.notAfter < until)
      throw new GatewayError(
        'key-expires-too-soon',
        `the certificate of ${agency} expires ${best.certificate.notAfter.toISOString()}, before the deadline ${until.toISOString()}`,
        { value: best.certificate.notAfter.toISOString(), expected: until.toISOString() },
      )
    return best
  }
}
