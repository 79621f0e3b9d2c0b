import type { FailureCode } from '../base/index.ts'

/** Where a private key is on a token. */
export interface TokenPlace {
  /** The PKCS#11 module of the token's maker, a shared library. */
  readonly moduleFile: string
  /** The token's label. */
  readonly token: string
  /** The label (CKA_LABEL) of the private key, or `id:` and its CKA_ID in hex. */
  readonly key: string
  /** The file that holds the user PIN; read on the token's thread, at each login. */
  readonly pinFile: string
}

/** What a thread is started with. */
export interface TokenThreadData {
  readonly moduleFile: string
  /** The npm package that speaks PKCS#11. */
  readonly binding: string
}

export type TokenMechanism = 'rsa-pkcs1' | 'rsa-pss-sha256' | 'ecdsa' | 'eddsa'

export type TokenQuestion = { readonly id: number } & (
  | {
      readonly ask: 'sign'
      readonly place: TokenPlace
      readonly mechanism: TokenMechanism
      /** What the mechanism wants: a DigestInfo, a digest, or (EdDSA) the message. */
      readonly input: Uint8Array
    }
  | { readonly ask: 'public-key'; readonly place: TokenPlace }
  | { readonly ask: 'close' }
)

export type TokenAnswer =
  | { readonly id: number; readonly octets: Uint8Array }
  | { readonly id: number; readonly code: FailureCode; readonly message: string }
