import { createHash } from 'node:crypto'
import { codeOf, GatewayError, limits, messageOf, retryOf } from '../base/index.ts'
import { applySigned, keepSigned, readSignedDirectory } from '../directory/index.ts'
import { audit, content, notices, quarantine, type Stage, stages } from '../store/index.ts'
import type { ReceiveDeps } from './deps.ts'
import { noteRefused } from './incident.ts'

/**
 * Takes a whole signed directory that came over the axis: into force, or to wait for a person, as the configuration says.
 * One that cannot be believed, or is older, changes nothing and stays as an incident; the one in force goes on. It is
 * never answered: the operator of the axis publishes to everybody, and again at the next version.
 */
export async function takeDirectory(deps: ReceiveDeps, stage: Stage): Promise<void> {
  const { store, clock, log, signedDirectory: settings } = deps
  try {
    if (settings === undefined) throw unexpected()
    const signed = readSignedDirectory(await octetsOf(deps, stage), settings.trust, stage.firstAt)
    if (settings.apply === 'at-once') {
      const { added, changed } = await applySigned(deps, signed, 'axis', 'gateway')
      await deps.directory.reload()
      const { version } = signed
      log.info({ version, added: added.length, changed: changed.length }, 'a signed directory is in force')
    } else if (await keepSigned(deps, signed, 'axis'))
      log.warn({ version: signed.version }, 'a signed directory waits: lienthong directory diff, then apply')
    await store.transact(async (tx) => {
      if (!(await stages.close(tx, stage))) return
      await content.remove(tx, stage.id)
      if (stage.quarantined !== undefined) await quarantine.settle(tx, stage.quarantined, clock.now())
    })
  } catch (error) {
    const code = codeOf(error)
    const isOver = retryOf(code) === 'permanent' || stage.attempt + 1 >= limits.unknownFailureAttempts
    if (isOver) await refuseDirectory(deps, stage, error)
    else await waitAndRetry(deps, stage, error)
  }
}

/** What of a directory comes only from whom the configuration names, before any signature is looked at. */
export function requireOperator({ signedDirectory }: ReceiveDeps, user: string | undefined): string {
  if (user !== undefined && user === signedDirectory?.user) return user
  throw new GatewayError('sender-not-entitled', `broker user '${user ?? ''}' may not publish the directory`, {
    field: 'user_id',
    value: user ?? '',
    ...(signedDirectory !== undefined && { expected: signedDirectory.user }),
  })
}

async function octetsOf({ store }: ReceiveDeps, stage: Stage): Promise<Buffer> {
  if (stage.octets > limits.directoryBytes)
    throw new GatewayError('directory-malformed', `The directory is longer than ${limits.directoryBytes} octets.`)
  const parts: Uint8Array[] = []
  for await (const part of content.chunks(store.read, stage.id, 0, stage.parts)) parts.push(part)
  const octets = Buffer.concat(parts)
  if (createHash('sha256').update(octets).digest('hex') !== stage.envelopeSha256)
    throw new GatewayError('part-mismatch', 'the parts together do not have the digest their headers say', {
      field: 'envelope-sha256',
    })
  return octets
}

/** An older one comes whenever the axis or its operator repeats itself: that is an incident, and no alarm. */
async function refuseDirectory(deps: ReceiveDeps, stage: Stage, error: unknown): Promise<void> {
  const { store, ids, clock, log } = deps
  const code = codeOf(error)
  const isAlarm = code !== 'directory-older'
  await store.transact(async (tx) => {
    const head = await content.chunk(tx, stage.id, 0)
    if (!(await stages.close(tx, stage))) return
    const item = await noteRefused(tx, deps, stage, error, head)
    const action = 'directory-refused'
    await audit.record(tx, { actor: 'gateway', action, subject: item, detail: { code } }, ids, clock)
    if (!isAlarm) return
    const data = { code, message: messageOf(error).slice(0, 500) }
    await notices.raise(tx, { kind: 'directory-refused', subject: 'directory', level: 0, data }, clock.now())
  })
  const fields = { code, err: error, from: stage.sender, brokerUser: stage.brokerUser }
  if (isAlarm) log.error(fields, 'a directory was refused: the one in force goes on')
  else log.warn(fields, 'an older directory came: the one in force goes on')
}

async function waitAndRetry(deps: ReceiveDeps, stage: Stage, error: unknown): Promise<void> {
  deps.log.error({ err: error, stage: stage.id, attempt: stage.attempt }, 'a directory could not be applied and waits')
  const at = new Date(deps.clock.now().getTime() + deps.backoff(stage.attempt))
  await deps.store.transact((tx) => stages.retryLater(tx, stage, at))
}

function unexpected(): GatewayError {
  return new GatewayError('sender-not-entitled', 'this gateway takes no directory from the axis', { field: 'type' })
}
