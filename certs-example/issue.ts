import 'reflect-metadata'
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  webcrypto,
} from 'node:crypto'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto as Crypto)

/** What every toy authority bears in its subject. `isToyCertificate` looks for it. */
export const TOY_MARK = 'TOY - NOT FOR PRODUCTION'

export type KeyKind = 'p256' | 'p384' | 'p521' | 'p224' | 'ed25519' | 'rsa' | 'rsa3072' | 'rsa1024'
export type Usage = 'digitalSignature' | 'nonRepudiation' | 'keyEncipherment' | 'keyCertSign' | 'cRLSign'

/** A certificate with its private key, both PEM: enough to issue the next one. */
export interface Issued {
  readonly certificatePem: string
  readonly privateKeyPem: string
}

export interface IssueOptions {
  readonly subject: ToyName
  /** Absent: signed by its own key. */
  readonly issuer?: Issued
  /** A kind makes a new key; PEM keeps an old one (to renew, or to cross-certify). */
  readonly key?: KeyKind | { readonly privateKeyPem: string }
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** Absent: an end entity without basicConstraints. */
  readonly ca?: { readonly pathLength?: number } | undefined
  /** `undefined` leaves the extension out. */
  readonly keyUsage: readonly Usage[] | undefined
  readonly hash?: 'SHA-1' | 'SHA-256' | 'SHA-384'
  readonly extensions?: readonly x509.Extension[]
}

export interface ToyName {
  readonly organization: string
  readonly commonName: string
  /** organizationIdentifier (2.5.4.97), the short code of an agency. */
  readonly code?: string
  readonly unit?: string
}

/** Issues an X.509 v3 certificate with a random serial number and SKI/AKI; 2026 to 2036 unless told otherwise. */
export async function issueCertificate(options: IssueOptions): Promise<Issued> {
  const privateKey = keyOf(options.key ?? 'p256')
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const issuerKey = options.issuer === undefined ? privateKey : createPrivateKey(options.issuer.privateKeyPem)
  const issuerSpki = createPublicKey(issuerKey).export({ type: 'spki', format: 'der' })
  const algorithm = signatureAlgorithm(issuerKey, options.hash ?? 'SHA-256')
  const subject = nameOf(options.subject)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer:
      options.issuer === undefined ? subject : new x509.X509Certificate(options.issuer.certificatePem).subjectName,
    notBefore: options.notBefore ?? new Date('2026-01-01T00:00:00Z'),
    notAfter: options.notAfter ?? new Date('2036-01-01T00:00:00Z'),
    publicKey: spki,
    signingKey: signingKey(issuerKey, algorithm),
    signingAlgorithm: algorithm,
    extensions: [
      ...(options.ca === undefined ? [] : [new x509.BasicConstraintsExtension(true, options.ca.pathLength, true)]),
      ...(options.keyUsage === undefined ? [] : [new x509.KeyUsagesExtension(usageBits(options.keyUsage), true)]),
      await x509.SubjectKeyIdentifierExtension.create(new x509.PublicKey(spki)),
      await x509.AuthorityKeyIdentifierExtension.create(new x509.PublicKey(issuerSpki)),
      ...(options.extensions ?? []),
    ],
  })
  return { certificatePem: `${certificate.toString('pem')}\n`, privateKeyPem: pemOf(privateKey) }
}

/** A CRL of `issuer`, until 2036 unless told otherwise, that lists these certificates as revoked for a compromised key. */
export async function issueCrl(
  issuer: Issued,
  revoked: readonly Issued[],
  revokedAt: Date,
  nextUpdate = new Date('2036-01-01T00:00:00Z'),
): Promise<string> {
  const key = createPrivateKey(issuer.privateKeyPem)
  const algorithm = signatureAlgorithm(key, 'SHA-256')
  const crl = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(issuer.certificatePem).subjectName,
    thisUpdate: revokedAt,
    nextUpdate,
    signingAlgorithm: algorithm,
    signingKey: signingKey(key, algorithm),
    entries: revoked.map(({ certificatePem }) => ({
      serialNumber: new x509.X509Certificate(certificatePem).serialNumber,
      revocationDate: revokedAt,
      reason: x509.X509CrlReason.keyCompromise,
    })),
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(
        new x509.PublicKey(createPublicKey(key).export({ type: 'spki', format: 'der' })),
      ),
      new x509.Extension('2.5.29.20', false, Uint8Array.of(2, 1, 1)), // CRL number 1
    ],
  })
  // RFC 7468 §6: the label is "X509 CRL"
  return `${crl.toString('pem').replaceAll(' CRL-', ' X509 CRL-')}\n`
}

function keyOf(key: KeyKind | { readonly privateKeyPem: string }): KeyObject {
  if (typeof key === 'object') return createPrivateKey(key.privateKeyPem)
  switch (key) {
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey
    case 'p224':
    case 'p256':
    case 'p384':
    case 'p521':
      return generateKeyPairSync('ec', {
        namedCurve: { p224: 'secp224r1', p256: 'P-256', p384: 'P-384', p521: 'P-521' }[key],
      }).privateKey
    case 'rsa':
    case 'rsa1024':
    case 'rsa3072':
      return generateKeyPairSync('rsa', { modulusLength: { rsa: 2048, rsa1024: 1024, rsa3072: 3072 }[key] }).privateKey
  }
}

type SigningParameters = { name: string; hash: string; namedCurve?: string }

function signatureAlgorithm(key: KeyObject, hash: string): SigningParameters {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash }
  if (key.asymmetricKeyType === 'ed25519') return { name: 'Ed25519', hash }
  const namedCurve = key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'P-384' : 'P-256'
  return { name: 'ECDSA', hash, namedCurve }
}

function signingKey(key: KeyObject, algorithm: SigningParameters): CryptoKey {
  return key.toCryptoKey(algorithm, true, ['sign']) as CryptoKey
}

function nameOf(name: ToyName): x509.Name {
  return new x509.Name([
    { C: [{ printableString: 'VN' }] },
    { O: [{ utf8String: name.organization }] },
    ...(name.unit === undefined ? [] : [{ OU: [{ utf8String: name.unit }] }]),
    ...(name.code === undefined ? [] : [{ '2.5.4.97': [{ utf8String: name.code }] }]),
    { CN: [{ utf8String: name.commonName }] },
  ])
}

/** RFC 5280 §4.2.1.3, as the flags of the library. */
function usageBits(usages: readonly Usage[]): number {
  const flags = { digitalSignature: 1, nonRepudiation: 2, keyEncipherment: 4, keyCertSign: 32, cRLSign: 64 }
  return usages.reduce((bits, usage) => bits | flags[usage], 0)
}

/** 127 random bits: unique and positive (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0)
  return bytes.toString('hex')
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string
}
