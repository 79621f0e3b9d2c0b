import { Worker } from 'node:worker_threads'
import { GatewayError, limits } from '../base/index.ts'
import { type Crl, type IndexedCrl, readCrl, readIndexedCrl } from './crl.ts'
import type { CrlAnswer } from './crl-worker.ts'

/**
 * `readCrl`, where it does not hold up the event loop: finding the entries of a long list takes a thread of its own,
 * which ends with it. One list at a time.
 * @throws {GatewayError} revocation-data-unusable: it cannot be read, or is longer than the limit
 */
export function readCrlAside(pemOrDer: Uint8Array): Promise<Crl> {
  if (pemOrDer.length <= limits.crlHereBytes) return Promise.resolve().then(() => readCrl(pemOrDer))
  const read = turn.then(() => indexed(pemOrDer)).then(readIndexedCrl)
  turn = read.catch(() => {})
  return read
}

let turn: Promise<unknown> = Promise.resolve()

function indexed(pemOrDer: Uint8Array): Promise<IndexedCrl> {
  if (pemOrDer.length > PEM_BYTES) throw unusable(`it is longer than ${limits.crlBytes} octets`)
  const octets = Uint8Array.from(pemOrDer)
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./crl-worker.ts', import.meta.url), {
      workerData: octets,
      transferList: [octets.buffer],
      resourceLimits: { maxOldGenerationSizeMb: limits.crlWorkerMib },
    })
    worker.on('message', (answer: CrlAnswer) => {
      if ('refused' in answer) reject(new GatewayError('revocation-data-unusable', answer.refused))
      else resolve(answer)
    })
    worker.on('error', (cause) => reject(unusable('the thread that read it failed', cause)))
    worker.on('exit', () => reject(unusable('the thread that read it ended early')))
  })
}

/** Base64 is longer by a third, and has line ends. */
const PEM_BYTES = 1.5 * limits.crlBytes

function unusable(why: string, cause?: unknown): GatewayError {
  return new GatewayError('revocation-data-unusable', `The CRL cannot be read: ${why}`, {}, { cause })
}
