/** Console: the door for people. Who may see and do what; where every document is, why one stopped, and its repair. */
export { createConsole } from './console.ts'
export type { ConsoleDeps } from './deps.ts'
export { consoleOpenApiDocument } from './openapi.ts'
