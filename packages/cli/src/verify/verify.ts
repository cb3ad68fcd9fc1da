import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Archive } from '@rollcall/archive'
import type { ChainReport, Checkpoint, CheckpointKey, PostgresStore, ProjectionsReport } from '@rollcall/store'
import { dataDir } from '../config.ts'
import { CliError } from '../errors.ts'
import { checkedFormat, structured } from '../output/format.ts'
import type { Ports } from '../ports.ts'
import { archiveOf, momentOf, withStoreErrors } from '../replay/open-record.ts'
import { withProgress } from '../replay/progress.ts'
import { anchorsIn } from './anchors.ts'
import { clustersOf, type LedgerFlags, textOfFile, withLedgers } from './open-ledgers.ts'
import { projectionLines, reportLines } from './report-lines.ts'

export type VerifyFlags = LedgerFlags & {
  readonly from?: string
  readonly to?: string
  readonly archive?: string
  readonly publicKey?: readonly string[]
  /** Where checkpoints were kept outside the database: files, folders, S3 stores. */
  readonly anchor?: readonly string[]
  /** Projections, too. */
  readonly projections?: boolean
  readonly output: string
}

/** `rollcall verify`: walks ledgers and says whether they are as they were written. @throws CliError when one is not */
export async function verifyLedgers(flags: VerifyFlags, ports: Ports): Promise<void> {
  const format = checkedFormat(flags.output)
  if (flags.projections && (flags.from !== undefined || flags.to !== undefined)) {
    throw new CliError(
      'usage',
      '--projections are rebuilt from the whole ledger, so --from and --to say nothing',
      'leave out one or the other',
    )
  }
  const [keys, anchors] = [await keysOf(flags, ports), flags.anchor && (await anchorsIn(flags.anchor, ports))]
  const archive = await archiveOf(flags.archive)
  const isAlone = archive !== undefined && flags.database === undefined && flags.data === undefined
  const reports: readonly Verified[] = isAlone
    ? await verifyAlone(archive, keys, flags, ports, format === 'table')
    : await withLedgers(flags, ports, async store => {
        const clusters = await clustersOf(store, flags.cluster, anchors?.map(({ cluster }) => cluster) ?? [])
        return await verifyEach(store, { clusters, keys, anchors }, flags, ports, format === 'table')
      })
  if (format === 'json' || format === 'yaml') ports.terminal.out(await structured(format, { items: reports }))
  for (const report of reports) throwIfAltered(report)
}

/** A ledger's report; with `--projections` also theirs, unless the ledger itself is not as it was written. */
type Verified = ChainReport & { readonly projections?: ProjectionsReport }

function throwIfAltered(report: Verified): void {
  const { cluster, projections } = report
  if (!report.ok) {
    const { position, problem } = report
    throw new CliError('altered', `the ledger of ${cluster} is not as it was written: position ${position}: ${problem}`)
  }
  const [first, ...others] = projections?.differences ?? []
  if (!first) return
  const more = others.length === 0 ? '' : `, and in ${others.map(({ table }) => table).join(', ')}`
  throw new CliError(
    'altered',
    `the projections of ${cluster} are not what its ledger tells: the first row is in ${first.table}, of position ${first.position}${more}`,
  )
}

/** What the ledgers are held against. */
type Trusted = {
  readonly keys: readonly CheckpointKey[] | undefined
  readonly anchors: readonly Checkpoint[] | undefined
}

type Keys = Trusted['keys']

/** What lies in an archive, with no database at hand. */
async function verifyAlone(
  archive: Archive,
  keys: Keys,
  flags: VerifyFlags,
  ports: Ports,
  isShown: boolean,
): Promise<ChainReport[]> {
  const { verifyArchive } = await import('@rollcall/store')
  if (flags.from !== undefined || flags.to !== undefined)
    throw new CliError('usage', 'an archive is verified whole', 'leave --from and --to out, or name the database')
  if (flags.projections || flags.anchor) {
    const what = flags.projections ? '--projections' : '--anchor'
    throw new CliError('usage', `${what} looks into a database, and none is named`, 'add --database URL or --data DIR')
  }
  return await withStoreErrors(async () => {
    const reports: ChainReport[] = []
    for (const cluster of await clustersOf(archive, flags.cluster)) {
      const end = await archive.end(cluster)
      if (end === null) continue
      if (keys === undefined && (await archive.checkpoints(cluster)).length > 0) {
        const mend = 'name the public half of the key that signed its checkpoints: --public-key FILE'
        throw new CliError('usage', `${archive.name} alone does not say which keys can be trusted`, mend)
      }
      const report = await withProgress(`verifying ${cluster}`, ports, onProgress =>
        verifyArchive(archive, cluster, end, { keys: keys ?? [], onProgress }),
      )
      reports.push(report)
      if (isShown) ports.terminal.out(`${reportLines(report, ports.terminal).join('\n')}\n`)
    }
    return reports
  })
}

async function verifyEach(
  store: PostgresStore,
  { clusters, keys, anchors }: Trusted & { readonly clusters: readonly string[] },
  flags: VerifyFlags,
  ports: Ports,
  isShown: boolean,
): Promise<Verified[]> {
  const reports: Verified[] = []
  for (const cluster of clusters) {
    const range = await rangeOf(store, cluster, flags, ports.now())
    const report = await withProgress(`verifying ${cluster}`, ports, onProgress =>
      store.verifyChain(cluster, { ...range, keys, anchors, onProgress }),
    )
    if (isShown) ports.terminal.out(`${reportLines(report, ports.terminal).join('\n')}\n`)
    if (!report.ok || !flags.projections) {
      reports.push(report)
      continue
    }
    const projections = await comparedProjections(store, cluster, ports)
    if (isShown) ports.terminal.out(`${projectionLines(projections, ports.terminal).join('\n')}\n`)
    reports.push({ ...report, projections })
  }
  return reports
}

async function comparedProjections(store: PostgresStore, cluster: string, ports: Ports): Promise<ProjectionsReport> {
  const { refold, ReplayError } = await import('@rollcall/replay')
  try {
    return await withProgress(`rebuilding the projections of ${cluster}`, ports, onProgress =>
      store.compareProjections(cluster, { refold, onProgress }),
    )
  } catch (error) {
    throw error instanceof ReplayError ? new CliError('failed', error.message, null, { cause: error }) : error
  }
}

/** The keys that were given; else that of the data folder, which `rollcall up` signs with; else none, and the database names them. */
async function keysOf({ publicKey, database, data }: VerifyFlags, ports: Ports): Promise<CheckpointKey[] | undefined> {
  const own = join(dataDir(ports, data), 'checkpoint-key.pem.pub')
  const files = publicKey ?? (database === undefined && existsSync(own) ? [own] : null)
  if (files === null) return undefined
  const { checkpointKey } = await import('@rollcall/store')
  return Promise.all(
    files.map(async file => {
      const pem = await textOfFile(file)
      return await withStoreErrors(async () => checkpointKey(pem, file))
    }),
  )
}

async function rangeOf(store: PostgresStore, cluster: string, flags: VerifyFlags, now: number) {
  const positionOf = async (option: '--from' | '--to', text: string): Promise<number> => {
    const moment = momentOf(option, text, now)
    if ('position' in moment) return moment.position
    const first = (await store.positionSince(cluster, moment.time)) ?? Number.MAX_SAFE_INTEGER
    return option === '--from' ? first : first - 1
  }
  return {
    ...(flags.from === undefined ? {} : { from: await positionOf('--from', flags.from) }),
    ...(flags.to === undefined ? {} : { to: await positionOf('--to', flags.to) }),
  }
}
