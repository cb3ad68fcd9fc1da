import type { CommandRecord, DecisionRecord } from '@rollcall/contracts/api'
import { subjectKey } from '../ledger/subjects.ts'
import { run } from '../sql/statement.ts'
import { sighted, summaries } from './read-events.ts'
import type { Reading } from './reading.ts'
import { archivedPositions } from './sql/archived.ts'
import { type CommandRow, commandsOf } from './sql/commands.ts'
import type { DecisionRow } from './sql/decisions.ts'
import { lastSights } from './sql/events.ts'

/** Decisions with their causes and commands told in full. */
export async function decisionRecords(reading: Reading, rows: readonly DecisionRow[]): Promise<DecisionRecord[]> {
  const causes = await summaries(
    reading,
    rows.flatMap(row => row.causes),
  )
  const commands = await commandsById(
    reading,
    rows.flatMap(row => row.commands),
  )
  const away = await archivedAmong(
    reading,
    rows.flatMap(row => row.causes).filter(position => !causes.has(position)),
  )
  return rows.map(({ tie, ...row }) => {
    const causesArchived = row.causes.filter(position => away.has(position))
    return {
      ...row,
      causes: row.causes.flatMap(position => causes.get(position) ?? []),
      ...(causesArchived.length === 0 ? {} : { causesArchived }),
      commands: row.commands.flatMap(id => commands.get(id) ?? []),
    }
  })
}

async function archivedAmong({ session, stream }: Reading, missing: readonly number[]): Promise<ReadonlySet<number>> {
  if (missing.length === 0) return new Set()
  const places = await run(session, archivedPositions, { stream, positions: [...new Set(missing)] })
  return new Set(places.flatMap(({ positions }) => positions))
}

async function commandsById(reading: Reading, ids: readonly string[]): Promise<ReadonlyMap<string, CommandRecord>> {
  if (ids.length === 0) return new Map()
  const rows = await run(reading.session, commandsOf, { ids: [...new Set(ids)] })
  const records = await commandRecords(reading, rows)
  return new Map(records.map(record => [record.id, record]))
}

/** Commands with how those fare that are still being tried. */
export async function commandRecords(reading: Reading, rows: readonly CommandRow[]): Promise<CommandRecord[]> {
  const delays = await delaysOf(
    reading,
    rows.filter(({ settled }) => settled === null).map(({ id }) => id),
  )
  return rows.map(row => ({ ...row, delayed: delays.get(row.id) ?? null }))
}

async function delaysOf(
  { session, cluster, stream }: Reading,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CommandRecord['delayed']>> {
  if (ids.length === 0) return new Map()
  const asked = ids.map(name => ({
    subject: subjectKey({ kind: 'Command', namespace: '', name }),
    before: Number.MAX_SAFE_INTEGER,
  }))
  const delays = new Map<string, CommandRecord['delayed']>()
  for (const row of await run(session, lastSights, { stream, asked })) {
    const { at, event } = sighted(cluster, row)
    if (event.type !== 'CommandDelayed') continue
    const { commandId, attempts, message } = event
    delays.set(commandId, { at: at.toISOString(), attempts, message })
  }
  return delays
}
