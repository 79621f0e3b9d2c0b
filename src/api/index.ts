/** Api: the REST door for agencies' systems. Hand over, follow, fetch, report; problem documents; OpenAPI. */
export { createApi } from './api.ts'
export type { ApiDeps } from './deps.ts'
export { openApiDocument } from './openapi.ts'
