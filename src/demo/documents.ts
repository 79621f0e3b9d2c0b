import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A file that iMOIT hands over. */
export interface DemoFile {
  readonly name: string
  readonly contentType: string
  readonly description: string
  readonly content: Buffer
}

/** Where the files lie; `documents/make.py` makes them. */
export const documentsFolder = fileURLToPath(new URL('./documents', import.meta.url))

/** The letter and its appendix. */
export const files: readonly DemoFile[] = [
  file('Công văn 7421-BCT-KHTC.pdf', 'application/pdf', 'Công văn và Phụ lục 02'),
  file(
    'Phụ lục 01 - Tổng hợp quý III.xlsx',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'Phụ lục 01',
  ),
]

/** The part `document` of the submission: what the letter says of itself. */
export const newDocument = {
  to: ['G22'],
  code: { codeNumber: '7421', codeNotation: 'BCT-KHTC' },
  promulgationInfo: { place: 'Hà Nội', promulgationDate: '2026/10/15' },
  documentType: { type: '18', typeDetail: '0', typeName: 'Công văn' },
  subject: 'V/v báo cáo tình hình thực hiện kế hoạch quý III năm 2026',
  content: 'V/v báo cáo tình hình thực hiện kế hoạch quý III năm 2026',
  signerInfo: { competence: 'KT. BỘ TRƯỞNG', position: 'Thứ trưởng', fullName: 'Nguyễn Văn An' },
  dueDate: '2026/10/30',
  priority: '1',
  otherInfo: { promulgationAmount: '1', pageAmount: '3', appendixes: ['Phụ lục 01', 'Phụ lục 02'] },
  toPlaces: ['Như trên', 'Bộ trưởng (để báo cáo)', 'Các Thứ trưởng', 'Các Vụ, Cục, Văn phòng Bộ', 'Lưu: VT, KHTC'],
  staffInfo: { department: 'Vụ Kế hoạch - Tài chính', staff: 'Trần Thị Bình', email: 'khtc@bct.example' },
  secrecy: 'none',
  attachments: files.map(({ name, contentType, description }) => ({ name, contentType, description })),
}

/** The submission as iMOIT sends it: the JSON first, then the files in its order. `change` replaces fields. */
export function submission(change: Readonly<Record<string, unknown>> = {}): FormData {
  const form = new FormData()
  form.append('document', new Blob([JSON.stringify({ ...newDocument, ...change })], { type: 'application/json' }))
  for (const { name, contentType, content } of files)
    form.append('file', new Blob([new Uint8Array(content)], { type: contentType }), name)
  return form
}

function file(name: string, contentType: string, description: string): DemoFile {
  return { name, contentType, description, content: readFileSync(`${documentsFolder}/${name}`) }
}
