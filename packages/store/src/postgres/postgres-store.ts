import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import type { Json } from '@rollcall/contracts'
import { drizzle } from 'drizzle-orm/node-postgres'
import type { Checkpoint } from '../checkpoints/checkpoint.ts'
import { checkpointsOf, newestCheckpoint } from '../sql/checkpoints.ts'
import { makePartitions } from '../sql/make-partitions.ts'
import { markPublished } from '../sql/mark-published.ts'
import { positionBefore } from '../sql/position-at.ts'
import type { LedgerPlace } from '../sql/read-ledger-page.ts'
import { settledCommands } from '../sql/settled-commands.ts'
import { run } from '../sql/statement.ts'
import { takePartition } from '../sql/take-partition.ts'
import { unpublishedCommands } from '../sql/unpublished-commands.ts'
import { type LoadOptions, type Store, StoreError, type StreamCommit, type StreamHistory } from '../store.ts'
import type { ChainReport } from '../verify-chain.ts'
import { commitBatch, commitOffset } from './commit-batch.ts'
import { type CompareOptions, compareProjections, type ProjectionsReport } from './compare-projections.ts'
import { storeErrorFrom } from './errors.ts'
import { Leases } from './leases.ts'
import { optionDefaults, type PostgresStoreOptions } from './options.ts'
import { createPools } from './pools.ts'
import { allClusters, clustersOf, findStream, snapshotBody, snapshotsOf, watchPositionsOf } from './queries.ts'
import { ledgerEntries, wholeRows } from './read-ledger.ts'
import { rebuildProjections } from './rebuild-projections.ts'
import { expectSchema, expectServer } from './schema-version.ts'
import { signCheckpoint } from './sign-checkpoint.ts'
import { parseTarget } from './target.ts'
import { systemTimers } from './timers.ts'
import { type VerifyLedgerOptions, verifyLedger } from './verify-ledger.ts'

const decompress = promisify(zstdDecompress)

export type PostgresStore = Store & {
  /** Walks a stream's ledger, or a part of it, computes its chain again, and holds it against the signed checkpoints. */
  verifyChain(cluster: string, options?: VerifyLedgerOptions): Promise<ChainReport>
  /** Its signed checkpoints, in order; or the newest alone. */
  checkpoints(cluster: string, options?: { readonly isNewest?: boolean }): Promise<readonly Checkpoint[]>
  /** The first position that was recorded at this time (ms since 1970) or later; null: there is none. */
  positionSince(cluster: string, time: number): Promise<number | null>
  /** All clusters on record, by name. */
  clusters(): Promise<readonly string[]>
  /**
   * Drops a cluster's projections and writes them again from what a replay of its ledger folds to, from the first
   * position on. Commits to the stream wait meanwhile. Only the owner may: `role: 'none'`.
   * @throws BrokenInvariantError when it is not this ledger's history
   */
  rebuildProjections(cluster: string, history: AsyncIterable<StreamCommit>): Promise<void>
  /** Rebuilds a cluster's projections beside those that are there, and tells the first rows that differ. Changes nothing. */
  compareProjections(cluster: string, options: CompareOptions): Promise<ProjectionsReport>
}

/**
 * The store on Postgres. Connects when it is first used, and again whenever it must: a restart of the server costs the
 * calls under way (`StoreError` `unreachable`), not the store. @throws StoreError when the URL cannot be read
 */
