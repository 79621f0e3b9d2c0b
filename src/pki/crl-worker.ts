/** The thread that reads one long list. */
import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '../base/index.ts'
import { type IndexedCrl, readCrl } from './crl.ts'

export type CrlAnswer = IndexedCrl | { readonly refused: string }

const answer = read(workerData as Uint8Array)
parentPort?.postMessage(answer, 'der' in answer ? [answer.der.buffer, answer.index.places.buffer] : [])

function read(octets: Uint8Array): CrlAnswer {
  try {
    const { der, fingerprint, entries } = readCrl(octets)
    return { der, fingerprint, index: entries.index }
  } catch (error) {
    return { refused: messageOf(error) }
  }
}
