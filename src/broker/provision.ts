import { createHash } from 'node:crypto'
import { GatewayError, type Secret } from '../base/index.ts'
import type { Management } from './management.ts'
import { type AxisPlan, type PlannedItem, planAxis } from './provision-plan.ts'

export interface ProvisionRequest extends Omit<AxisPlan, 'version'> {
  /** Of the user; when absent, an existing user keeps the one it has. */
  readonly password?: Secret
}

/** One thing on the broker, and what became of it. */
export interface ProvisionedItem {
  readonly what: string
  readonly state: 'created' | 'changed' | 'unchanged'
}

/**
 * Makes the broker as the axis needs it (architecture §7): exchanges, queues, policies, and one user who publishes only
 * as its own agencies and reads only their queues. Doing it again changes nothing.
 * @throws {GatewayError} broker-unavailable; request-invalid: what is there cannot be changed into what is needed
 */
export async function provisionAxis(management: Management, request: ProvisionRequest): Promise<ProvisionedItem[]> {
  const done: ProvisionedItem[] = []
  for (const item of await itemsOf(management, request)) {
    const found = await management.find<unknown>(...item.path)
    const problem = found === undefined ? 'missing' : item.differs(found)
    if (problem !== undefined) await make(management, item, found, problem)
    done.push({
      what: item.what,
      state: problem === undefined ? 'unchanged' : found === undefined || problem === 'missing' ? 'created' : 'changed',
    })
  }
  return done
}

/** What on the broker is not as the axis needs it, a sentence each; empty when all is well. */
export async function checkAxis(management: Management, request: ProvisionRequest): Promise<string[]> {
  const problems: string[] = []
  for (const item of await itemsOf(management, request)) {
    const found = await management.find<unknown>(...item.path)
    const problem = found === undefined ? 'missing' : item.differs(found)
    if (problem !== undefined) problems.push(`${item.what}: ${problem}`)
  }
  return problems
}

async function itemsOf(management: Management, request: ProvisionRequest): Promise<PlannedItem[]> {
  const plan = planAxis({ ...request, version: await management.version() })
  return plan.flatMap((item) => (item.kind === 'user' ? [userItem(item, request.password)] : [item]))
}

async function make(management: Management, item: PlannedItem, found: unknown, problem: string): Promise<void> {
  if (found !== undefined && problem !== 'missing' && item.fixed)
    throw new GatewayError(
      'request-invalid',
      `${item.what}: ${problem}. Nothing was changed there: put it right by hand (what was declared otherwise must be emptied and deleted), then provision again.`,
    )
  if (item.kind === 'user' && found === undefined && !('password' in (item.body as object)))
    throw new GatewayError('request-invalid', `${item.what} is not there yet: give the password that it shall have.`)
  if (item.post === undefined) await management.put(item.path, item.body)
  else await management.post(item.post, item.body)
}

/** The broker shows a salted hash, so that also a password can be found unchanged. */
function userItem(item: PlannedItem, password: Secret | undefined): PlannedItem {
  return {
    ...item,
    body: { ...(item.body as object), ...(password !== undefined && { password: password.reveal() }) },
    differs: (found) => {
      const { password_hash: hash } = found as { password_hash?: string }
      if (password !== undefined && !isHashOf(hash, password)) return 'it has another password'
      return item.differs(found)
    },
  }
}

/** 4 octets of salt, then SHA-256 over salt and password. */
function isHashOf(hash: string | undefined, password: Secret): boolean {
  const octets = Buffer.from(hash ?? '', 'base64')
  const expected = createHash('sha256').update(octets.subarray(0, 4)).update(password.reveal()).digest()
  return octets.subarray(4).equals(expected)
}
