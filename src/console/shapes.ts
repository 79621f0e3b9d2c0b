/**
 * The contract between the console's pages and the gateway. The server checks requests with these shapes and describes
 * them in schemas/console-openapi.json; the pages import their types and nothing else.
 *
 * | page | reads |
 * |---|---|
 * | sign in | POST /console/api/session (Login → Session), GET (Session, or 401 `session-required`), DELETE; POST …/session/password |
 * | Tổng quan | GET …/overview (Overview), GET …/series (SeriesQuery → Series) |
 * | Văn bản đi, đến | GET …/documents (DocumentQuery → DocumentRows); POST …/exports (ExportRequest → Job) |
 * | one document | GET …/documents/{id} (DocumentView), …/signature (SignatureView), …/evidence (EvidenceView); downloads …/evidence/file, …/envelope, …/attachments/{n}, …/receipts/{receiptId}, …/receipts/{receiptId}/evidence |
 * | Sự cố | GET …/incidents (IncidentQuery → IncidentGroups), GET …/incidents/items (IncidentItemQuery → IncidentItems) |
 * | Đơn vị | GET …/agencies (AgencyQuery → AgencyViewList), GET …/agencies/{code} (AgencyView) |
 * | Nhật ký | GET …/audit (AuditQuery → AuditEntries), GET …/audit/chain (AuditChain), POST …/audit/chain (→ Job) |
 * | Cấu hình | GET …/configuration (Configuration) |
 * | Người dùng | GET …/users (UserList), POST (NewUser → UserWithPassword), PUT …/users/{id} (UserChange → User), POST …/users/{id}/reset (→ UserWithPassword) |
 * | actions | POST …/commands/preview (PreviewRequest → CommandPreview), POST …/commands (CommandRequest → JobDetail; few items are done at once, a large group goes on as a job) |
 * | jobs | GET …/jobs (JobList), GET …/jobs/{id} (JobDetail), GET …/jobs/{id}/file, POST …/jobs/{id}/cancel (→ Job) |
 * | live | GET …/stream, see shapes-stream.ts |
 *
 * Whatever is not GET needs the header `X-Lienthong-Csrf`: the token of the session; for the login itself, `login`.
 * Pages: every file of `src/console/web/dist` is served at `/console/<its path>`; `assets/*` (hashed names) as immutable, and
 * any other address under `/console/` without a dot gives `index.html`. The policy is default-src 'none' with script, style,
 * font, connect from 'self' and img from 'self' and data:, so nothing inline and nothing from outside.
 *
 * Failures are problem documents (RFC 9457) with `code`, `titleVi`, `titleEn`, `remedy`. A 403
 * `password-change-required` means that only the password can be changed; a 429 names Retry-After.
 */
export * from './shapes-agencies.ts'
export * from './shapes-audit.ts'
export * from './shapes-commands.ts'
export * from './shapes-common.ts'
export * from './shapes-documents.ts'
export * from './shapes-incidents.ts'
export * from './shapes-names.ts'
export * from './shapes-overview.ts'
export * from './shapes-session.ts'
export * from './shapes-stream.ts'
