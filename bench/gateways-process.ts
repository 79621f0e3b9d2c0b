import { openPair } from './pair.ts'

/** Two gateways in a process of their own, so that what the client needs is not counted as theirs. */
const pair = await openPair()
process.on('message', () => {
  globalThis.gc?.()
  process.send?.('collected')
})
process.send?.({
  senderUrl: pair.sender.url,
  recipientUrl: pair.recipient.url,
  senderKey: pair.senderKey,
  recipientKey: pair.recipientKey,
})
process.once('disconnect', () => {
  void pair.close().then(() => process.exit(0))
})
