import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { GatewayError, messageOf } from '../base/index.ts'
import { reasonOf } from '../config/index.ts'
import { type Agency, parseDirectory } from '../directory/index.ts'
import { type AgencyCode, findAgencyCode, fromThirteenCharacterForm } from '../message/index.ts'
import {
  type Certificate,
  isSameKey,
  type RevocationData,
  readCertificate,
  readCertificates,
  TrustStore,
} from '../pki/index.ts'
import type { TrustMaterial } from '../signature/index.ts'

/** How it was decided that the signer may sign for the agency in From. */
export type Binding = 'directory' | 'certificate' | 'unchecked'

/** The trust that a person gives to `lienthong verify` with files. */
export class GivenTrust {
  readonly #authorities: readonly Certificate[]
  readonly #signers: readonly Certificate[]
  readonly #agencies: readonly ListedAgency[]
  readonly #key: KeyObject | undefined

  /**
   * - PEM: certificates of authorities are anchors; certificates of signers pin the signer: only these may have signed.
   *   The certificate's organizationIdentifier, when it has one, names the agency it may sign for.
   * - JSON: a directory, which says what certificate signs for what agency.
   * @param keyFile The signer's key must be this one. Without files it is the whole trust, and no chain is asked for.
   * @throws {GatewayError} trust-unusable: nothing given, or a file that is absent or holds something else
   */
  constructor(files: readonly string[], keyFile: string | undefined) {
    if (files.length === 0 && keyFile === undefined) {
      throw unusable('no trust was given: name certificates with --trust, or the key of the signer with --key')
    }
    const given = files.map(readTrustFile)
    const certificates = given.flatMap((one) => one.certificates)
    this.#agencies = given.flatMap((one) => one.agencies)
    this.#authorities = certificates.filter(isAuthority)
    this.#signers = certificates.filter((certificate) => !isAuthority(certificate))
    this.#key = keyFile === undefined ? undefined : readPublicKey(keyFile)
    const listed = this.#agencies.flatMap((agency) => agency.certificates)
    if (certificates.length + listed.length === 0 && this.#key === undefined) {
      throw unusable(`${files.join(', ')} lists no certificate`)
    }
  }

