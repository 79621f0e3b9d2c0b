import type { DocumentId, DocumentMessage } from '../message/index.ts'

/** Lower case without diacritics, đ as d: `Bộ Công Thương` is found by `bo cong thuong`. For finding only, never for deciding. */
export function folded(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
}

/** What a clerk may search a document by. */
export function searchText(document: DocumentMessage, documentId: DocumentId): string {
  const { code, subject, from, signerInfo } = document
  const fields = [`${code.codeNumber}/${code.codeNotation}`, subject, documentId, from.organName, signerInfo?.fullName]
  return folded(fields.filter((field) => field !== undefined).join(' \n '))
}
