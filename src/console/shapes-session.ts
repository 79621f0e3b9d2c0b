import { z } from 'zod'
import { type Grant, type Right, type Role, rights, roles } from '../access/index.ts'
import { agencyCode, instant, text } from '../http/index.ts'
import { partyShape } from './shapes-common.ts'

export const grantShape = z
  .strictObject({
    role: z.enum(roles),
    agency: z
      .union([z.literal('*'), agencyCode])
      .meta({ description: 'One agency of this gateway, or `*` for all, also those to come.' }),
  })
  .meta({ id: 'Grant' })
export type { Grant, Right, Role }

const userName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{1,62}$/, 'must be 2 to 63 of a-z, 0-9 and . _ @ -')
  .meta({ description: 'Name to sign in with.', example: 'nguyen.van.an' })

const password = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: 'At least 12 characters; a sentence is good.', format: 'password' })

export const userShape = z
  .object({
    id: z.string(),
    name: z.string(),
    displayName: z.string(),
    grants: z.array(grantShape),
    local: z.boolean().meta({ description: 'Signs in with a password of this gateway.' }),
    mustChangePassword: z.boolean(),
    disabled: z.boolean(),
    createdAt: instant('Created'),
    lastLoginAt: instant('Last signed in').optional(),
  })
  .meta({ id: 'User' })
export type User = z.output<typeof userShape>

export const userListShape = z.object({ items: z.array(userShape) }).meta({ id: 'UserList' })
export type UserList = z.output<typeof userListShape>

export const newUserShape = z
  .strictObject({
    name: userName,
    displayName: text(100, 'Họ tên', 'Nguyễn Văn An').optional(),
    grants: z.array(grantShape).min(1).max(100),
  })
  .meta({ id: 'NewUser' })
export type NewUser = z.input<typeof newUserShape>

export const userChangeShape = z
  .strictObject({
    displayName: text(100, 'Họ tên').optional(),
    grants: z.array(grantShape).min(1).max(100).optional(),
    disabled: z.boolean().optional().meta({ description: 'true also ends the sessions of the user.' }),
  })
  .meta({ id: 'UserChange' })
export type UserChange = z.input<typeof userChangeShape>

export const userWithPasswordShape = z
  .object({
    user: userShape,
    oneTimePassword: z.string().meta({ description: 'Told this once; must be changed at the first login.' }),
  })
  .meta({ id: 'UserWithPassword' })
export type UserWithPassword = z.output<typeof userWithPasswordShape>

export const loginShape = z.strictObject({ name: z.string().min(1).max(200), password }).meta({ id: 'Login' })
export type Login = z.input<typeof loginShape>

export const passwordChangeShape = z.strictObject({ current: password, next: password }).meta({ id: 'PasswordChange' })
export type PasswordChange = z.input<typeof passwordChangeShape>

export const sessionShape = z
  .object({
    user: userShape,
    rights: z
      .object({
        all: z.array(z.enum(rights)).meta({ description: 'For every agency.' }),
        agencies: z.record(z.string(), z.array(z.enum(rights))).meta({ description: 'More, by agency.' }),
      })
      .meta({ description: 'What the roles come to: show only what can be done.' }),
    csrfToken: z.string().meta({ description: 'Send it as X-Lienthong-Csrf with everything that is not GET.' }),
    expiresAt: instant('The session ends, however busy'),
    idleSeconds: z.number().int().meta({ description: 'It ends after so long without a request.' }),
    gateway: z.object({
      version: z.string(),
      now: instant('The clock of the gateway'),
      agencies: z.array(partyShape).meta({ description: 'Those of this gateway that the user may see.' }),
    }),
  })
  .meta({ id: 'Session' })
export type Session = z.output<typeof sessionShape>