  /**
   * The trust as `verify` takes it.
   * @param presented The certificates that the file carries. They become trusted only where their key was given.
   * @param kept What was kept with the evidence of a package; it helps to find a path and tells what was revoked.
   * @throws {GatewayError} certificate-untrusted: a key alone was given, and the file carries no certificate of it
   */
  material(
    presented: readonly Certificate[],
    kept?: { readonly path: readonly Certificate[]; readonly revocation: RevocationData },
  ): TrustMaterial & { readonly binding: Binding } {
    const agencies = this.#agencies
    const listed = agencies.flatMap(({ certificates }) => certificates)
    const given = [this.#authorities, this.#signers, listed].find((some) => some.length > 0)
    let binding: Binding = 'unchecked'
    return {
      store: new TrustStore(given ?? this.#ofTheKey(presented), kept?.path, kept && { revocation: kept.revocation }),
      signingAgeMs: Number.POSITIVE_INFINITY, // what a person judges may have been archived long ago
      get binding() {
        return binding
      },
      agencySigning(certificate, organId) {
        if (agencies.length > 0) {
          binding = 'directory'
          return listedAgency(agencies, certificate, organId)
        }
        // Where the key alone was given, nobody vouches for what a certificate of it says.
        binding = given === undefined || organizationOf(certificate) === undefined ? 'unchecked' : 'certificate'
        return namedAgency(certificate, organId)
      },
      // Agreements stand in a directory; who names certificates by hand takes their algorithm with them.
      ed25519Agreed: (agency) =>
        agencies.length === 0 ||
        agencies.some((listed) => listed.agency.code === agency && listed.agency.ed25519Agreed),
    }
  }

  /** @throws {GatewayError} certificate-untrusted: the signer is none of those given */
  requireSigner(signer: Certificate): void {
    if (this.#key !== undefined && !isSameKey(this.#key, signer.publicKey)) {
      throw new GatewayError('certificate-untrusted', `the key of ${signer.subject} is not the one given with --key`)
    }
    if (this.#signers.length > 0 && !this.#signers.some(({ fingerprint }) => fingerprint === signer.fingerprint)) {
      throw new GatewayError('certificate-untrusted', `${signer.subject} is none of the signers given with --trust`)
    }
  }

  #ofTheKey(presented: readonly Certificate[]): Certificate[] {
    const fitting = presented.filter(({ publicKey }) => this.#key !== undefined && isSameKey(this.#key, publicKey))
    if (fitting.length > 0) return fitting
    throw new GatewayError('certificate-untrusted', 'the file carries no certificate of the key given with --key')
  }
}

/**
 * The public key in a PEM file: a public key, a certificate, or a private key's public half.
 * @throws {GatewayError} trust-unusable
 */
export function readPublicKey(path: string): KeyObject {
  const text = readText(path)
  try {
    if (text.includes('-----BEGIN CERTIFICATE-----')) return readCertificate(text).publicKey
    return text.includes('PRIVATE KEY-----') ? createPublicKey(createPrivateKey(text)) : createPublicKey(text)
  } catch {
    throw unusable(`${path} holds no key that can be read; a PEM public key or certificate is right`)
  }
}

/** What a directory says of one agency. */
interface ListedAgency {
  readonly agency: Agency
  readonly certificates: readonly Certificate[]
}

function readTrustFile(path: string): { certificates: readonly Certificate[]; agencies: readonly ListedAgency[] } {
  const text = readText(path)
  if (!/^\s*\[/.test(text)) return { certificates: certificatesIn(text, path), agencies: [] }
  try {
    const agencies = parseDirectory(text, (name) => readText(resolve(dirname(path), name)))
    const listed = agencies.map((agency) => ({
      agency,
      certificates: agency.certificates.map(({ pem }) => readCertificate(pem)),
    }))
    return { certificates: [], agencies: listed }
  } catch (cause) {
    throw unusable(`${path} is not a directory that can be read: ${messageOf(cause)}`, cause)
  }
}

function certificatesIn(pem: string, path: string): Certificate[] {
  try {
    return readCertificates(pem)
  } catch (cause) {
    throw unusable(`${path} holds no certificates that can be read: ${messageOf(cause)}`, cause)
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw unusable(`${path} cannot be read: ${reasonOf(cause)}`, cause)
  }
}

function listedAgency(agencies: readonly ListedAgency[], signer: Certificate, organId: string): AgencyCode | undefined {
  const code = shortForm(organId)
  const listed = agencies.find(({ agency }) => agency.wireCode === organId.trim() || agency.code === code)
  return listed?.certificates.some(({ fingerprint }) => fingerprint === signer.fingerprint)
    ? listed.agency.code
    : undefined
}

/** A unit does not sign for its ministry, nor the ministry for it: the codes must be the same, in either form. */
function namedAgency(certificate: Certificate, organId: string): AgencyCode | undefined {
  const named = organizationOf(certificate)
  const code = shortForm(organId)
  return named === undefined || shortForm(named) === code ? code : undefined
}

function shortForm(organId: string): AgencyCode | undefined {
  return fromThirteenCharacterForm(organId.trim()) ?? findAgencyCode(organId.trim())
}

/** organizationIdentifier, 2.5.4.97 (X.520). Several, or an empty one, name nobody that could be matched. */
function organizationOf(certificate: Certificate): string | undefined {
  const subject = new X509Certificate(certificate.der).toLegacyObject().subject as unknown as Record<string, unknown>
  const named = subject['organizationIdentifier']
  return typeof named === 'string' ? named : named === undefined ? undefined : ''
}

function isAuthority(certificate: Certificate): boolean {
  return certificate.fields.basicConstraints?.ca === true
}

function unusable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('trust-unusable', message, {}, { cause })
}
