import { describe, operationsOf } from '../http/index.ts'
import * as commandOperations from './command-operations.ts'
import * as documentOperations from './document-operations.ts'
import * as gatewayOperations from './gateway-operations.ts'
import { tags } from './operation.ts'
import * as sessionOperations from './session-operations.ts'

/** Every operation of the console. */
export const operations = operationsOf(
  [sessionOperations, documentOperations, commandOperations, gatewayOperations],
  tags,
)

/** The OpenAPI 3.1 document of the console's API; equal calls give equal documents. */
export function consoleOpenApiDocument(version: string): object {
  return describe({
    title: 'Lienthong · API của trang điều hành',
    introduction: INTRODUCTION,
    version,
    tags,
    operations,
    security: {
      session: {
        type: 'apiKey',
        in: 'cookie',
        name: '__Host-lienthong',
        description: 'Set by signing in; on plain loopback its name is `lienthong`.',
      },
    },
    refusals: ['session-required', 'password-change-required', 'role-missing', 'cross-site-request'],
  })
}

const INTRODUCTION = `Trang điều hành của cổng liên thông: theo dõi, tìm nguyên nhân, xử lý.

What the pages of the operators' console ask the gateway. For people who are signed in; agencies' systems use the other API.

* **Changes.** Whatever is not GET needs the header \`X-Lienthong-Csrf\` with the token of the session (for signing in: \`login\`).
* **Roles.** viewer: states and metadata; operator: also contents and commands; auditor: contents and the audit; administrator: everything. A role is given for one agency or for all. Each operation names its right as \`x-right\`.
* **Errors** are RFC 9457 problem documents with a stable \`code\` and a \`remedy\` in Vietnamese and English.`
