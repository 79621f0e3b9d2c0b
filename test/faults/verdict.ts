import { messageOf, silentLog, systemClock } from '../../src/base/index.ts'
import { readEnvelope } from '../../src/envelope/index.ts'
import type { EnvelopeId } from '../../src/message/index.ts'
import { verify } from '../../src/signature/index.ts'
import { content, openStore, type Store, verifyAudit } from '../../src/store/index.ts'
import type { HandedOver } from '../support/crash-people.ts'
import { sha256 } from '../support/letters.ts'
import { toyCertificate } from '../support/pki.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { toyTrust } from '../support/toy-signers.ts'
import type { Finding, FindingKind } from './findings.ts'
import { type Code, codes, type World } from './world.ts'

/** Receipts whose signatures are verified once more; of all others, the digests are compared. */
const SAMPLE = 500

type Stores = Readonly<Record<Code, Store>>

/**
 * Holds both ledgers, and what people know, against the promises. The gateways are stopped.
 * @param counts Which findings count
 */
export async function judge(world: World, counts: (finding: Finding) => boolean): Promise<void> {
  const before = world.findings.length
  const open = (code: Code): Promise<Store> =>
    openStore({ ...world.sides[code].place, clock: systemClock, log: silentLog })
  const stores: Stores = { G02: await open('G02'), G22: await open('G22') }
  try {
    judgePeople(world)
    await judgeSender(world, stores)
    await judgeRecipient(world, stores)
    await judgeReceipts(world, stores)
    await judgeStatuses(world, stores.G02)
    for (const code of codes) await judgeOrder(world, code, stores[code])
    await judgeBroker(world)
    const found = world.findings.splice(before)
    world.findings.push(...found.filter(counts))
  } finally {
    await Promise.all([stores.G02.close(), stores.G22.close()])
  }
}

/** What the two document systems know without any gateway. */
function judgePeople(world: World): void {
  const { ministry, office } = world
  for (const { n, answer } of ministry.refused) world.find('refused', `document ${n} was answered by ${answer}`, n)
  const entries = Map.groupBy(office.log(), ({ documentId }) => documentId)
  for (const { n, documentId, sha256: uploaded } of ministry.accepted.values()) {
    const taken = entries.get(documentId) ?? []
    if (taken.length === 0) world.find('lost', `${documentId} never came into the hands of the recipient`, n)
    const ids = new Set(taken.map(({ id }) => id))
    if (ids.size > 1) world.find('doubled', `the recipient was handed ${documentId} as ${[...ids].join(' and ')}`, n)
    for (const { sha256: downloaded } of taken)
      if (downloaded !== uploaded)
        world.find('mixed-up', `${documentId} was uploaded as ${uploaded} and downloaded as ${downloaded}`, n)
    entries.delete(documentId)
  }
  for (const documentId of entries.keys())
    world.find('doubled', `the recipient was handed ${documentId}, of whose acceptance nobody was told`)
}

async function judgeSender(world: World, { G02 }: Stores): Promise<void> {
  const accepted = byId(world)
  const kept = await G02.read.all<{ id: string; documentId: string }>(
    `SELECT id, document_id AS "documentId" FROM envelope WHERE form = 'document' AND direction = 'out'`,
  )
  for (const { id, documentId } of kept)
    if (!accepted.has(id)) world.find('doubled', `the sender keeps ${documentId} as ${id}, of which nobody was told`)
  const keptIds = new Set(kept.map(({ id }) => id))
  for (const { id, documentId, n } of accepted.values())
    if (!keptIds.has(id))
      world.find('not-kept', `${documentId} was accepted as ${id}, and the sender does not have it`, n)
  const deliveries = await G02.read.all<{ envelope: string; state: string; lastError: string | null }>(
    `SELECT envelope, state, last_error AS "lastError" FROM delivery WHERE kind = 'document'`,
  )
  const delivered = new Set(deliveries.map(({ envelope }) => envelope))
  for (const { id, documentId, n } of accepted.values())
    if (!delivered.has(id)) world.find('not-kept', `${documentId} is in the outbox of nobody`, n)
  for (const { envelope, state, lastError } of deliveries)
    if (state !== 'received')
      world.find(
        'state-unexplained',
        `the delivery of ${envelope} is ${state} (${lastError ?? 'no error'})`,
        accepted.get(envelope)?.n,
      )
}

