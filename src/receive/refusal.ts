import { codeOf, messageOf, reached, refusalText } from '../base/index.ts'
import { type DocumentId, documentId } from '../message/index.ts'
import type { ReceiptInfo } from '../signature/index.ts'
import { audit, content, lock, type RepeatKey, repeats, type Stage, stages } from '../store/index.ts'
import { type Answer, addAnswer, answerAgain, signAnswer } from './answer.ts'
import type { ReceiveDeps } from './deps.ts'
import { noteRefused } from './incident.ts'

/**
 * Refuses a package: a signed 02 instead of the 01, towards the sender whom the broker authenticated. Its head stays in
 * quarantine as evidence (not when it bears a mark of secrecy: then only digest and sender stay). The same refused bytes
 * get the same stored answer again.
 * @param known What is known of the package; `attempt` when only the head of this attempt has arrived
 */
export async function refuse(
  deps: ReceiveDeps,
  stage: Stage,
  error: unknown,
  known: { head: Uint8Array | undefined; references: ReceiptInfo['references']; attempt?: number },
): Promise<void> {
  const { store, ids, clock, log } = deps
  const code = codeOf(error)
  const key: RepeatKey = {
    recipient: stage.agency,
    sender: stage.sender,
    documentId: documentId(stage.documentId),
    operation: `refused:${code}`,
    contentDigest: stage.envelopeSha256,
  }
  const evidence = code === 'secret-mark' ? undefined : known.head
  const before = (await repeats.find(store.read, key))?.answer
  const answer = before === undefined ? await sign(deps, stage, error, known.references) : undefined
  const done = await store.transact(async (tx) => {
    await lock(tx, ['package', key.recipient, key.sender, key.documentId])
    const { attempt } = known
    const ended = await (attempt === undefined ? stages.close(tx, stage) : stages.markRefused(tx, stage.id, attempt))
    if (!ended) return false
    const earlier = (await repeats.find(tx, key))?.answer
    if (answer === undefined || earlier !== undefined) {
      // judged again by our operator: nobody asked, so nobody is answered
      if (stage.quarantined !== undefined) await noteRefused(tx, deps, stage, error, evidence)
      else {
        await content.remove(tx, stage.id)
        if (earlier !== undefined) await answerAgain(tx, deps, earlier)
      }
      return true
    }
    await repeats.add(tx, key, { verdict: 'refused', envelope: undefined, answer: answer.id }, clock.now())
    await addAnswer(tx, deps, answer, { agency: stage.agency, recipient: stage.sender, documentId: key.documentId })
    await noteRefused(
      tx,
      deps,
      attempt === undefined ? stage : { ...stage, received: 0 },
      error,
      evidence,
      'package-refused',
    )
    await audit.record(
      tx,
      {
        actor: 'gateway',
        action: 'package-refused',
        subject: stage.id,
        detail: { code, sender: stage.sender, recipient: stage.agency, sha256: stage.envelopeSha256 },
      },
      ids,
      clock,
    )
    reached('receive.before-commit')
    return true
  })
  if (!done) return
  reached('receive.committed')
  deps.outbox.ring()
  const fields = { code, from: stage.sender, to: stage.agency, sha256: stage.envelopeSha256, err: error }
  if (code === 'secret-mark') log.error(fields, 'a package with a mark of secrecy was refused and destroyed')
  else log.warn(fields, 'package refused')
}

function sign(deps: ReceiveDeps, stage: Stage, error: unknown, references: ReceiptInfo['references']): Promise<Answer> {
  const about = { organId: deps.directory.wireCodeOf(stage.sender), documentId: stage.documentId.trim() as DocumentId }
  const description = refusalText(codeOf(error), messageOf(error))
  return signAnswer(deps, stage.agency, about, '02', description, { envelopeSha256: stage.envelopeSha256, references })
}
