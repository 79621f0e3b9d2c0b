/** Loaded before the gateway: at SIGUSR2 something fails that nobody catches. With CANARY_LEAK, it tells what it must not. */
import { readFileSync } from 'node:fs'
import { Secret } from '../../src/base/index.ts'

process.on('SIGUSR2', () => {
  const password = new Secret(readFileSync(process.env['CANARY_FILE'] ?? '', 'utf8').trim())
  const said = process.env['CANARY_LEAK'] === 'message' ? `cannot open it with ${password.reveal()}` : 'cannot open it'
  const error = Object.assign(new Error(said, { cause: { password } }), { password, secret: password.reveal() })
  if (process.env['CANARY_LEAK'] === 'print') console.error(error)
  throw error
})
