/** The thread that speaks to the tokens of one module: a call to a token may take as long as it likes. */
import { parentPort, workerData } from 'node:worker_threads'
import { codeOf, GatewayError, messageOf } from '../base/index.ts'
import { loadBinding } from './token-binding.ts'
import type { TokenAnswer, TokenQuestion, TokenThreadData } from './token-protocol.ts'
import { TokenSessions } from './token-session.ts'

const { moduleFile, binding } = workerData as TokenThreadData
let sessions: TokenSessions | undefined

parentPort?.on('message', (question: TokenQuestion) => parentPort?.postMessage(answerTo(question)))

function answerTo(question: TokenQuestion): TokenAnswer {
  const { id } = question
  try {
    return { id, octets: answer(question) }
  } catch (error) {
    const code = error instanceof GatewayError ? codeOf(error) : 'key-token-unavailable'
    return { id, code, message: messageOf(error) }
  }
}

function answer(question: TokenQuestion): Uint8Array {
  if (question.ask === 'close') {
    sessions?.close()
    sessions = undefined
    return new Uint8Array()
  }
  sessions ??= new TokenSessions(loadBinding(binding), moduleFile)
  const { place } = question
  return question.ask === 'sign' ? sessions.sign(place, question.mechanism, question.input) : sessions.publicKey(place)
}
