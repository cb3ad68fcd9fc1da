import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Archive } from '@rollcall/archive'
import { type LedgerSource, type Moment, ReplayError, readCapture, sourceFromStore } from '@rollcall/replay'
import { dataDir } from '../config.ts'
import { CliError, type ExitName } from '../errors.ts'
import { didYouMean } from '../near.ts'
import { timeArgument } from '../output/time-argument.ts'
import type { Ports } from '../ports.ts'

export type RecordOptions = {
  readonly database?: string
  readonly cluster?: string
  readonly data?: string
  /** Where rows are that are in the database no more. */
  readonly archive?: string
}

/** Opens the record that is meant, lets `work` have it, and closes it. Errors come out as the command says them. */
export async function withRecord<T>(
  file: string | undefined,
  options: RecordOptions,
  ports: Ports,
  work: (source: LedgerSource) => Promise<T>,
): Promise<T> {
  try {
    if (file !== undefined) return await work(await openFile(file, options))
    return await withLedger(options, ports, work)
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error
    const { exit, mend } = said[error.code]
    throw new CliError(exit, error.message, mend, { cause: error })
  }
}

const said: { readonly [code in ReplayError['code']]: { readonly exit: ExitName; readonly mend: string | null } } = {
  'nothing-on-record': { exit: 'notFound', mend: 'ask for another part of it: --from, --to' },
  'before-record': { exit: 'notFound', mend: 'ask from where it begins on' },
  'beyond-record': { exit: 'notFound', mend: 'ask up to where it ends' },
  'not-found': { exit: 'notFound', mend: 'see what there was: rollcall at MOMENT get nodes|daemonsets|placements' },
  'broken-record': { exit: 'failed', mend: 'rollcall verify tells whether the ledger was altered' },
  'unknown-snapshot': {
    exit: 'failed',
    mend: 'name the core that wrote it (--core), or take a capture from the start',
  },
  'bad-condition': { exit: 'usage', mend: 'rollcall bisect --help lists what can be asked' },
  'bad-change': { exit: 'usage', mend: 'rollcall whatif --help says what can be changed' },
  'bad-core': { exit: 'usage', mend: 'name a packages/daemonset, or a git ref that has one' },
  'not-a-capture': { exit: 'usage', mend: 'name a file that rollcall capture wrote' },
  'damaged-capture': { exit: 'failed', mend: 'get the file again, or take it anew with rollcall capture' },
  'future-capture': { exit: 'failed', mend: 'read it with the Rollcall that wrote it, or a newer one' },
  'too-large': { exit: 'usage', mend: 'narrow it: --from, --to, --window' },
}

