import { readFile } from 'node:fs/promises'
import type { PostgresStore } from '@rollcall/store'
import { CliError } from '../errors.ts'
import { didYouMean } from '../near.ts'
import type { Ports } from '../ports.ts'
import { archiveOf, upRecord, withStoreErrors } from '../replay/open-record.ts'

export type LedgerFlags = {
  readonly database?: string
  readonly cluster?: readonly string[]
  readonly data?: string
  /** Where rows are that are in the database no more. */
  readonly archive?: string
}

/** The database that is meant, as its user. Errors come out as the command says them. */
export async function withLedgers<T>(
  flags: LedgerFlags,
  ports: Ports,
  work: (store: PostgresStore) => Promise<T>,
): Promise<T> {
  const url = flags.database ?? (await upRecord(ports, flags.data)).postgresUrl
  const { createPostgresStore, noRole } = await import('@rollcall/store')
  const archive = await archiveOf(flags.archive)
  return await withStoreErrors(async () => {
    const store = createPostgresStore({ url, role: noRole, archive, applicationName: 'rollcall verify', poolSize: 2 })
    try {
      return await work(store)
    } finally {
      await store.close()
    }
  })
}

/** Those that were named, or all on record and all of `alsoKnown`. @throws CliError when one is not known */
export async function clustersOf(
  store: Pick<PostgresStore, 'clusters'>,
  named: readonly string[] | undefined,
  alsoKnown: readonly string[] = [],
): Promise<readonly string[]> {
  const known = [...new Set([...(await store.clusters()), ...alsoKnown])].sort()
  if (known.length === 0) throw new CliError('notFound', 'there is nothing on record there')
  for (const cluster of named ?? []) {
    if (known.includes(cluster)) continue
    const mend = didYouMean(cluster, [...known]) ?? `known are ${known.join(', ')}`
    throw new CliError('notFound', `there is nothing of cluster ${cluster} on record`, mend)
  }
  return named ?? known
}

/** @throws CliError */
export async function textOfFile(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliError('usage', `${file}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`)
  })
}
