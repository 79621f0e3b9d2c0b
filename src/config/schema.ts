import { z } from 'zod'
import { limits } from '../base/index.ts'
import { type AgencyCode, findAgencyCode } from '../message/index.ts'
import type { KeySource } from '../pki/index.ts'

/** Everything that can be set. It holds no secret: keys and passwords stay in the files it names. */
export type Settings = z.output<typeof schema>

/** A path has no line breaks: PEM that was pasted in place of one is caught here, and not shown. */
const file = z
  .string()
  .min(1)
  .regex(/^[^\n\r]+$/)
const minutes = z.int().min(1).max(525_600)
const code = z.string().transform((text, context): AgencyCode => {
  const found = findAgencyCode(text)
  if (found === undefined) context.addIssue({ code: 'custom', message: 'not a code' })
  return found ?? ('' as AgencyCode)
})

/** The first moment of a day in Vietnam, or an instant. */
const instant = z
  .string()
  .transform((written) => (/^\d{4}-\d{2}-\d{2}$/.test(written) ? `${written}T00:00:00+07:00` : written))
  .pipe(z.iso.datetime({ offset: true }))

const key = z
  .strictObject({
    privateKeyFile: file.exactOptional(),
    pkcs12File: file.exactOptional(),
    token: z
      .strictObject({
        moduleFile: file,
        token: z.string().min(1).max(32),
        key: z.string().min(1).max(255),
        pinFile: file,
      })
      .exactOptional(),
    passwordFile: file.exactOptional(),
    certificateFile: file.exactOptional(),
    scheme: z.enum(['pss', 'pkcs1']).exactOptional(),
    from: instant.exactOptional(),
  })
  .transform((written, context): KeySettings => {
    const { privateKeyFile, pkcs12File, token, passwordFile, ...rest } = written
    const password = passwordFile === undefined ? {} : { passwordFile }
    const places = [privateKeyFile, pkcs12File, token].filter((place) => place !== undefined)
    if (places.length !== 1) context.addIssue({ code: 'custom', message: 'one of the three' })
    if (pkcs12File === undefined && rest.certificateFile === undefined)
      context.addIssue({ code: 'custom', message: 'missing', path: ['certificateFile'] })
    if (token !== undefined && passwordFile !== undefined)
      context.addIssue({ code: 'custom', message: 'a token has a PIN', path: ['passwordFile'] })
    if (token !== undefined) return { ...rest, token }
    if (pkcs12File !== undefined) return { ...rest, pkcs12File, ...password }
    return { ...rest, privateKeyFile: privateKeyFile ?? '', ...password }
  })

/** One signing key of an agency: where it is, its certificate, and from when on it signs. */
export type KeySettings = KeySource & { readonly from?: string }

