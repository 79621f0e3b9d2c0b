import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Certificate, RevocationData, readCertificate, readCrl, TrustStore } from '../../src/pki/index.ts'

/** NIST's Public Key Interoperability Test Suite lies beside the project; it is not ours to carry. */
const folder = join(import.meta.dirname, '../../../shared/vectors/pkits')

export interface PkitsCase {
  /** Its number in the document of the suite: `4.8.6`. */
  readonly test: string
  readonly name: string
  /** From the anchor to the end entity; where CRLs have signers of their own, these stand among them. */
  readonly path: readonly string[]
  readonly crls: readonly string[]
  readonly valid: boolean
  readonly explicitPolicyRequired: boolean
  readonly inhibitPolicyMapping: boolean
  readonly inhibitAnyPolicy: boolean
  readonly userPolicies: string | null
}

/** The instant at which the suite is judged. */
export const pkitsNow = new Date('2014-05-13T00:00:00Z')

/** @throws when the suite is not there: its tests then fail, and say why */
export function pkitsCases(): PkitsCase[] {
  if (!existsSync(folder))
    throw new Error(`NIST PKITS is missing: ${folder} should hold cases.jsonl, certs and crls. Nothing was tested.`)
  const lines = readFileSync(join(folder, 'cases.jsonl'), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as PkitsCase)
}

export function pkitsFile(name: string): string {
  return join(folder, name)
}

/** The policies that a case asks for, as object identifiers; undefined: any. */
export function policiesOf({ userPolicies }: PkitsCase): string[] | undefined {
  return userPolicies?.split(',').map((name) => {
    const number = /^NIST-test-policy-(\d+)$/.exec(name)?.[1]
    if (number === undefined) throw new Error(`an unknown policy: ${name}`)
    return `2.16.840.1.101.3.2.1.48.${number}`
  })
}

/** Judges a case by the function. Certificates and CRLs that cannot be read are told, not thrown. */
export function judgePkits(one: PkitsCase): { verdict: string; codes: string[] } {
  try {
    const [anchor, ...others] = one.path.map((name): Certificate => readCertificate(readFileSync(pkitsFile(name))))
    const leaf = others.pop()
    if (anchor === undefined || leaf === undefined) throw new Error('a path has an anchor and a leaf')
    const revocation = new RevocationData()
    for (const name of one.crls) revocation.addCrl(readCrl(readFileSync(pkitsFile(name))))
    const policies = policiesOf(one)
    const { verdict, reasons } = new TrustStore([anchor], [], { revocation }).judgeChain({
      leaf,
      presented: others,
      at: pkitsNow,
      purpose: 'any',
      explicitPolicy: one.explicitPolicyRequired,
      inhibitMapping: one.inhibitPolicyMapping,
      inhibitAny: one.inhibitAnyPolicy,
      ...(policies && { policies: new Set(policies) }),
    })
    return { verdict, codes: reasons.map(({ code }) => code) }
  } catch (error) {
    return { verdict: 'unreadable', codes: [error instanceof Error ? error.message : String(error)] }
  }
}
