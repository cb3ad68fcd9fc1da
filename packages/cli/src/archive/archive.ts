import type { LedgerPartition, PostgresArchiver } from '@rollcall/store'
import { CliError } from '../errors.ts'
import { createProgressBar } from '../export/progress-bar.ts'
import { checkedFormat, structured } from '../output/format.ts'
import { table } from '../output/table.ts'
import { timeArgument } from '../output/time-argument.ts'
import type { Ports } from '../ports.ts'
import { upRecord, withStoreErrors } from '../replay/open-record.ts'

export type ArchiveFlags = {
  readonly before: string
  readonly to: string
  readonly drop?: boolean
  readonly database?: string
  readonly data?: string
  readonly output: string
}

/** What became of one partition. */
type Done = LedgerPartition & {
  readonly clusters: number
  readonly rows: number
  /** Of the files that this run has written. */
  readonly bytes: number
  readonly isDropped: boolean
}

/** `rollcall archive --before TIME --to PLACE [--drop]` */
export async function archiveLedger(flags: ArchiveFlags, ports: Ports): Promise<void> {
  const format = checkedFormat(flags.output)
  const before = Date.parse(timeArgument('--before', flags.before, ports.now()))
  if (before > ports.now())
    throw new CliError('usage', `--before ${flags.before} is to come`, 'what is archived must have ended')
  const url = flags.database ?? (await upRecord(ports, flags.data)).postgresUrl
  const { createPostgresArchiver } = await import('@rollcall/store')
  const { openPlace } = await import('@rollcall/archive')
  const done = await withStoreErrors(async () => {
    const place = await openPlace(flags.to)
    const archiver = createPostgresArchiver(url)
    try {
      return await archiveEach(archiver, place, before, flags, ports)
    } finally {
      await archiver.close()
    }
  })
  if (format === 'json' || format === 'yaml') ports.terminal.out(await structured(format, { items: done }))
  else if (done.length === 0) ports.terminal.err(`No partition of the ledger ends before ${flags.before}.\n`)
  else ports.terminal.out(`${table(columns, done, false).join('\n')}\n`)
}

const columns = [
  { title: 'PARTITION', cell: ({ name }: Done) => name },
  { title: 'FROM', cell: ({ from }: Done) => from },
  { title: 'BEFORE', cell: ({ before }: Done) => before },
  { title: 'CLUSTERS', cell: ({ clusters }: Done) => String(clusters) },
  { title: 'ROWS', cell: ({ rows }: Done) => rows.toLocaleString('en') },
  { title: 'BYTES', cell: ({ rows, bytes }: Done) => bytesWords(rows, bytes) },
  { title: 'IN THE DATABASE', cell: ({ isDropped }: Done) => (isDropped ? 'no more' : 'too') },
]

async function archiveEach(
  archiver: PostgresArchiver,
  place: Awaited<ReturnType<typeof import('@rollcall/archive').openPlace>>,
  before: number,
  flags: ArchiveFlags,
  ports: Ports,
): Promise<Done[]> {
  const { archivePartition, isArchived } = await import('@rollcall/archive')
  const all: Done[] = []
  const partitions = await archiver.partitionsBefore(before)
  const bar = createProgressBar('rows', ports)
  try {
    for (const [index, partition] of partitions.entries()) {
      bar.onShare(index / partitions.length)
      const held = await archiver.streams(partition)
      const written =
        held.length === 0 || (await isArchived(archiver, partition, place))
          ? { bytes: 0 }
          : await archivePartition(archiver, partition, place, ports.now(), bar.onRows)
      if (flags.drop) await archiver.drop(partition, ports.now())
      const rows = held.reduce((sum, stream) => sum + stream.rows, 0)
      all.push({ ...partition, clusters: held.length, rows, bytes: written.bytes, isDropped: flags.drop === true })
    }
  } finally {
    bar.clear()
  }
  return all
}

const bytesWords = (rows: number, bytes: number): string =>
  rows === 0 ? '-' : bytes === 0 ? 'there already' : bytes.toLocaleString('en')
