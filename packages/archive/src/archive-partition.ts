import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import {
  checkpointKey,
  isBehind,
  type LedgerPartition,
  type PartitionStream,
  type PostgresArchiver,
  StoreError,
  verifyStretch,
} from '@rollcall/store'
import { checkpointEntry, dataPath, type Manifest, type ManifestStream, manifestPath, sha256 } from './manifest.ts'
import { readRows, writeRows } from './parquet.ts'
import type { Place } from './place.ts'

export type Archived = { readonly clusters: number; readonly rows: number; readonly bytes: number }

/**
 * Writes one partition of the ledger to a place, reads it back, and puts it on record. What was written is held against the
 * chain: it must follow what was archived before, and end as the partition does. Again, after any interruption, is once.
 * @throws StoreError; then the partition is not on record
 */
export async function archivePartition(
  archiver: PostgresArchiver,
  partition: LedgerPartition,
  place: Place,
  now: number,
  onRows: (count: number) => void = () => undefined,
): Promise<Archived> {
  const held = await archiver.streams(partition)
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-archive-'))
  try {
    const streams: ManifestStream[] = []
    for (const stream of held) streams.push(await archiveStream(archiver, partition, stream, place, dir, onRows))
    const { name, from, before } = partition
    const manifest: Manifest = { version: 1, partition: name, from, before, streams }
    if (streams.length > 0) await place.putText(manifestPath(partition), `${JSON.stringify(manifest, null, 2)}\n`)
    await archiver.record(partition, place.name, held, now)
    const sum = (of: (stream: ManifestStream) => number) => streams.reduce((total, stream) => total + of(stream), 0)
    return { clusters: streams.length, rows: sum(({ rows }) => rows), bytes: sum(({ bytes }) => bytes) }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Whether all of a partition lies in this place, and is on record as that. */
export async function isArchived(
  archiver: PostgresArchiver,
  partition: LedgerPartition,
  place: Place,
): Promise<boolean> {
  if ((await archiver.archivedIn(partition)) !== place.name) return false
  return (await place.getText(manifestPath(partition))) !== null
}

async function archiveStream(
  archiver: PostgresArchiver,
  partition: LedgerPartition,
  stream: PartitionStream,
  place: Place,
  dir: string,
  onRows: (count: number) => void,
): Promise<ManifestStream> {
  const { cluster, previous, firstPosition, position, seq, head, at } = stream
  const path = dataPath(partition, cluster)
  const local = join(dir, 'rows.parquet')
  const written = await writeRows(local, archiver.rows(partition, stream.stream), onRows)
  const digest = await digestOf(local)
  await place.put(path, local)

  const checkpoints = await archiver.checkpoints(cluster, stream.stream)
  const keys = (await archiver.keys()).map(pem => checkpointKey(pem, 'a recorded key'))
  const file = await place.open(path)
  try {
    const rows = readRows(`${place.name}: ${path}`, file, { position: 0, seq: -1 })
    const walked = await verifyStretch({ cluster, previous, rows, end: { position, seq, head }, checkpoints, keys })
    if (!walked.ok) {
      const { position: broken, problem } = walked
      const message = `${partition.name} is not archived: position ${broken} of ${cluster}: ${problem}; see rollcall verify`
      throw new StoreError('bad-archive', message)
    }
  } finally {
    await file.close()
  }
  const within = checkpoints.filter(each => isBehind(each, previous) && !isBehind(each, stream))
  return {
    cluster,
    file: path,
    sha256: digest,
    ...written,
    firstPosition,
    last: { position, seq, hash: head.toString('hex'), at },
    previous: { position: previous.position, seq: previous.seq, hash: previous.hash.toString('hex') },
    checkpoints: within.map(checkpointEntry),
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = sha256()
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
