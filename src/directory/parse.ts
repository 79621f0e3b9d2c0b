import { z } from 'zod'
import { GatewayError, messageOf } from '../base/index.ts'
import { type AgencyCode, findAgencyCode, lanes, thirteenCharacterForm } from '../message/index.ts'
import { readCertificate } from '../pki/index.ts'
import type { Agency, BoundCertificate } from './agency.ts'

/**
 * Reads a directory from JSON: a list of agencies. `wireCode` defaults to the 13 characters of QCVN 102:2016; each of
 * `certificates` is PEM text or the path of a PEM file, of which the first certificate counts (leaf first).
 *
 * @param readFile Reads a file named in the text.
 * @throws {GatewayError} config-invalid: naming the entry, the field and what would be right
 */
export function parseDirectory(text: string, readFile: (path: string) => string): Agency[] {
  const rows = z.array(z.unknown()).safeParse(parseJson(text))
  if (!rows.success) throw invalid('A directory is a list of agencies in square brackets.')
  return rows.data.map((row, index) => {
    const place = placeOf(row, index)
    const entry = entryShape.safeParse(row)
    if (!entry.success) throw invalid(`${place}: ${z.prettifyError(entry.error).replace(/\s+/g, ' ')}`)
    return agencyOf(entry.data, place, readFile)
  })
}

const text = z.string().trim().min(1).max(500)
const agencyCode = z
  .string()
  .refine((code) => findAgencyCode(code) !== undefined, 'write the short form of a code, such as G02 or G12.18')
  .transform((code) => code as AgencyCode)
/** A date is midnight in Vietnam, where the decisions that make and end agencies count from. */
const instant = z
  .string()
  .transform((written) => (/^\d{4}-\d{2}-\d{2}$/.test(written) ? `${written}T00:00:00+07:00` : written))
  .pipe(z.iso.datetime({ offset: true, error: 'write a date such as 2025-07-01, or an instant with its offset' }))
  .transform((iso) => new Date(iso))

const contactShape = z.strictObject({
  organizationInCharge: text.optional(),
  organAdd: text.optional(),
  email: text.optional(),
  telephone: text.optional(),
  fax: text.optional(),
  website: text.optional(),
})

const entryShape = z
  .strictObject({
    code: agencyCode,
    wireCode: z
      .string()
      .regex(/^[\w.-]{1,50}$/, 'letters, digits, dots, dashes')
      .optional(),
    name: text,
    nameEn: text.optional(),
    parent: agencyCode.optional(),
    contact: contactShape.default({}),
    certificates: z.array(z.string().min(1)).max(50).default([]),
    local: z.boolean().default(false),
    brokerUser: text.optional(),
    ed25519Agreed: z.boolean().default(false),
    signatureScheme: z.enum(['pkcs1', 'pss']).optional(),
    validFrom: instant.optional(),
    validTo: instant.optional(),
    successor: agencyCode.optional(),
    /** Answers come on `status`; without it nobody could be told anything. */
    lanes: z
      .array(z.enum(lanes))
      .refine((some) => some.includes('status'), 'status is missing')
      .optional(),
  })
  .refine(({ validFrom, validTo }) => validFrom === undefined || validTo === undefined || validFrom < validTo, {
    path: ['validTo'],
    error: 'it ends before it begins',
  })

function agencyOf(entry: z.output<typeof entryShape>, place: string, readFile: (path: string) => string): Agency {
  const { code, wireCode, name, local, ed25519Agreed, certificates, contact, ...optional } = entry
  return {
    code,
    wireCode: wireCode ?? thirteenCharacterForm(code) ?? code,
    name,
    local,
    ed25519Agreed,
    contact: present(contact),
    certificates: certificates.map((source) => certificateOf(source, place, readFile)),
    ...present(optional),
  }
}

function certificateOf(source: string, place: string, readFile: (path: string) => string): BoundCertificate {
  const inline = source.includes('-----BEGIN')
  try {
    const { fingerprint, der, notBefore, notAfter } = readCertificate(inline ? source : readFile(source))
    return { fingerprint, pem: pemOf(der), notBefore, notAfter }
  } catch (cause) {
    const which = inline ? 'a certificate' : `the certificate ${source}`
    throw invalid(`${place}: ${which} cannot be read: ${messageOf(cause)}`, cause)
  }
}

function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

/** Without the fields that are undefined: absent is absent. */
function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

/** `Entry 3 (G12.18)`. */
function placeOf(row: unknown, index: number): string {
  const code = typeof row === 'object' && row !== null && 'code' in row ? row.code : undefined
  return `Entry ${index + 1}${typeof code === 'string' ? ` (${code})` : ''}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid(`The directory is not JSON: ${messageOf(cause)}.`, cause)
  }
}

function invalid(message: string, cause?: unknown): GatewayError {
  return new GatewayError('config-invalid', message, {}, ...(cause === undefined ? [] : [{ cause }]))
}
