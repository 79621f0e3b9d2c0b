import { parentPort } from 'node:worker_threads'
import { type AttachedFile, examineFile } from './examine-file.ts'

/** Errors end the worker, and the one who asked hears of it. */
parentPort?.on('message', (file: AttachedFile) => parentPort?.postMessage(examineFile(file)))
