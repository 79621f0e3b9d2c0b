/**
 * `attachment` with the name twice (RFC 6266, RFC 8187): as UTF-8 for everything of today, and as ASCII for the rest.
 * Names come from partners: what could break the header or deceive a reader becomes `_`, the stored name stays.
 */
export function contentDisposition(name: string): string {
  const safe = safeName(name)
  const ascii = safe
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/đ/g, 'd')
    .replace(/Đ/g, 'D')
    .replace(/[^\x20-\x7e]|["\\%]/gu, '_')
  const utf8 = encodeURIComponent(safe).replace(/['()*!]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  // a name of combining marks alone has nothing left
  return `attachment; filename="${ascii.trim() === '' ? 'attachment' : ascii}"; filename*=UTF-8''${utf8}`
}

/** Without path separators, control characters and direction overrides; never empty, never `.` or `..`. */
function safeName(name: string): string {
  const safe = name
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069/\\]/gu, '_')
    .slice(0, 500)
    .toWellFormed()
  return /^\.{0,2}$/.test(safe.trim()) ? 'attachment' : safe
}