export function createPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const target = parseTarget(options.url)
  const pools = createPools(options)
  const db = drizzle(pools.readers)
  const leases = new Leases({
    url: options.url,
    role: options.role ?? optionDefaults.role,
    applicationName: options.applicationName ?? optionDefaults.applicationName,
    connectTimeoutMs: options.connectTimeoutMs ?? optionDefaults.connectTimeoutMs,
    checkMs: options.leaseCheckMs ?? optionDefaults.leaseCheckMs,
    timers: options.timers ?? systemTimers,
  })
  let closed = false
  let checked: Promise<void> | null = null

  /** Whether server and schema fit: asked once, and again after it could not be asked. */
  const ready = (): Promise<void> => {
    if (closed) return Promise.reject(new StoreError('failed', 'the store is closed'))
    checked ??= check().catch(error => {
      checked = null
      throw storeErrorFrom(error, target)
    })
    return checked
  }
  const check = async () => {
    const client = await pools.readers.connect()
    let failed = true
    try {
      await expectServer(client, target)
      await expectSchema(client, target)
      failed = false
    } finally {
      client.release(failed)
    }
  }
  /** Every call goes through here: after the check, and with errors that say the mend. */
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    await ready()
    try {
      return await work()
    } catch (error) {
      throw storeErrorFrom(error, target)
    }
  }
  async function* askEach<T>(work: () => AsyncIterable<T>): AsyncGenerator<T> {
    await ready()
    try {
      yield* work()
    } catch (error) {
      throw storeErrorFrom(error, target)
    }
  }

  async function* rowsBehind(cluster: string, from: LedgerPlace) {
    const stream = await findStream(db, cluster)
    if (stream) yield* wholeRows(pools.readers, { cluster, stream: stream.id }, from, options.archive)
  }
  const entriesBehind = (cluster: string, from: LedgerPlace) => ledgerEntries(cluster, rowsBehind(cluster, from))

  const loadStream = async (cluster: string, loadOptions: LoadOptions): Promise<StreamHistory> => {
    const { acceptsCore = () => true, upTo } = loadOptions
    const stream = await findStream(db, cluster)
    const found = stream ? (await snapshotsOf(db, stream.id, upTo)).find(({ core }) => acceptsCore(core)) : undefined
    const packed = stream && found ? await snapshotBody(db, stream.id, found) : null
    // Null although it was found: three newer ones have replaced it meanwhile.
    if (found && !packed) return loadStream(cluster, loadOptions)
    const snapshot =
      found && packed
        ? {
            position: found.position,
            core: found.core,
            fingerprint: found.fingerprint,
            body: JSON.parse((await decompress(packed)).toString('utf8')) as Json,
          }
        : null
    const from = found ?? { position: 0, seq: 0 }
    return {
      cluster,
      lastPosition: stream?.lastPosition ?? 0,
      snapshot,
      entries: askEach(() => entriesBehind(cluster, from)),
    }
  }

  return {
    ready,
    takeOwnership: (group, topic, partition, process) =>
      ask(async () => {
        const [taken] = await run(pools.readers, takePartition, { group, topic, partition, process })
        if (!taken) throw new Error('taking a partition gave no row')
        return { owner: { group, topic, partition, epoch: taken.epoch }, nextOffset: taken.nextOffset }
      }),
    commitBatch: commit => ask(() => commitBatch(pools.writers, commit)),
    commitOffset: (owner, nextOffset, deadLetters = []) =>
      ask(() => commitOffset(pools.writers, owner, nextOffset, deadLetters)),
    streamsOf: (group, topic, partition) => ask(() => clustersOf(db, group, topic, partition)),
    loadStream: (cluster, loadOptions = {}) => ask(() => loadStream(cluster, loadOptions)),
    readLedger: (cluster, fromPosition = 0) =>
      askEach(() => entriesBehind(cluster, { position: fromPosition, seq: -1 })),
    unpublishedCommands: clusters => ask(() => run(pools.readers, unpublishedCommands, clusters)),
    markPublished: ids =>
      ask(async () => {
        if (ids.length > 0) await run(pools.readers, markPublished, ids)
      }),
    settledCommands: ids => ask(async () => new Set(await run(pools.readers, settledCommands, ids))),
    clusterUid: cluster => ask(async () => (await findStream(db, cluster))?.clusterUid ?? null),
    watchPositions: cluster => ask(() => watchPositionsOf(db, cluster)),
    tryLease: name => ask(() => leases.tryLease(name)),
    signCheckpoint: (cluster, signer, at) => ask(() => signCheckpoint(pools.readers, cluster, signer, at)),
    verifyChain: (cluster, verifyOptions = {}) =>
      ask(() => verifyLedger(pools.readers, cluster, { archive: options.archive, ...verifyOptions })),
    checkpoints: (cluster, { isNewest = false } = {}) =>
      ask(async () => {
        const stream = await findStream(db, cluster)
        const wanted = isNewest ? newestCheckpoint : checkpointsOf
        return stream ? await run(pools.readers, wanted, { cluster, stream: stream.id }) : []
      }),
    positionSince: (cluster, time) =>
      ask(async () => {
        const found = await findStream(db, cluster)
        if (!found) return null
        const before = await positionBefore(pools.readers, found.id, found.lastPosition, new Date(time))
        return before === found.lastPosition ? null : before + 1
      }),
    makePartitions: unit => ask(() => run(pools.readers, makePartitions, { unit })),
    clusters: () => ask(() => allClusters(db)),
    rebuildProjections: (cluster, history) =>
      ask(() => rebuildProjections(pools.writers, cluster, history, options.archive)),
    compareProjections: (cluster, compareOptions) =>
      ask(() => compareProjections(pools.writers, cluster, { archive: options.archive, ...compareOptions })),
    async healthy() {
      try {
        await ready()
        await pools.readers.query('select 1')
        return true
      } catch {
        // The question is whether it answers; `ready()` says what is wrong.
        return false
      }
    },
    async close() {
      if (closed) return
      closed = true
      await leases.close()
      await pools.end()
    },
  }
}
