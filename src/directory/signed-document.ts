import { createHash, type KeyObject, verify } from 'node:crypto'
import { z } from 'zod'
import { codeOf, GatewayError, limits, messageOf } from '../base/index.ts'
import type { Certificate, Signer, SigningAlgorithm } from '../pki/index.ts'
import { requireKeyStrength } from '../pki/index.ts'
import type { Agency } from './agency.ts'
import { parseDirectory } from './parse.ts'

/** What the operator of the axis publishes, verified. `schemas/directory.schema.json` describes its form. */
export interface SignedDirectory {
  /** The name of the axis, so that a directory of a trial is never taken for that of the real one. */
  readonly axis: string
  /** Counts upwards; a directory with a lower one is never applied. */
  readonly version: number
  readonly issuedAt: Date
  /** By then another is promised. */
  readonly nextUpdate?: Date
  readonly agencies: readonly Agency[]
  /** Fingerprint of the operator's certificate. */
  readonly signer: string
  /** SHA-256 of the octets, lower-case hex. */
  readonly sha256: string
  readonly octets: Uint8Array
}

/** Whose directory is believed. */
export interface DirectoryTrust {
  readonly axis: string
  /** The operator's certificates, pinned: no authority can make another. Several, so that one can follow another. */
  readonly operators: readonly Certificate[]
}

/**
 * Reads a signed directory: JWS in its flattened JSON form (RFC 7515 §7.2.2), so that what is signed are octets and
 * nothing is ever canonicalized. The signature is verified before anything of the payload is read.
 * @param at The instant of arrival: the operator's certificate must be valid then, and when it was issued.
 * @throws {GatewayError} directory-malformed, directory-untrusted, directory-other-axis
 */
export function readSignedDirectory(octets: Uint8Array, trust: DirectoryTrust, at: Date): SignedDirectory {
  if (octets.length > limits.directoryBytes)
    throw malformed(`The directory is longer than ${limits.directoryBytes} octets.`)
  const jws = shaped(jwsShape, parsed(octets, 'The directory'))
  const header = shaped(headerShape, parsed(decoded(jws.protected), 'The protected header'))
  const operator = trust.operators.find(({ der }) => thumbprint(der) === header['x5t#S256'])
  if (operator === undefined) throw untrusted('The directory is signed with a certificate that is not the operator’s.')
  requireSignature(jws, algorithms[header.alg], operator)
  const { axis, version, issuedAt, nextUpdate, agencies } = shaped(
    payloadShape,
    parsed(decoded(jws.payload), 'The payload'),
  )
  if (axis !== trust.axis)
    throw new GatewayError('directory-other-axis', `The directory is of the axis "${axis}"; ours is "${trust.axis}".`, {
      value: axis,
      expected: trust.axis,
    })
  for (const instant of [issuedAt, at])
    if (instant < operator.notBefore || instant > operator.notAfter)
      throw untrusted(`The operator’s certificate is not valid at ${instant.toISOString()}.`)
  if (issuedAt.getTime() > at.getTime() + limits.signingTimeAheadMs)
    throw malformed(`The directory was issued at ${issuedAt.toISOString()}, which is still to come.`)
  return {
    axis,
    version,
    issuedAt,
    ...(nextUpdate !== undefined && { nextUpdate }),
    agencies: agenciesOf(agencies),
    signer: operator.fingerprint,
    sha256: createHash('sha256').update(octets).digest('hex'),
    octets,
  }
}

/**
 * Signs a directory for publishing.
 * @param entries The list that `parseDirectory` reads, certificates as PEM text.
 */
export async function signDirectory(
  { axis, version, issuedAt, nextUpdate }: Pick<SignedDirectory, 'axis' | 'version' | 'issuedAt' | 'nextUpdate'>,
  entries: readonly unknown[],
  signer: Signer,
): Promise<Uint8Array> {
  const header = { alg: algorithmNames[signer.algorithm], typ: TYPE, 'x5t#S256': thumbprint(signer.certificate.der) }
  const payload = {
    format: FORMAT,
    axis,
    version,
    issuedAt: issuedAt.toISOString(),
    ...(nextUpdate !== undefined && { nextUpdate: nextUpdate.toISOString() }),
    agencies: entries,
  }
  const parts = { protected: encoded(header), payload: encoded(payload) }
  const signature = await signer.sign(Buffer.from(`${parts.protected}.${parts.payload}`))
  return Buffer.from(`${JSON.stringify({ ...parts, signature: Buffer.from(signature).toString('base64url') })}\n`)
}

