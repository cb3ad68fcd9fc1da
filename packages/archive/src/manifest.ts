import { createHash } from 'node:crypto'
import type { Checkpoint, LedgerPartition } from '@rollcall/store'
import { z } from 'zod'

/**
 * What an archive says of one partition, as JSON at `manifests/PARTITION.json`: for each cluster its file, and where in the
 * chain the file begins and ends. Written last: what no manifest names is not archived.
 */

const hex = z.string().regex(/^[0-9a-f]{64}$/)
const row = { position: z.number().int().positive(), seq: z.number().int().nonnegative() }
const day = z.string().regex(/^\d{4}-\d\d-\d\d$/)

const checkpointSchema = z.object({
  ...row,
  head: hex,
  at: z.number(),
  previous: hex,
  key: z.string(),
  signature: z.string().regex(/^[0-9a-f]+$/),
})

const streamSchema = z.object({
  cluster: z.string(),
  file: z.string(),
  sha256: hex,
  bytes: z.number().int().positive(),
  rows: z.number().int().positive(),
  firstPosition: z.number().int().positive(),
  /** The last row in the file, its hash, and its instant (ms since 1970). */
  last: z.object({ ...row, hash: hex, at: z.number() }),
  /** The row before the first; position 0: the file holds the beginning of the stream. */
  previous: z.object({ position: z.number().int().nonnegative(), seq: z.number().int().nonnegative(), hash: hex }),
  /** The signed checkpoints over rows of the file. */
  checkpoints: z.array(checkpointSchema),
})

export const manifestSchema = z.object({
  version: z.literal(1),
  partition: z.string(),
  /** First day (UTC) in it, and the first behind it. */
  from: day,
  before: day,
  streams: z.array(streamSchema),
})

export type Manifest = z.output<typeof manifestSchema>
export type ManifestStream = z.output<typeof streamSchema>

export const manifestFolder = 'manifests/'
export const manifestPath = ({ name }: Pick<LedgerPartition, 'name'>): string => `${manifestFolder}${name}.json`

/** Hive style, which DuckDB and others read as a column `cluster`. Names that are no plain words are escaped. */
export const dataPath = (partition: LedgerPartition, cluster: string): string =>
  `ledger/cluster=${encodeURIComponent(cluster)}/${partition.name}.parquet`

export const checkpointEntry = (checkpoint: Checkpoint): ManifestStream['checkpoints'][number] => ({
  position: checkpoint.position,
  seq: checkpoint.seq,
  head: checkpoint.head.toString('hex'),
  at: checkpoint.at,
  previous: checkpoint.previous.toString('hex'),
  key: checkpoint.key,
  signature: checkpoint.signature.toString('hex'),
})

export const checkpointOf = (cluster: string, entry: ManifestStream['checkpoints'][number]): Checkpoint => ({
  ...entry,
  cluster,
  head: Buffer.from(entry.head, 'hex'),
  previous: Buffer.from(entry.previous, 'hex'),
  signature: Buffer.from(entry.signature, 'hex'),
})

export const sha256 = () => createHash('sha256')
