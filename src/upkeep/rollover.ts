import { type Clock, codeOf, type Log, messageOf } from '../base/index.ts'
import type { Directory } from '../directory/index.ts'
import type { AgencyCode } from '../message/index.ts'
import type { KeyRing, RingSource } from '../pki/index.ts'
import { notices, type Store } from '../store/index.ts'

export interface RolloverDeps {
  readonly store: Store
  readonly directory: Directory
  readonly keys: KeyRing
  /** The keys as the configuration names them at this moment. */
  readonly keySources: () => readonly RingSource[]
  readonly locals: readonly AgencyCode[]
  readonly clock: Clock
  readonly log: Log
}

/**
 * Takes over the keys that the configuration and its files hold now, so that a new key needs no restart. What cannot be
 * used is told once, and the keys before it go on signing. Then asks tokens whether they can still sign.
 */
export async function renewKeys(deps: RolloverDeps): Promise<void> {
  await exchange(deps)
  await deps.keys.probe()
  await tellObstacles(deps)
}

async function exchange({ store, directory, keys, keySources, clock, log }: RolloverDeps): Promise<void> {
  const now = clock.now()
  try {
    const { added, removed } = await keys.exchange(keySources(), clock)
    for (const { agency, signer, from } of added) {
      const { fingerprint, notBefore, notAfter } = signer.certificate
      const isKnown = directory.find(agency)?.certificates.some((one) => one.fingerprint === fingerprint) === true
      const fields = { agency, fingerprint, notBefore, notAfter, from }
      if (isKnown) log.info(fields, 'a signing key was added')
      else log.warn(fields, 'a signing key was added whose certificate the directory does not have: partners refuse it')
    }
    for (const { agency, signer } of removed)
      log.info({ agency, fingerprint: signer.certificate.fingerprint }, 'a signing key was removed')
    await store.transact((tx) => notices.end(tx, 'keys-not-exchanged', 'keys', now))
  } catch (error) {
    const data = { code: codeOf(error), message: messageOf(error).slice(0, 500) }
    const notice = { kind: 'keys-not-exchanged', subject: 'keys', level: 0, data } as const
    const open = await notices.open(store.read, 'keys-not-exchanged')
    if (open.some((one) => one.data['message'] === data.message)) return
    await store.transact(async (tx) => {
      await notices.end(tx, 'keys-not-exchanged', 'keys', now) // another reason is news
      return await notices.raise(tx, notice, now)
    })
    log.error({ err: error }, 'the keys of the configuration were not taken over: those before go on')
  }
}

/** A notice for each of our agencies that cannot sign. */
async function tellObstacles({ store, keys, locals, clock, log }: RolloverDeps): Promise<void> {
  const now = clock.now()
  const obstacles = new Map(keys.obstacles(locals, now).map(({ agency, reason }) => [agency, reason]))
  const open = new Set((await notices.open(store.read, 'key-unusable')).map(({ subject }) => subject))
  for (const agency of locals) {
    const reason = obstacles.get(agency)
    if (reason === undefined) {
      if (!open.has(agency)) continue
      if (await store.transact((tx) => notices.end(tx, 'key-unusable', agency, now)))
        log.info({ agency }, 'our agency can sign again')
    } else if (!open.has(agency)) {
      const data = { code: reason.code, message: reason.message.slice(0, 500) }
      const notice = { kind: 'key-unusable', subject: agency, agency, level: 0, data } as const
      if (await store.transact((tx) => notices.raise(tx, notice, now)))
        log.error({ agency, err: reason }, 'our agency cannot sign')
    }
  }
}
