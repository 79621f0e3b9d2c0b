import type { Sql } from './sql.ts'

/** A command as it was given; `work` is its order, `items` and `leftOut` its outcome so far, all as the repair room writes them. */
export interface StoredCommand {
  readonly id: string
  readonly name: string
  readonly work: string
  readonly actor: string
  readonly reason: string
  readonly givenAt: Date
  readonly state: 'running' | 'done'
  readonly total: number
  readonly progress: CommandProgress
  /** The last id of its group. */
  readonly untilId: string
  readonly endedAt?: Date
}

export interface CommandProgress {
  readonly seen: number
  readonly changes: number
  readonly leftOut: string
  readonly items: string
  /** Where the next batch begins. */
  readonly cursor: string
}

interface CommandRow {
  id: string
  name: string
  work: string
  actor: string
  reason: string
  given_at: number
  state: 'running' | 'done'
  total: number
  seen: number
  changes: number
  left_out: string
  items: string
  cursor: string
  until_id: string
  ended_at: number | null
}

const COLUMNS =
  'id, name, work, actor, reason, given_at, state, total, seen, changes, left_out, items, cursor, until_id, ended_at'

/** Takes a command. @returns false when one with this id was given before: then nothing has changed */
export async function add(
  tx: Sql,
  command: Pick<StoredCommand, 'id' | 'name' | 'work' | 'actor' | 'reason' | 'givenAt' | 'total' | 'untilId'>,
): Promise<boolean> {
  const changed = await tx.run(
    `INSERT INTO command (id, name, work, actor, reason, given_at, state, total, until_id) VALUES (?, ?, ?, ?, ?, ?, 'running', ?, ?)
     ON CONFLICT (id) DO NOTHING`,
    [
      command.id,
      command.name,
      command.work,
      command.actor,
      command.reason,
      command.givenAt.getTime(),
      command.total,
      command.untilId,
    ],
  )
  return changed === 1
}

export async function find(sql: Sql, id: string): Promise<StoredCommand | undefined> {
  const row = await sql.get<CommandRow>(`SELECT ${COLUMNS} FROM command WHERE id = ?`, [id])
  return row && command(row)
}

/** For its next batch: nobody else begins one of it until the unit has ended. */
export async function take(tx: Sql, id: string): Promise<StoredCommand | undefined> {
  const row = await tx.get<CommandRow>(`SELECT ${COLUMNS} FROM command WHERE id = ? {{forUpdate}}`, [id])
  return row && command(row)
}

/** The ids of those that are not done, the oldest first. */
export async function running(sql: Sql, limit: number): Promise<string[]> {
  const rows = await sql.all<{ id: string }>(
    `SELECT id FROM command WHERE state = 'running' ORDER BY given_at, id LIMIT ?`,
    [limit],
  )
  return rows.map(({ id }) => id)
}

export async function advance(
  tx: Sql,
  id: string,
  progress: CommandProgress,
  endedAt: Date | undefined,
): Promise<void> {
  await tx.run(
    'UPDATE command SET seen = ?, changes = ?, left_out = ?, items = ?, cursor = ?, state = ?, ended_at = ? WHERE id = ?',
    [
      progress.seen,
      progress.changes,
      progress.leftOut,
      progress.items,
      progress.cursor,
      endedAt === undefined ? 'running' : 'done',
      endedAt?.getTime() ?? null,
      id,
    ],
  )
}

/** The newest first. */
export async function recent(sql: Sql, limit: number): Promise<StoredCommand[]> {
  const rows = await sql.all<CommandRow>(`SELECT ${COLUMNS} FROM command ORDER BY given_at DESC, id DESC LIMIT ?`, [
    limit,
  ])
  return rows.map(command)
}

function command(row: CommandRow): StoredCommand {
  return {
    id: row.id,
    name: row.name,
    work: row.work,
    actor: row.actor,
    reason: row.reason,
    givenAt: new Date(row.given_at),
    state: row.state,
    total: row.total,
    progress: {
      seen: row.seen,
      changes: row.changes,
      leftOut: row.left_out,
      items: row.items,
      cursor: row.cursor,
    },
    untilId: row.until_id,
    ...(row.ended_at === null ? {} : { endedAt: new Date(row.ended_at) }),
  }
}
