import 'reflect-metadata'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Issued,
  type IssueOptions,
  issueCertificate,
  type KeyKind,
  type ToyName,
} from '../../certs-example/issue.ts'
import { type Certificate, createSigner, readCertificates, type Signer, TrustStore } from '../../src/pki/index.ts'

const folder = join(import.meta.dirname, '../../certs-example')

/** An instant at which the toy PKI is valid. */
export const toyNow = new Date('2026-11-21T02:00:00Z')

/** The text of a file of certs-example: `g02-p256.key`, `trust.pem`. */
export function toyFile(name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

/** The leaf of `<name>.crt`: `g02-p256`, `g02-expired`, `stranger-g02`, `root`, `issuing`. */
export function toyCertificate(name: string): Certificate {
  return theFirst(toyChain(name))
}

/** The leaf of `<name>.crt`, then its issuers. */
export function toyChain(name: string): Certificate[] {
  return readCertificates(toyFile(`${name}.crt`))
}

/** `toySigner('g02', 'p256')`, `toySigner('g22', 'rsa', 'pkcs1')`; also `toySigner('g02', 'expired')`. */
export function toySigner(code: string, kind: string, scheme?: 'pkcs1' | 'pss'): Signer {
  const name = `${code}-${kind}`
  return signerOf({ privateKeyPem: toyFile(`${name}.key`), certificatePem: toyFile(`${name}.crt`) }, scheme)
}

/** Trusts the toy root and knows the issuing CA. */
export function toyTrustStore(): TrustStore {
  return new TrustStore([toyCertificate('root')], [toyCertificate('issuing')])
}

/** A file of certs-example as an issuer. */
export function toyAuthority(name: 'root' | 'issuing' | 'stranger'): Issued {
  return { certificatePem: toyFile(`${name}.crt`), privateKeyPem: toyFile(`${name}.key`) }
}

export interface Fresh extends Issued {
  readonly certificate: Certificate
  /** The certificate, then those that the issuer was given with. */
  readonly chain: readonly Certificate[]
  signer(scheme?: 'pkcs1' | 'pss'): Signer
}

/** A fresh certificate, by default for G02 with a P-256 key under the toy issuing CA; `issuer: 'self'` signs itself. */
export async function issue(
  options: Partial<Omit<IssueOptions, 'issuer' | 'subject'>> & {
    issuer?: Issued | 'self'
    subject?: Partial<ToyName>
  } = {},
): Promise<Fresh> {
  const { issuer = toyAuthority('issuing'), subject, ...more } = options
  const issued = await issueCertificate({
    subject: { organization: 'Bộ Công Thương', commonName: 'Bộ Công Thương (toy)', code: 'G02', ...subject },
    keyUsage: options.ca === undefined ? ['digitalSignature', 'nonRepudiation'] : ['keyCertSign', 'cRLSign'],
    ...more,
    ...(issuer === 'self' ? {} : { issuer }),
  })
  const above = issuer === 'self' ? '' : issuer.certificatePem
  const fresh: Issued = { ...issued, certificatePem: issued.certificatePem + above }
  const chain = readCertificates(fresh.certificatePem)
  return { ...fresh, chain, certificate: theFirst(chain), signer: (scheme) => signerOf(fresh, scheme) }
}

export {
  AuthorityInfoAccessExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsageExtension,
  Extension,
} from '@peculiar/x509'
export type { Issued, KeyKind }

function signerOf(issued: Issued, scheme: 'pkcs1' | 'pss' | undefined): Signer {
  return createSigner({ ...issued, ...(scheme === undefined ? {} : { scheme }) })
}

function theFirst(chain: readonly Certificate[]): Certificate {
  const [first] = chain
  if (first === undefined) throw new Error('a chain has at least one certificate')
  return first
}
