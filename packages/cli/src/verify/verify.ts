import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChainReport, CheckpointKey, PostgresStore } from '@rollcall/store'
import { dataDir } from '../config.ts'
import { CliError } from '../errors.ts'
import { didYouMean } from '../near.ts'
import { checkedFormat, structured } from '../output/format.ts'
import type { Ports } from '../ports.ts'
import { momentOf, upRecord, withStoreErrors } from '../replay/open-record.ts'
import { withProgress } from '../replay/progress.ts'
import { reportLines } from './report-lines.ts'

export type VerifyFlags = {
  readonly database?: string
  readonly cluster?: readonly string[]
  readonly data?: string
  readonly from?: string
  readonly to?: string
  readonly publicKey?: readonly string[]
  readonly output: string
}

/** `rollcall verify`: walks ledgers and says whether they are as they were written. @throws CliError when one is not */
export async function verifyLedgers(flags: VerifyFlags, ports: Ports): Promise<void> {
  const format = checkedFormat(flags.output)
  const url = flags.database ?? (await upRecord(ports, flags.data)).postgresUrl
  const { createPostgresStore, noRole } = await import('@rollcall/store')
  const keys = await keysOf(flags, ports)
  const reports = await withStoreErrors(async () => {
    const store = createPostgresStore({ url, role: noRole, applicationName: 'rollcall verify', poolSize: 2 })
    try {
      return await verifyEach(store, await clustersOf(store, flags.cluster), keys, flags, ports, format === 'table')
    } finally {
      await store.close()
    }
  })
  if (format === 'json' || format === 'yaml') ports.terminal.out(await structured(format, { items: reports }))
  const altered = reports.find(({ ok }) => !ok)
  if (altered?.ok !== false) return
  const { cluster, position, problem } = altered
  throw new CliError('altered', `the ledger of ${cluster} is not as it was written: position ${position}: ${problem}`)
}

async function verifyEach(
  store: PostgresStore,
  clusters: readonly string[],
  keys: readonly CheckpointKey[] | undefined,
  flags: VerifyFlags,
  ports: Ports,
  isShown: boolean,
): Promise<ChainReport[]> {
  const reports: ChainReport[] = []
  for (const cluster of clusters) {
    const range = await rangeOf(store, cluster, flags, ports.now())
    const report = await withProgress(`verifying ${cluster}`, ports, onProgress =>
      store.verifyChain(cluster, { ...range, keys, onProgress }),
    )
    reports.push(report)
    if (isShown) ports.terminal.out(`${reportLines(report, ports.terminal).join('\n')}\n`)
  }
  return reports
}

/** Those that were named, or all. @throws CliError when one is not on record */
async function clustersOf(store: PostgresStore, named: readonly string[] | undefined): Promise<readonly string[]> {
  const known = await store.clusters()
  if (known.length === 0) throw new CliError('notFound', 'there is nothing on record in this database')
  for (const cluster of named ?? []) {
    if (known.includes(cluster)) continue
    const mend = didYouMean(cluster, [...known]) ?? `known are ${known.join(', ')}`
    throw new CliError('notFound', `there is nothing of cluster ${cluster} on record`, mend)
  }
  return named ?? known
}

/** The keys that were given; else that of the data folder, which `rollcall up` signs with; else none, and the database names them. */
async function keysOf({ publicKey, database, data }: VerifyFlags, ports: Ports): Promise<CheckpointKey[] | undefined> {
  const own = join(dataDir(ports, data), 'checkpoint-key.pem.pub')
  const files = publicKey ?? (database === undefined && existsSync(own) ? [own] : null)
  if (files === null) return undefined
  const { checkpointKey } = await import('@rollcall/store')
  return Promise.all(
    files.map(async file => {
      const pem = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        throw new CliError('usage', `${file}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`)
      })
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
