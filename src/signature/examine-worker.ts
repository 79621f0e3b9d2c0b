import { parentPort } from 'node:worker_threads'
import { type FailureCode, type FailureDetail, GatewayError } from '../base/index.ts'
import { type Examined, examine, type NeedsWholeDocument } from './examine.ts'

export interface ExamineTask {
  /** Alone in its buffer, which is handed over. */
  readonly octets: Uint8Array<ArrayBuffer>
  readonly extent: 'head' | 'whole'
}

export type ExamineAnswer =
  | Examined
  | NeedsWholeDocument
  | { readonly kind: 'refused'; readonly code: FailureCode; readonly message: string; readonly detail: FailureDetail }

parentPort?.on('message', (task: ExamineTask) => parentPort?.postMessage(answer(task)))

/** Errors other than refusals end the worker, and the one who asked hears of it. */
function answer({ octets, extent }: ExamineTask): ExamineAnswer {
  try {
    return examine(octets, extent)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { kind: 'refused', code: error.code, message: error.message, detail: error.detail }
  }
}
