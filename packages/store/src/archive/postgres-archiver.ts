import pg from 'pg'
import type { Checkpoint } from '../checkpoints/checkpoint.ts'
import type { LedgerRowPlace } from '../ledger/row-place.ts'
import { storeErrorFrom } from '../postgres/errors.ts'
import { expectSchema, expectServer } from '../postgres/schema-version.ts'
import { parseTarget } from '../postgres/target.ts'
import {
  type ArchivedStretch,
  archivedStretches,
  lastArchived,
  ledgerPartitions,
  markDropped,
  putArchived,
} from '../sql/archives.ts'
import { checkpointsOf, recordedKeys } from '../sql/checkpoints.ts'
import { partitionPage, partitionStreams } from '../sql/partition-rows.ts'
import { run } from '../sql/statement.ts'
import { StoreError } from '../store.ts'
import { walkStart } from '../verify-chain.ts'
import type { LedgerRow } from './ledger-archive.ts'

/** A partition of the ledger, whole: no row will be added to it. */
export type LedgerPartition = {
  readonly name: string
  /** First day (UTC) in it, and the first behind it. */
  readonly from: string
  readonly before: string
}

/** What a partition holds of one stream. */
export type PartitionStream = ArchivedStretch & {
  readonly cluster: string
  readonly rows: number
  /** The row of the stream that is in an archive and comes last before: position 0 where there is none. */
  readonly previous: LedgerRowPlace & { readonly hash: Buffer }
}

/** Takes old partitions of the ledger out of a database. Only the owner of the tables may. */
export type PostgresArchiver = {
  /** Partitions that end at or before an instant (ms since 1970), oldest first. */
  partitionsBefore(time: number): Promise<readonly LedgerPartition[]>
  streams(partition: LedgerPartition): Promise<readonly PartitionStream[]>
  /** All rows of a stream in the partition, in order. */
  rows(partition: LedgerPartition, stream: number): AsyncIterable<LedgerRow>
  /** The signed checkpoints of a stream, in order, and the public keys (PEM) that the database names. */
  checkpoints(cluster: string, stream: number): Promise<readonly Checkpoint[]>
  keys(): Promise<readonly string[]>
  /** Where the partition is archived, as is on record; null: nowhere, or not all of what it holds. */
  archivedIn(partition: LedgerPartition): Promise<string | null>
  /** Puts it on record. */
  record(partition: LedgerPartition, place: string, stretches: readonly ArchivedStretch[], at: number): Promise<void>
  /** Drops a partition. @throws StoreError `failed` when it holds what is not on record as archived; then nothing has changed */
  drop(partition: LedgerPartition, at: number): Promise<void>
  close(): Promise<void>
}

/** Detaching waits for those who read the ledger, and those who come after wait for it: not for long. */
const lockMs = 5_000

/** @throws StoreError when the URL cannot be read */
export function createPostgresArchiver(url: string): PostgresArchiver {
  const target = parseTarget(url)
  const pool = new pg.Pool({ connectionString: url, application_name: 'rollcall archive', max: 2 })
  // A connection that breaks fails the statement under way: nothing is lost by not hearing it twice.
  pool.on('error', () => undefined)
  let checked: Promise<void> | null = null

  const ready = () => (checked ??= check())
  async function check(): Promise<void> {
    const client = await pool.connect()
    try {
      await expectServer(client, target)
      await expectSchema(client, target)
    } finally {
      client.release()
    }
  }
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      await ready()
      return await work()
    } catch (error) {
      throw storeErrorFrom(error, target)
    }
  }

  async function* rows(partition: LedgerPartition, stream: number): AsyncGenerator<LedgerRow> {
    let place: LedgerRowPlace = { position: 0, seq: -1 }
    for (;;) {
      const page = await ask(() => run(pool, partitionPage(partition.name), { stream, ...place }))
      yield* page
      const last = page.at(-1)
      if (!last) return
      place = last
    }
  }

  const streams = async ({ name, before }: LedgerPartition): Promise<PartitionStream[]> => {
    const found = await run(pool, partitionStreams(name), {})
    const all: PartitionStream[] = []
    for (const each of found) {
      const [last] = await run(pool, lastArchived, { stream: each.stream, before })
      const previous = last ? { position: last.position, seq: last.seq, hash: last.head } : walkStart
      all.push({ ...each, previous })
    }
    return all
  }

  async function archivedIn(partition: LedgerPartition): Promise<string | null> {
    const onRecord = new Map(
      (await run(pool, archivedStretches, { partition: partition.name })).map(s => [s.stream, s]),
    )
    const held = await streams(partition)
    const places = held.map(({ stream, position, seq, head }) => {
      const found = onRecord.get(stream)
      return found?.position === position && found.seq === seq && found.head.equals(head) ? found.place : null
    })
    return places.length > 0 && new Set(places).size === 1 ? (places[0] ?? null) : null
  }

  async function drop(partition: LedgerPartition, at: number): Promise<void> {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query(`set local lock_timeout = ${lockMs}`)
      // Those who append to it wait from here on, and find another partition for their rows: the default one.
      await client.query(`lock table ${quoted(partition.name)} in share mode`)
      const held = await streams(partition)
      if (held.length > 0 && (await archivedIn(partition)) === null)
        throw new StoreError('failed', `${partition.name} holds rows that are not archived: archive it again`)
      await client.query(`alter table ledger detach partition ${quoted(partition.name)}`)
      await client.query(`drop table ${quoted(partition.name)}`)
      await run(client, markDropped, { partition: partition.name, at })
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      if ((error as { code?: unknown }).code !== '55P03') throw error
      const message = `${partition.name} could not be dropped within ${lockMs / 1_000} s: somebody reads the ledger for long; try again`
      throw new StoreError('took-too-long', message, { cause: error })
    } finally {
      client.release()
    }
  }

  return {
    partitionsBefore: time =>
      ask(async () => {
        const all = await run(pool, ledgerPartitions, {})
        return all.filter(({ before }) => Date.parse(before) <= time)
      }),
    streams: partition => ask(() => streams(partition)),
    rows,
    checkpoints: (cluster, stream) => ask(() => run(pool, checkpointsOf, { cluster, stream })),
    keys: () => ask(() => run(pool, recordedKeys, {})),
    archivedIn: partition => ask(() => archivedIn(partition)),
    record: (partition, place, stretches, at) =>
      ask(async () => {
        const { name, before } = partition
        for (const stretch of stretches) await run(pool, putArchived, { partition: name, before, place, at, stretch })
      }),
    drop: (partition, at) => ask(() => drop(partition, at)),
    close: () => pool.end(),
  }
}

const quoted = (name: string): string => pg.escapeIdentifier(name)