/** The media type under which it travels. */
export const directoryMediaType = 'application/jose+json'

const FORMAT = 'lienthong-directory/1'
const TYPE = 'lienthong-directory+jws'

/** RFC 7518 §3.1 and RFC 8037: exactly those that we sign packages with. */
const algorithmNames = {
  'rsa-pkcs1-sha256': 'RS256',
  'rsa-pss-sha256': 'PS256',
  'ecdsa-p256-sha256': 'ES256',
  'ecdsa-p384-sha384': 'ES384',
  ed25519: 'EdDSA',
} as const satisfies Record<SigningAlgorithm, string>

type AlgorithmName = (typeof algorithmNames)[SigningAlgorithm]

const algorithms: Readonly<Record<AlgorithmName, { key: string; hash: string | null; parameters: object }>> = {
  RS256: { key: 'rsa', hash: 'sha256', parameters: {} },
  PS256: { key: 'rsa', hash: 'sha256', parameters: { padding: 6, saltLength: 32 } }, // RSA_PKCS1_PSS_PADDING
  ES256: { key: 'prime256v1', hash: 'sha256', parameters: { dsaEncoding: 'ieee-p1363' } },
  ES384: { key: 'secp384r1', hash: 'sha384', parameters: { dsaEncoding: 'ieee-p1363' } },
  EdDSA: { key: 'ed25519', hash: null, parameters: {} },
}

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/)
const jwsShape = z.strictObject({ protected: base64url, payload: base64url, signature: base64url })
const headerShape = z.strictObject({
  alg: z.enum(Object.values(algorithmNames)),
  typ: z.literal(TYPE),
  'x5t#S256': base64url,
})
const instant = z.iso.datetime().transform((text) => new Date(text))
const payloadShape = z.strictObject({
  format: z.literal(FORMAT),
  axis: z.string().min(1).max(200),
  version: z.int().min(1),
  issuedAt: instant,
  nextUpdate: instant.optional(),
  agencies: z.array(z.unknown()).max(limits.directoryAgencies),
})

function requireSignature(
  jws: z.output<typeof jwsShape>,
  { key, hash, parameters }: { key: string; hash: string | null; parameters: object },
  { publicKey }: Certificate,
): void {
  try {
    requireKeyStrength(publicKey)
  } catch (error) {
    throw untrusted(`The key of the operator’s certificate cannot be used: ${codeOf(error)}.`)
  }
  if (kindOf(publicKey) !== key) throw untrusted('The algorithm is not one of the operator’s key.')
  const octets = Buffer.from(`${jws.protected}.${jws.payload}`)
  if (!verify(hash, octets, { key: publicKey, ...parameters }, decoded(jws.signature)))
    throw untrusted('The signature of the directory is not right.')
}

function kindOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  return asymmetricKeyType === 'ec' ? asymmetricKeyDetails?.namedCurve : asymmetricKeyType
}

/** Certificates stand in the document itself; which agencies are ours is never said by others. */
function agenciesOf(entries: readonly unknown[]): Agency[] {
  let agencies: Agency[]
  try {
    agencies = parseDirectory(JSON.stringify(entries), (path) => {
      throw new Error(`it is ${JSON.stringify(path.slice(0, 80))}, and must be PEM text`)
    })
  } catch (error) {
    throw malformed(messageOf(error))
  }
  const claimed = agencies.find(({ local }) => local)
  if (claimed !== undefined) throw malformed(`${claimed.code} is marked as local: that is for each gateway to say.`)
  return agencies.map((agency) => ({
    ...agency,
    origin: 'signed',
    certificates: agency.certificates.map((one) => ({ ...one, origin: 'signed' })),
  }))
}

function thumbprint(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('base64url')
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decoded(text: string): Buffer {
  const octets = Buffer.from(text, 'base64url')
  if (octets.toString('base64url') !== text) throw malformed('What should be base64url is none.')
  return octets
}

function parsed(octets: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets))
  } catch {
    throw malformed(`${what} is not JSON in UTF-8.`)
  }
}

function shaped<T extends z.ZodType>(shape: T, value: unknown): z.output<T> {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  throw malformed(z.prettifyError(result.error).replace(/\s+/g, ' ').slice(0, 300))
}

function malformed(message: string): GatewayError {
  return new GatewayError('directory-malformed', message)
}

function untrusted(message: string): GatewayError {
  return new GatewayError('directory-untrusted', message)
}
