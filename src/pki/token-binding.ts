import { createRequire } from 'node:module'
import { GatewayError } from '../base/index.ts'

export type Handle = Buffer

/** As much of pkcs11js as is used here. Written down again, because the package is not everywhere. */
export interface Pkcs11 {
  load(file: string): void
  C_Initialize(): void
  C_Finalize(): void
  C_GetSlotList(tokenPresent: boolean): Handle[]
  C_GetTokenInfo(slot: Handle): { readonly label: string; readonly flags: number }
  C_OpenSession(slot: Handle, flags: number): Handle
  C_CloseSession(session: Handle): void
  C_Login(session: Handle, user: number, pin: string): void
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void
  C_FindObjects(session: Handle, max: number): Handle[]
  C_FindObjectsFinal(session: Handle): void
  C_GetAttributeValue(session: Handle, object: Handle, template: readonly Attribute[]): { readonly value?: Buffer }[]
  C_SignInit(session: Handle, mechanism: Mechanism, key: Handle): void
  C_Sign(session: Handle, input: Buffer, output: Buffer): Buffer
}

export interface Attribute {
  readonly type: number
  readonly value?: number | string | boolean | Buffer
}

export interface Mechanism {
  readonly mechanism: number
  readonly parameter?: {
    readonly type: number
    readonly hashAlg: number
    readonly mgf: number
    readonly saltLen: number
  }
}

/** @throws key-token-unsupported: the optional package is not installed, or was not built for this machine */
export function loadBinding(name: string): Pkcs11 {
  try {
    const { PKCS11 } = createRequire(import.meta.url)(name) as { PKCS11: new () => Pkcs11 }
    return new PKCS11()
  } catch (cause) {
    const said = `The package ${name}, by which tokens are spoken to, is not installed here or was not built.`
    throw new GatewayError('key-token-unsupported', said, { value: name }, { cause })
  }
}

/** The numbers of PKCS#11 2.40 that are used here. */
export const ck = {
  CKF_SERIAL_SESSION: 4,
  CKU_USER: 1,
  CKF_USER_PIN_FINAL_TRY: 0x20000,
  CKF_USER_PIN_LOCKED: 0x40000,
  CKO_PUBLIC_KEY: 2,
  CKO_PRIVATE_KEY: 3,
  CKA_CLASS: 0,
  CKA_LABEL: 3,
  CKA_KEY_TYPE: 0x100,
  CKA_ID: 0x102,
  CKA_MODULUS: 0x120,
  CKA_PUBLIC_EXPONENT: 0x122,
  CKA_EC_PARAMS: 0x180,
  CKA_EC_POINT: 0x181,
  CKK_RSA: 0,
  CKK_EC: 3,
  CKK_EC_EDWARDS: 0x40,
  CKM_RSA_PKCS: 1,
  CKM_RSA_PKCS_PSS: 0xd,
  CKM_SHA256: 0x250,
  CKM_ECDSA: 0x1041,
  CKM_EDDSA: 0x1057,
  CKG_MGF1_SHA256: 2,
  CK_PARAMS_RSA_PSS: 5,
} as const
