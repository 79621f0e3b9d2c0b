import { createHash } from 'node:crypto'
import { type Clock, GatewayError, type Ids } from '../base/index.ts'
import type { AgencyCode } from '../message/index.ts'
import * as audit from './audit.ts'
import type { Sql } from './sql.ts'

/** A system that comes in by the REST API with a key, for certain agencies. */
export interface Client {
  readonly id: string
  readonly name: string
  readonly agencies: readonly AgencyCode[]
  readonly createdAt: Date
  readonly revokedAt?: Date
}

export interface NewClient {
  readonly name: string
  readonly agencies: readonly AgencyCode[]
  /** Who creates it, for the audit. */
  readonly actor: string
}

/**
 * A new client and its key, which is told this once: the store keeps a SHA-256 of it. A fast hash is right here and
 * would be wrong for a password: the key holds 256 random bits, so there is nothing to guess that a slow hash
 * would make slower, while every request has to be let in.
 *
 * @returns key `lt_<id>_<secret>`; the id in it tells an operator whose key turned up somewhere.
 * @throws {GatewayError} agency-unknown: not in the directory
 */
export async function create(tx: Sql, client: NewClient, ids: Ids, clock: Clock): Promise<{ id: string; key: string }> {
  await requireAgencies(tx, client.agencies)
  const id = ids.next()
  const key = `lt_${id}_${ids.secret()}`
  const row = [id, client.name, hashOf(key), JSON.stringify(client.agencies), clock.now().getTime()]
  await tx.run('INSERT INTO client (id, name, key_hash, agencies, created_at) VALUES (?, ?, ?, ?, ?)', row)
  const { actor, name, agencies } = client
  await audit.record(tx, { actor, action: 'client-created', subject: id, detail: { name, agencies } }, ids, clock)
  return { id, key }
}

/**
 * The client whose key this is, unless revoked. The search goes by the hash, which a caller cannot steer, so its
 * duration tells nothing about any key.
 */
export async function find(sql: Sql, key: string): Promise<Client | undefined> {
  const row = await sql.get<ClientRow>(`${SELECT} WHERE key_hash = ? AND revoked_at IS NULL`, [hashOf(key)])
  return row && clientOf(row)
}

/** Ends a key at once. @returns false when there is no such client, or it was revoked before */
export async function revoke(tx: Sql, id: string, actor: string, ids: Ids, clock: Clock): Promise<boolean> {
  const text = 'UPDATE client SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL'
  if ((await tx.run(text, [clock.now().getTime(), id])) === 0) return false
  await audit.record(tx, { actor, action: 'client-revoked', subject: id }, ids, clock)
  return true
}

/** All, oldest first, revoked ones too. */
export async function list(sql: Sql): Promise<Client[]> {
  return (await sql.all<ClientRow>(`${SELECT} ORDER BY id`)).map(clientOf)
}

interface ClientRow {
  readonly id: string
  readonly name: string
  readonly agencies: string
  readonly created_at: number
  readonly revoked_at: number | null
}

const SELECT = 'SELECT id, name, agencies, created_at, revoked_at FROM client'

async function requireAgencies(tx: Sql, agencies: readonly AgencyCode[]): Promise<void> {
  if (agencies.length === 0)
    throw new GatewayError('request-invalid', 'A client needs at least one agency that it acts for.', {
      field: '/agencies',
    })
  for (const code of agencies)
    if ((await tx.get('SELECT code FROM agency WHERE code = ?', [code])) === undefined)
      throw new GatewayError('agency-unknown', `The directory has no agency ${code}.`, { value: code })
}

function clientOf(row: ClientRow): Client {
  return {
    id: row.id,
    name: row.name,
    agencies: JSON.parse(row.agencies) as AgencyCode[],
    createdAt: new Date(row.created_at),
    ...(row.revoked_at === null ? {} : { revokedAt: new Date(row.revoked_at) }),
  }
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
