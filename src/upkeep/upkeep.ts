import { sweepAccess } from '../access/index.ts'
import { type Clock, type Ids, type Log, limits, reached } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import { type AgencyCode, documentId } from '../message/index.ts'
import type { KeyRing, RingSource, Signer } from '../pki/index.ts'
import {
  audit,
  content,
  type EvidenceRound,
  envelopes,
  firstRound,
  followEvents,
  quarantine,
  repeats,
  type Sql,
  type Stage,
  type Store,
  sequenceAudit,
  sequenceEvents,
  signAuditHead,
  stages,
  sweepEvidence,
} from '../store/index.ts'
import { checkClock } from './clock-check.ts'
import { tellExpiring } from './expiry.ts'
import { tellOverdue } from './overdue.ts'
import { renewKeys } from './rollover.ts'

export interface UpkeepDeps {
  readonly store: Store
  readonly directory: Directory
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Signs the head of the audit chain once a day. */
  readonly auditSigner: () => Signer
  readonly keys: KeyRing
  readonly keySources: () => readonly RingSource[]
  readonly locals: readonly AgencyCode[]
}

/** What follows the clock: numbering, sweeping, the daily signature under the audit chain, giving space back. */
export class Upkeep {
  readonly #deps: UpkeepDeps
  readonly #holder: string
  #sweepAt = 0
  #followAt = 0
  #evidence: EvidenceRound = firstRound

  constructor(deps: UpkeepDeps) {
    this.#deps = deps
    this.#holder = deps.ids.next()
  }

  /** @returns whether there is more to number, or to follow, at once */
  async runOnce(): Promise<boolean> {
    const { store, clock } = this.#deps
    const [events, rows] = await Promise.all([sequenceEvents(store, this.#holder), sequenceAudit(store, this.#holder)])
    if (events > 0) reached('upkeep.sequenced')
    const now = clock.now().getTime()
    if (now >= this.#followAt) {
      const followed = await followEvents(store, this.#holder)
      if (followed < limits.followRows) this.#followAt = now + limits.followMs
    }
    if (now >= this.#sweepAt) {
      await this.sweep()
      this.#sweepAt = clock.now().getTime() + limits.sweepMs
    }
    return events === limits.sequenceRows || rows === limits.sequenceRows || this.#followAt <= now
  }

  /** Each duty by itself: one that fails is told, keeps no other from its work, and comes again with the next sweep. */
  async sweep(): Promise<void> {
    const { store, clock, log, auditSigner, directory } = this.#deps
    const duties: readonly (readonly [name: string, work: () => Promise<unknown>])[] = [
      ['free what was abandoned', () => this.#freeAbandoned()],
      ['take over what an operator changed by command', () => directory.reload()],
      ['renew our keys', () => renewKeys(this.#deps)],
      ['tell when the promised directory does not come', () => tellOverdue(this.#deps)],
      ['hold our clock against our partners', () => checkClock(this.#deps)],
      ['tell of certificates that end', () => tellExpiring(this.#deps)],
      [
        "sign the audit's head",
        async () => {
          const head = await signAuditHead(store, auditSigner(), clock)
          if (head !== undefined) log.info({ day: head.day, seq: head.seq, hash: head.hash }, 'audit head signed')
        },
      ],
      ['forget evidence of what is not recorded any more', () => this.#sweepEvidence()],
      ['forget sessions and tries to log in', () => sweepAccess(store, clock)],
      ['give free pages back', () => store.compact()],
    ]
    for (const [duty, work] of duties)
      await work().catch((error: unknown) => log.error({ err: error, duty }, 'a duty of the upkeep failed'))
  }

  async #sweepEvidence(): Promise<void> {
    const { store, log } = this.#deps
    const { removed, next } = await store.transact((tx) => sweepEvidence(tx, this.#evidence))
    this.#evidence = next
    if (removed > 0) log.info({ rows: removed }, 'evidence of what is not recorded any more was removed')
  }

  async #freeAbandoned(): Promise<void> {
    const { store, clock } = this.#deps
    const before = new Date(clock.now().getTime() - limits.stageLifetimeMs)
    for (const { stage, direction } of await stages.abandoned(store.read, before, limits.sweepBatch))
      await this.#free(stage, direction, before)
  }

  /** An upload whose client went away leaves nothing; a package whose parts never came leaves a named incident. */
  async #free(stage: Stage, direction: 'in' | 'out', before: Date): Promise<void> {
    const { store, clock, ids, log } = this.#deps
    const freed = await store.transact(async (tx) => {
      // another process was faster, or what was abandoned has become a document: then its bytes are not ours to free
      if (!(await stages.closeAbandoned(tx, stage.id, before))) return false
      await content.remove(tx, stage.id)
      if (direction === 'out' || stage.refused || (await isDecided(tx, stage))) return true
      const item = await quarantine.add(tx, ids, {
        at: clock.now(),
        agency: stage.agency,
        brokerUser: stage.brokerUser,
        messageId: stage.messageId,
        code: 'stage-expired',
        message: `${stage.received} of ${stage.parts} parts came`,
        headers: { from: stage.sender, 'document-id': stage.documentId, 'envelope-sha256': stage.envelopeSha256 },
        octets: stage.octets,
        told: { type: 'stage-expired', counterpart: stage.sender },
      })
      await audit.record(
        tx,
        { actor: 'gateway', action: 'stage-expired', subject: item, detail: { sender: stage.sender } },
        ids,
        clock,
      )
      return true
    })
    if (!freed) return
    log.warn(
      { stage: stage.id, direction, received: stage.received, parts: stage.parts, code: 'stage-expired' },
      'abandoned stage freed',
    )
  }
}

/** Late parts of a package that was accepted or refused are nobody's loss. */
async function isDecided(
  tx: Sql,
  { agency: recipient, sender, documentId: id, envelopeSha256 }: Stage,
): Promise<boolean> {
  const [receipt, refusal] = await Promise.all([
    envelopes.receiptOf(tx, recipient, sender, envelopeSha256, documentId(id)),
    repeats.refusalOf(tx, { recipient, sender, documentId: documentId(id), contentDigest: envelopeSha256 }),
  ])
  return receipt !== undefined || refusal !== undefined
}
