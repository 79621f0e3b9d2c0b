import { GatewayError } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { Certificate, ChainVerdict } from '../pki/index.ts'

/** One attachment as it stands in the signed octets. */
export interface SignedAttachment {
  /** Without `cid:`. */
  readonly contentId: string
  readonly attachmentName: string
  readonly description?: string
  readonly contentType: string
  /** Of the decoded bytes, lower-case hex. */
  readonly sha256: string
  /** Decoded octets. */
  readonly length: number
  readonly spans: readonly ContentSpan[]
}

/** Base64 text inside one item of the input: octet offsets, end exclusive. */
export interface ContentSpan {
  /** Number of the item; a Uint8Array is one item, number 0. */
  readonly chunk: number
  readonly start: number
  readonly end: number
  /** Base64 characters (no white space) of this attachment before this span. */
  readonly charactersBefore: number
}

export interface VerifiedReference {
  readonly uri: string
  readonly digestMethod: string
  /** Base64. */
  readonly digestValue: string
}

/** Non-repudiation information: which bytes an answering status answers. */
export interface ReceiptInfo {
  /** Of the whole file answered, lower-case hex. */
  readonly envelopeSha256: string
  readonly references: readonly VerifiedReference[]
}

export interface SignedFields {
  /** Exclusive canonical octets, exactly those whose digest was signed. */
  readonly messageHeader: Uint8Array
  readonly traceHeaderList?: Uint8Array
  readonly body?: Uint8Array
  readonly attachments: readonly SignedAttachment[]
  /** Line of the start tag in the file, for error messages. */
  readonly lines: { readonly messageHeader: number; readonly traceHeaderList?: number; readonly body?: number }
  readonly receipt?: ReceiptInfo
  readonly signer: {
    readonly certificate: Certificate
    readonly agency: AgencyCode
    /** The path to the anchor and what was known of revocation. */
    readonly chain: ChainVerdict
  }
  /** The signer's claim, within bounds. */
  readonly signingTime: Date | undefined
  readonly algorithms: { readonly signature: string; readonly digests: readonly string[] }
  readonly references: readonly VerifiedReference[]
  /** Of the whole file, lower-case hex. */
  readonly sha256: string
  /** Of the whole file. */
  readonly octets: number
}

/**
 * What was signed, and nothing else. The brand is private and the class leaves this room as a type only, so that the
 * one way to come by a value is `verify`, and an object that merely looks like one is refused.
 */
export class SignedContent implements SignedFields {
  readonly #verified = true
  declare readonly messageHeader: Uint8Array
  declare readonly traceHeaderList?: Uint8Array
  declare readonly body?: Uint8Array
  declare readonly attachments: readonly SignedAttachment[]
  declare readonly lines: SignedFields['lines']
  declare readonly receipt?: ReceiptInfo
  declare readonly signer: SignedFields['signer']
  declare readonly signingTime: Date | undefined
  declare readonly algorithms: SignedFields['algorithms']
  declare readonly references: readonly VerifiedReference[]
  declare readonly sha256: string
  declare readonly octets: number

  /** @param key Known to this file only. */
  constructor(fields: SignedFields, key: symbol) {
    if (key !== KEY) throw new GatewayError('internal', 'Only verify makes signed content.')
    Object.assign(this, fields)
    Object.freeze(this)
  }

  static isOne(value: unknown): boolean {
    return typeof value === 'object' && value !== null && #verified in value && value.#verified
  }
}

const KEY = Symbol('verified')

/** For `verify` alone: index.ts does not hand this on. */
export function signedContent(fields: SignedFields): SignedContent {
  return new SignedContent(fields, KEY)
}

/** For the one reader: refuses whatever did not come out of `verify`, whatever the compiler was told. */
export function assertSignedContent(value: unknown): asserts value is SignedContent {
  if (!SignedContent.isOne(value)) {
    throw new GatewayError('internal', 'Only content that was verified can be read.')
  }
}