async function openFile(file: string, { database, cluster }: RecordOptions): Promise<LedgerSource> {
  if (database !== undefined || cluster !== undefined) {
    throw new CliError(
      'usage',
      `${file} is read, so --database and --cluster say nothing`,
      'leave out one or the other',
    )
  }
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const what = error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read: ${error.message}`
    throw new CliError('usage', `${file}: ${what}`, 'check the path')
  })
  return readCapture(basename(file), bytes).source
}

async function withLedger<T>(
  options: RecordOptions,
  ports: Ports,
  work: (source: LedgerSource) => Promise<T>,
): Promise<T> {
  const { url, cluster } = await ledgerOf(options, ports)
  const archive = await archiveOf(options.archive)
  const { createPostgresStore, noRole } = await import('@rollcall/store')
  const answer = await withStoreErrors(async () => {
    // A long walk reads page by page; one connection is enough.
    const store = createPostgresStore({ url, role: noRole, archive, applicationName: 'rollcall replay', poolSize: 2 })
    try {
      const source = await sourceFromStore(store, cluster)
      return source && { of: await work(source) }
    } finally {
      await store.close()
    }
  })
  if (answer) return answer.of
  throw new CliError('notFound', `there is nothing of cluster ${cluster} on record`, 'see rollcall get clusters')
}

/** Errors of the store come out as the command says them. @throws CliError */
export async function withStoreErrors<T>(work: () => Promise<T>): Promise<T> {
  const { StoreError } = await import('@rollcall/store')
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const usage = error.code === 'bad-url' || error.code === 'bad-key' || error.code === 'bad-anchors'
    const exit = error.code === 'unreachable' ? 'unreachable' : usage ? 'usage' : 'failed'
    throw new CliError(error.code === 'archived' ? 'notFound' : exit, error.message, null, { cause: error })
  }
}

/** The archive of this name; undefined: none is named. @throws CliError */
export async function archiveOf(place: string | undefined): Promise<Archive | undefined> {
  if (place === undefined) return undefined
  const { openArchive } = await import('@rollcall/archive')
  return await withStoreErrors(() => openArchive(place))
}

/** `--database` and `--cluster`, or what a running `rollcall up` says of itself. */
async function ledgerOf(options: RecordOptions, ports: Ports): Promise<{ url: string; cluster: string }> {
  const { database, cluster } = options
  if (database !== undefined) {
    if (cluster !== undefined) return { url: database, cluster }
    throw new CliError('usage', 'whose ledger in this database is meant?', 'add --cluster NAME')
  }
  const { postgresUrl, clusters } = await upRecord(ports, options.data)
  const [only, ...others] = clusters
  if (cluster !== undefined && !clusters.includes(cluster)) {
    throw new CliError(
      'notFound',
      `rollcall up has no cluster ${cluster}`,
      didYouMean(cluster, clusters) ?? known(clusters),
    )
  }
  if (cluster === undefined && (only === undefined || others.length > 0)) {
    throw new CliError('usage', 'whose ledger is meant?', `add --cluster NAME; ${known(clusters)}`)
  }
  return { url: postgresUrl, cluster: cluster ?? only ?? '' }
}

/** The database and clusters of a `rollcall up` that runs on this machine. @throws CliError */
export async function upRecord(
  ports: Ports,
  data: string | undefined,
): Promise<{ postgresUrl: string; clusters: string[] }> {
  const dir = dataDir(ports, data)
  const file = join(dir, 'up.json')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliError(
      'unreachable',
      `no record is named, and no rollcall up runs with its data in ${dir} (${error.code ?? error.message})`,
      'name a capture file, or --database URL and --cluster NAME, or start rollcall up',
    )
  })
  return readUpFile(file, text)
}

const known = (clusters: readonly string[]): string => `known are ${clusters.join(', ')}`

function readUpFile(file: string, text: string): { postgresUrl: string; clusters: string[] } {
  try {
    const { postgresUrl, clusters } = JSON.parse(text) as { postgresUrl: unknown; clusters: { name: string }[] }
    if (typeof postgresUrl === 'string') return { postgresUrl, clusters: clusters.map(({ name }) => name) }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
  }
  throw new CliError('failed', `${file} does not name the database`, 'start rollcall up again')
}

/** A position (`1200`, `@1200`), or a time as other commands take it. @throws CliError */
export function momentOf(option: string, text: string, now: number): Moment {
  const position = /^@?(\d{1,15})$/.exec(text)?.[1]
  if (position !== undefined) return { position: Number(position) }
  return { time: Date.parse(timeArgument(option, text, now)) }
}

/** `from` and `to` as they were given; what was not given is absent. @throws CliError when there is nothing between them */
export function windowOf(
  flags: { readonly from?: string; readonly to?: string },
  now: number,
): { from?: Moment; to?: Moment } {
  const from = flags.from === undefined ? undefined : momentOf('--from', flags.from, now)
  const to = flags.to === undefined ? undefined : momentOf('--to', flags.to, now)
  if (from && to && isEmpty(from, to)) {
    throw new CliError('usage', `--to ${flags.to} does not lie behind --from ${flags.from}`, 'give a later --to')
  }
  return { ...(from ? { from } : {}), ...(to ? { to } : {}) }
}

/** A position and a time are compared by the record alone. */
function isEmpty(from: Moment, to: Moment): boolean {
  if ('position' in from) return 'position' in to && to.position <= from.position
  return 'time' in to && to.time <= from.time
}

/** @throws CliError */
export function countOf(option: string, text: string, max: number, min = 0): number {
  if (/^\d{1,9}$/.test(text) && Number(text) <= max && Number(text) >= min) return Number(text)
  throw new CliError(
    'usage',
    `${option} ${JSON.stringify(text)} is no whole number from ${min} to ${max}`,
    `write it as ${option} ${Math.min(20, max)}`,
  )
}
