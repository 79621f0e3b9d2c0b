/**
 * Pdf: the signatures inside of attached PDFs, the legal proof of what a document says. `Examiner` reads a file that
 * anybody may have made, in a thread with bounds, and believes nothing; `reportOn` judges what was read with the trust
 * that it is given. What cannot be followed without guessing is `undetermined` with a reason: never valid, never a crash.
 */
export type { Change } from './changes.ts'
export { type AttachedFile, type ExaminedFile, examineFile, isWorthExamining } from './examine-file.ts'
export type { ExaminedPdf, ExaminedSignature } from './examine-pdf.ts'
export { Examiner, type ExaminerOptions, isExhausted, unexamined } from './examiner.ts'
export type { FindingCode, PdfVerdict, Reason } from './findings.ts'
export {
  type AttachmentReport,
  type AttachmentRole,
  findingCodes,
  type JudgeChain,
  type ReportQuestion,
  reportOn,
  type SignatureReport,
} from './report.ts'
export type { Holder, HolderClaim, Holders, SenderQuestion } from './sender.ts'