async function judgeRecipient(world: World, { G02, G22 }: Stores): Promise<void> {
  const ours = await G02.read.all<{ id: string; sha256: string; documentId: string }>(
    `SELECT id, sha256, document_id AS "documentId" FROM envelope WHERE form = 'document' AND direction = 'out'`,
  )
  const theirs = await G22.read.all<{ sha256: string; state: string; documentId: string }>(
    `SELECT e.sha256, i.state, e.document_id AS "documentId" FROM inbox i JOIN envelope e ON e.id = i.envelope`,
  )
  const arrived = Map.groupBy(theirs, (row) => row.sha256)
  const accepted = byId(world)
  for (const { id, sha256: digest, documentId } of ours) {
    const copies = arrived.get(digest) ?? []
    const n = accepted.get(id)?.n
    if (copies.length === 0) world.find('lost', `${documentId} is not in the inbox of the recipient`, n)
    if (copies.length > 1) world.find('doubled', `${documentId} is ${copies.length} times in the inbox`, n)
    for (const { state } of copies)
      if (state !== 'confirmed') world.find('state-unexplained', `${documentId} is ${state} in the inbox`, n)
    arrived.delete(digest)
  }
  for (const digest of arrived.keys()) world.find('ledgers-differ', `the recipient has ${digest}, which nobody sent`)
}

async function judgeReceipts(world: World, { G02, G22 }: Stores): Promise<void> {
  const accepted = byId(world)
  const answers = await G22.read.all<{ documentId: string; receipts: number; keys: number }>(
    `SELECT e.document_id AS "documentId",
       (SELECT COUNT(*) FROM envelope r WHERE r.answers = i.envelope AND r.operation = 'status:01') AS receipts,
       (SELECT COUNT(*) FROM repeat_key k WHERE k.envelope = i.envelope AND k.verdict = 'received') AS keys
     FROM inbox i JOIN envelope e ON e.id = i.envelope`,
  )
  for (const { documentId, receipts, keys } of answers) {
    if (receipts === 0) world.find('receipt-apart', `${documentId} is in the inbox without a receipt`)
    if (receipts > 1) world.find('receipt-unfounded', `${documentId} has ${receipts} receipts`)
    if (keys !== 1) world.find('state-unexplained', `${documentId} has ${keys} keys of repeats`)
  }
  const strays = await G22.read.all<{ id: string }>(
    `SELECT id FROM envelope WHERE operation = 'status:01' AND direction = 'out' AND (answers IS NULL OR answers NOT IN (SELECT id FROM envelope))`,
  )
  for (const { id } of strays) world.find('receipt-unfounded', `the receipt ${id} answers nothing that is there`)
  const known = await G02.read.all<Received>(
    `SELECT e.id, d.receipt, e.sha256, e.signed_digests AS digests, d.ended_at AS at, s.answers_sha256 AS answered
     FROM delivery d JOIN envelope e ON e.id = d.envelope LEFT JOIN status s ON s.envelope = d.receipt
     WHERE d.kind = 'document' AND d.state = 'received'`,
  )
  const received = new Set(known.map(({ id }) => id as string))
  for (const { id, documentId, n } of accepted.values())
    if (!received.has(id)) world.find('receipt-missing', `the sender has no receipt for ${documentId}`, n)
  for (const { id, sha256: named, answered } of known)
    if (named !== answered)
      world.find('receipt-unfounded', `the receipt of ${id} names other bytes`, accepted.get(id)?.n)
  const sample = seededRandom(world.plan.seed).shuffled(known).slice(0, SAMPLE)
  for (const row of sample) await judgeReceipt(world, G02, row, accepted.get(row.id)?.n)
}

interface Received {
  id: EnvelopeId
  receipt: EnvelopeId
  sha256: string
  digests: string
  at: number
  answered: string | null
}

/** As a court would: the stored octets, the signature, and what it covers. */
async function judgeReceipt(world: World, store: Store, row: Received, n: number | undefined): Promise<void> {
  const wrong = (text: string): void => world.find('receipt-unfounded', `the receipt of ${row.id} ${text}`, n)
  const kept = await bytesOf(store, row.id).catch(messageOf)
  if (typeof kept === 'string') world.find('not-kept', `of ${row.id} the sender has no longer everything: ${kept}`, n)
  else if (sha256(kept) !== row.sha256) world.find('mixed-up', `the sender keeps other bytes of ${row.id}`, n)
  try {
    const signed = await verify(await bytesOf(store, row.receipt), toyTrust(), new Date(row.at))
    const { message } = readEnvelope(signed, new Date(row.at))
    if (signed.signer.agency !== 'G22') wrong(`is signed by ${signed.signer.agency}`)
    if (message.form !== 'status' || message.statusCode !== '01') wrong('is no 01')
    if (signed.receipt?.envelopeSha256 !== row.sha256) wrong('names other bytes')
    if (JSON.stringify(signed.receipt?.references) !== JSON.stringify(JSON.parse(row.digests)))
      wrong('names other digests')
  } catch (error) {
    wrong(`does not verify: ${messageOf(error)}`)
  }
}

