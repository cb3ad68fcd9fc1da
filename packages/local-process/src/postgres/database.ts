import pg from 'pg'

export const owner = 'rollcall'

const connectMsMax = 2_000

export type Address = { readonly host: string; readonly port: number; readonly password: string }

export function urlOf({ host, port, password }: Address, database: string = owner): string {
  return `postgres://${owner}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(database)}`
}

/** One query on a connection of its own. */
export async function queryOnce(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMsMax })
  // A connection cut after the answer is nobody's concern; without a listener it would end this process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** @returns the url of the new database */
export async function createDatabase(url: string, name: string): Promise<string> {
  await queryOnce(url, `create database ${pg.escapeIdentifier(name)}`)
  const created = new URL(url)
  created.pathname = `/${encodeURIComponent(name)}`
  return created.href
}

/** Makes the owner's own database, unless it is there. */
export async function ensureDatabase(address: Address): Promise<void> {
  const maintenance = urlOf(address, 'postgres')
  const rows = await queryOnce(maintenance, `select 1 from pg_database where datname = '${owner}'`)
  if (rows.length === 0) await createDatabase(maintenance, owner)
}
