import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgencyCode, AttachmentDescription, DocumentId, DocumentMessage } from '../src/message/index.ts'
import { createSigner, readCertificates, type Signer, TrustStore } from '../src/pki/index.ts'
import type { TrustMaterial } from '../src/signature/index.ts'

export const certs = join(import.meta.dirname, '../certs-example')

export function toyKey(name: string): string {
  return readFileSync(join(certs, `${name}.key`), 'utf8')
}

export function toySigner(name: string, scheme?: 'pkcs1' | 'pss'): Signer {
  const certificatePem = readFileSync(join(certs, `${name}.crt`), 'utf8')
  return createSigner({ privateKeyPem: toyKey(name), certificatePem, ...(scheme === undefined ? {} : { scheme }) })
}

/** Trusts the toy root; whoever it names may sign for G02. */
export function toyTrust(): TrustMaterial {
  const anchors = readCertificates(readFileSync(join(certs, 'trust.pem'), 'utf8'))
  return { store: new TrustStore(anchors), agencySigning: () => 'G02' as AgencyCode, ed25519Agreed: () => false }
}

/** A letter with every usual field. */
export function benchDocument(attachments: readonly AttachmentDescription[]): DocumentMessage {
  const party = (organId: string, organName: string): DocumentMessage['from'] => ({
    organId,
    organName,
    organAdd: 'Hà Nội',
    email: 'vanthu@example.vn',
  })
  const id = '000.00.00.G02,2026/11/20,7421/BCT-KHTC' as DocumentId
  return {
    form: 'document',
    from: party('000.00.00.G02', 'Bộ Công Thương'),
    to: [party('000.00.00.G22', 'Văn phòng Chính phủ')],
    documentId: id,
    code: { codeNumber: '7421', codeNotation: 'BCT-KHTC' },
    promulgationInfo: { place: 'Hà Nội', promulgationDate: '2026/11/20' },
    documentType: { type: '18', typeDetail: '0', typeName: 'Công văn' },
    subject: 'V/v báo cáo tình hình thực hiện kế hoạch quý III năm 2026',
    signerInfo: { competence: 'KT. BỘ TRƯỞNG', position: 'Thứ trưởng', fullName: 'Nguyễn Văn An' },
    otherInfo: { priority: '0', direction: 'false' },
    responseFor: [],
    toPlaces: ['Như trên', 'Lưu: VT, KHTC'],
    traceHeaders: [{ organId: '000.00.00.G02', timestamp: '2026/11/20 09:00:00' }],
    bussiness: { documentId: id, bussinessDocType: 'new', bussinessDocReason: 'Văn bản điện tử mới', paper: '0' },
    attachments,
  }
}
