/**
 * Http: what every door is built from. One declaration of an operation gives the running route, the check of what
 * comes in and the OpenAPI document; failures become problem documents; no connection is held without an end.
 */
export { byPath } from './by-path.ts'
export * from './common-shapes.ts'
export { contentDisposition } from './content-disposition.ts'
export { cursorAfter, keyOf, page } from './cursor.ts'
export { dataApp } from './data-app.ts'
export { type Download, send } from './download.ts'
export { type RunningServer, startServer } from './http-server.ts'
export { inertType } from './inert-type.ts'
export { parseJson } from './json-body.ts'
export * from './message-shapes.ts'
export { describe, operationsOf } from './openapi.ts'
export {
  type Answer,
  type AnyOperation,
  type Call,
  type CallBy,
  type Identity,
  type Operation,
  operationsWith,
  refuseOtherMethods,
  serveKnown,
  serveOpen,
} from './operation.ts'
export { type Parsed, parsed } from './parsed.ts'
export { answerProblem, problemOf } from './problem.ts'
export { problemShape } from './problem-shape.ts'
export { RateLimit } from './rate-limit.ts'
export {
  anchorScope,
  attachmentReportShape,
  chainVerdict,
  reportStateShape,
  revocationResult,
  verdictReason,
} from './report-shapes.ts'
export { type CallerFields, contextOf } from './request-context.ts'
export { logRequests } from './request-log.ts'