async function judgeStatuses(world: World, G02: Store): Promise<void> {
  const told = await G02.read.all<{ documentId: string; n: number }>(
    `SELECT e.document_id AS "documentId", COUNT(*) AS n FROM status s JOIN envelope e ON e.id = s.document
     WHERE s.code = '03' AND s.direction = 'in' GROUP BY e.document_id`,
  )
  const counts = new Map(told.map(({ documentId, n }) => [documentId, n]))
  for (const documentId of world.office.reported)
    if (counts.get(documentId) !== 1)
      world.find('status-missing', `status 03 of ${documentId} is ${counts.get(documentId) ?? 0} times at its sender`)
}

/** What every store must be like, whatever it was used for. */
async function judgeOrder(world: World, code: Code, store: Store): Promise<void> {
  const each = async (kind: FindingKind, text: string, sql: string): Promise<void> => {
    for (const row of await store.read.all<Record<string, unknown>>(sql))
      world.find(kind, `${code}: ${text} ${Object.values(row).join(' ')}`)
  }
  await each('leaked-stage', 'a stage was left:', 'SELECT direction, id, received, parts FROM stage')
  await each(
    'leaked-content',
    'bytes without an owner:',
    `SELECT envelope, COUNT(*) AS n FROM content WHERE envelope NOT IN (SELECT id FROM envelope)
       AND envelope NOT IN (SELECT id FROM stage) AND envelope NOT IN (SELECT content FROM quarantine WHERE content IS NOT NULL)
     GROUP BY envelope`,
  )
  await each(
    'state-unexplained',
    'a delivery ended as',
    `SELECT kind, state, envelope, last_error FROM delivery
     WHERE NOT ((kind = 'receipt' AND state = 'sent') OR (kind <> 'receipt' AND state = 'received'))`,
  )
  await each(
    'stale-write',
    'more attempts were written than leases were given:',
    'SELECT envelope, attempt, fence FROM delivery WHERE attempt > fence',
  )
  await each(
    'state-unexplained',
    'a status was not matched:',
    `SELECT code, envelope, outcome FROM status WHERE direction = 'in' AND (outcome IS NULL OR outcome <> 'matched')`,
  )
  await each(
    'state-unexplained',
    'a package was refused:',
    `SELECT document_id, operation FROM repeat_key WHERE verdict <> 'received'`,
  )
  await each(
    'quarantined',
    'in quarantine:',
    `SELECT code, message, message_id FROM quarantine WHERE code <> 'part-mismatch'`,
  )
  await each('event-gap', 'an event without a number:', 'SELECT id FROM event WHERE seq IS NULL')
  const numbers = await store.read.get<{ n: number; last: number | null }>(
    'SELECT COUNT(seq) AS n, MAX(seq) AS last FROM event',
  )
  if (numbers?.n !== (numbers?.last ?? 0))
    world.find('event-gap', `${code}: ${numbers?.n} events are numbered up to ${numbers?.last}`)
  await verifyAudit(store, [toyCertificate(`${code.toLowerCase()}-p256`)]).catch((error: unknown) =>
    world.find('audit-broken', `${code}: ${messageOf(error)}`),
  )
  // one that was kept just before a death is delivered, and kept, once more
  const damaged = await store.read.all(
    `SELECT DISTINCT message_id, headers FROM quarantine WHERE code = 'part-mismatch'`,
  )
  world.quarantined += damaged.length
  if (world.quarantined > world.damaged)
    world.find('quarantined', `${world.quarantined} parts are in quarantine as damaged, and only ${world.damaged} were`)
}

async function judgeBroker(world: World): Promise<void> {
  for (const code of codes) {
    const empty = await world.until(20_000, async () => (await world.onBroker(code)) === 0)
    if (!empty) world.find('left-on-broker', `${await world.onBroker(code)} parts wait for ${code}`)
  }
  const dead = await world.vhost.broker.management.find<{ messages?: number }>('queues', world.vhost.name, 'axis.dead')
  if ((dead?.messages ?? 0) > 0) world.find('left-on-broker', `${dead?.messages} parts are dead`)
}

function byId(world: World): Map<string, HandedOver> {
  return new Map([...world.ministry.accepted.values()].map((one) => [one.id, one]))
}

async function bytesOf(store: Store, id: EnvelopeId): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content.readEnvelope(store.read, id)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
