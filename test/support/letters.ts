import { createHash } from 'node:crypto'
import type { TestFile } from './rest-client.ts'

/** A complete letter from G02 to G22, as iMOIT would hand it over; `change` replaces fields. */
export function letter(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    to: ['G22'],
    code: { codeNumber: '7421', codeNotation: 'BCT-KHTC' },
    promulgationInfo: { place: 'Hà Nội', promulgationDate: '2026/11/20' },
    documentType: { type: '18', typeDetail: '0', typeName: 'Công văn' },
    subject: 'V/v báo cáo tình hình thực hiện kế hoạch quý III năm 2026',
    signerInfo: { competence: 'KT. BỘ TRƯỞNG', position: 'Thứ trưởng', fullName: 'Nguyễn Văn An' },
    ...change,
  }
}

/** A numbered letter: each has an id of its own. */
export function numbered(n: number, change: Record<string, unknown> = {}): Record<string, unknown> {
  return letter({ code: { codeNumber: String(n), codeNotation: 'BCT-KHTC' }, ...change })
}

export function textFile(text: string, name = 'Công văn.txt'): TestFile {
  return { name, type: 'text/plain', bytes: Buffer.from(text) }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
