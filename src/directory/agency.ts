import type { AgencyCode, Lane, Party } from '../message/index.ts'

/** One agency or unit, as the directory has it. */
export interface Agency {
  readonly code: AgencyCode
  /** The form that its partners write, by default the 13 characters of QCVN 102:2016 (edXML notes §5.1). */
  readonly wireCode: string
  readonly name: string
  readonly nameEn?: string
  readonly parent?: AgencyCode
  readonly contact: Contact
  /** One of ours: this gateway signs, sends and receives for it. */
  readonly local: boolean
  /** The user under which it speaks on the axis; when absent, a user named as its code. */
  readonly brokerUser?: string
  readonly ed25519Agreed: boolean
  /** What its software verifies, where it is not our default. */
  readonly signatureScheme?: SignatureScheme
  readonly validFrom?: Date
  /** From this instant on it takes part no more; `successor` may. */
  readonly validTo?: Date
  readonly successor?: AgencyCode
  /** The lanes on which it has queues; absent: all. */
  readonly lanes?: readonly Lane[]
  /** `signed`: the signed directory of the axis says so. Absent: entered by hand. */
  readonly origin?: 'signed'
  readonly certificates: readonly BoundCertificate[]
}

export type Contact = Omit<Party, 'organId' | 'organName'>

export type SignatureScheme = 'pkcs1' | 'pss'

/** A certificate that may sign for the agency. */
export interface BoundCertificate {
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string
  readonly pem: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** `signed`: the signed directory of the axis binds it. Absent: entered by hand. */
  readonly origin?: 'signed'
}