const store = z
  .strictObject({
    file: file.exactOptional(),
    url: z
      .string()
      .regex(/^postgres(ql)?:\/\//)
      .refine((text) => URL.canParse(text))
      .exactOptional(),
    passwordFile: file.exactOptional(),
  })
  .transform(({ file, url, passwordFile }, context): StoreSettings => {
    if (url !== undefined && file === undefined) return { url, ...(passwordFile === undefined ? {} : { passwordFile }) }
    if (url !== undefined || file === undefined || passwordFile !== undefined)
      context.addIssue({ code: 'custom', message: 'one of the two' })
    return { file: file ?? '' }
  })

/** Where documents are kept: an SQLite file, or a PostgreSQL database. */
export type StoreSettings = { readonly file: string } | { readonly url: string; readonly passwordFile?: string }

const whenUndetermined = z.enum(['warn', 'refuse'])
const httpAddress = z.string().regex(/^https?:\/\/[^\s/@]+\//)

const revocation = z.strictObject({
  check: z.boolean().default(true),
  undetermined: whenUndetermined.default('warn'),
  partners: z.array(z.strictObject({ code, undetermined: whenUndetermined })).default([]),
  crlFiles: z.array(file).default([]),
  fetch: z.boolean().default(true),
  mirrors: z.array(z.strictObject({ from: httpAddress, to: httpAddress })).default([]),
  requireNonce: z.boolean().default(false),
  privateHosts: z.array(z.string().min(1).max(255)).default([]),
})

const axis = z
  .strictObject({
    kind: z.enum(['embedded', 'rabbitmq']).default('embedded'),
    urls: z
      .array(z.string().regex(/^amqps?:\/\/(\[[0-9a-fA-F:]+\]|[^\s/@:]+)(:\d{1,5})?$/))
      .min(1)
      .exactOptional(),
    vhost: z.string().min(1).max(255).exactOptional(),
    user: z.string().min(1).max(255).exactOptional(),
    passwordFile: file.exactOptional(),
    tls: z
      .strictObject({ caFile: file, certFile: file.exactOptional(), keyFile: file.exactOptional() })
      .exactOptional(),
    closedNetwork: z.string().min(10).exactOptional(),
  })
  .transform(({ kind, urls, passwordFile, ...rest }, context): AxisSettings => {
    if (kind === 'rabbitmq') {
      for (const [key, value] of Object.entries({ urls, passwordFile }))
        if (value === undefined) context.addIssue({ code: 'custom', message: 'missing', path: [key] })
      return { kind, urls: urls ?? [], passwordFile: passwordFile ?? '', ...rest }
    }
    const [foreign] = Object.keys({ ...rest, ...(urls && { urls }), ...(passwordFile && { passwordFile }) })
    if (foreign !== undefined) context.addIssue({ code: 'custom', message: 'not embedded', path: ['kind'] })
    return { kind }
  })

/** What carries the messages: the axis within this process, or RabbitMQ. */
export type AxisSettings =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'rabbitmq'
      readonly urls: readonly string[]
      readonly vhost?: string
      readonly user?: string
      readonly passwordFile: string
      readonly tls?: { readonly caFile: string; readonly certFile?: string; readonly keyFile?: string }
      readonly closedNetwork?: string
    }

export const schema = z.strictObject({
  http: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(8080),
      behindProxy: z.string().min(10).exactOptional(),
      requestsPerSecond: z.int().min(1).max(100_000).default(500),
      tls: z.strictObject({ keyFile: file, certFile: file }).exactOptional(),
    })
    .prefault({}),
  store,
  axis: axis.prefault({}),
  agencies: z
    .array(
      z.strictObject({
        code,
        keys: z.array(key).min(1),
      }),
    )
    .min(1),
  trust: z.strictObject({
    anchorsFiles: z.array(file).default([]),
    congVuFiles: z.array(file).default([]),
    congCongFiles: z.array(file).default([]),
    intermediatesFile: file.exactOptional(),
    revocation: revocation.prefault({}),
  }),
  directoryFile: file.exactOptional(),
  directory: z
    .strictObject({
      axis: z.string().min(1).max(200),
      operatorFiles: z.array(file).min(1),
      user: z.string().min(1).max(255),
      apply: z.enum(['at-once', 'by-hand']).default('at-once'),
    })
    .exactOptional(),
  delivery: z
    .strictObject({
      chunkBytes: z
        .int()
        .min(64 * 1024)
        .max(limits.chunkBytesMax)
        .default(limits.chunkBytes),
      deadlines: z
        .strictObject({
          expressMinutes: minutes.default(4 * 60),
          ordinaryMinutes: minutes.default(3 * 24 * 60),
          statusMinutes: minutes.default(7 * 24 * 60),
        })
        .prefault({}),
      receiptWaitSeconds: z.int().min(1).max(86_400).default(120),
    })
    .prefault({}),
  metrics: z.strictObject({ tokenFile: file.exactOptional() }).prefault({}),
  log: z.strictObject({ level: z.enum(['error', 'warn', 'info', 'debug', 'silent']).default('info') }).prefault({}),
  allowToyTrust: z.boolean().default(false),
})
