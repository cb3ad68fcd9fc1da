import { statfsSync } from 'node:fs'
import type pg from 'pg'

/**
 * A large record from a small one. What the real write path made of one cluster is copied, row by row, as the rows of other
 * clusters, until there are so many ledger rows and placements; the ids of commands and the uids of DaemonSets are made others, so
 * that keys are spread as in a fleet. A copy's packed bodies and hashes stay those of the first cluster: its rows have the size and
 * the place that they would have, but its chain does not verify, and only that of the first cluster is valid.
 */
export type CopiesOptions = {
  readonly cluster: string
  readonly ledgerRows: number
  readonly placements: number
  /** Where the server's files lie: its disk must have room for the copies. */
  readonly dir: string
  readonly say: (line: string) => void
}

/** Large tables: filled without their indexes, which are made anew behind. The ledger is of fewer clusters than the others. */
const large = ['ledger', 'placements', 'decisions', 'commands'] as const
const small = ['nodes', 'daemonsets', 'revisions', 'attributions', 'intents', 'holds'] as const

/** Sorting for indexes, the write-ahead log, and what is left free. */
const spareBytes = 10 * 2 ** 30

/** @returns the clusters that have a ledger, the first included */
export async function copyRecord(connect: () => Promise<pg.Client>, options: CopiesOptions): Promise<string[]> {
  const { cluster, say } = options
  const client = await connect()
  const other = await connect()
  try {
    const counts = await countsOf(client)
    const withLedger = Math.max(1, Math.ceil(options.ledgerRows / counts.ledger))
    const clusters = Math.max(withLedger, Math.ceil(options.placements / counts.placements))
    if (clusters === 1) return [cluster]
    await expectRoom(client, options, withLedger, clusters)
    await client.query('alter system set autovacuum = off')
    await client.query('select pg_reload_conf()')
    for (const session of [client, other]) {
      await session.query(
        "set synchronous_commit = off; set maintenance_work_mem = '1GB'; set max_parallel_maintenance_workers = 1; set timezone = 'UTC'",
      )
    }
    const streams = await addStreams(client, cluster, clusters)
    for (const table of small) await copy(client, table, cluster, 1, clusters - 1)
    await client.query('create unlogged table copied_ledger (like ledger including storage)')
    await client.query(
      'insert into copied_ledger select * from ledger where stream = (select id from streams where cluster = $1)',
      [cluster],
    )
    const remakeLedger = await dropIndexes(client, 'ledger')
    const remakeOthers: ((session: pg.Client) => Promise<void>)[] = []
    for (const table of large.slice(1)) remakeOthers.push(await dropIndexes(client, table))
    const began = performance.now()
    const seconds = () => `${((performance.now() - began) / 1_000).toFixed(0)} s`
    const ledger = async () => {
      await copyLedger(client, streams.slice(1, withLedger), number => {
        if (number % 10 === 0) say(`${seconds()}: the ledgers of ${number} of ${withLedger - 1} copies`)
      })
      say(`${seconds()}: indexes of ledger`)
      await remakeLedger(client)
    }
    const others = async () => {
      for (const table of large.slice(1)) {
        // What only a ledger leads to is copied with it.
        await copy(other, table, cluster, 1, (table === 'placements' ? clusters : withLedger) - 1)
        say(`${seconds()}: ${table} copied`)
      }
      for (const remake of remakeOthers) await remake(other)
      say(`${seconds()}: indexes of ${large.slice(1).join(', ')}`)
    }
    await Promise.all([ledger(), others()])
    await Promise.all([client.query('vacuum (analyze) ledger'), other.query('vacuum (analyze) placements')])
    await Promise.all([client.query('vacuum (analyze) commands'), other.query('vacuum (analyze) decisions')])
    for (const table of small) await client.query(`vacuum (analyze) ${table}`)
    await client.query('drop table copied_ledger')
    const { ledger: rows, placements } = await countsOf(client)
    say(`${seconds()}: ${rows} ledger rows of ${withLedger} clusters, ${placements} placements of ${clusters}`)
    return Array.from({ length: withLedger }, (_, number) => nameOf(cluster, number))
  } finally {
    await client.end()
    await other.end()
  }
}

const nameOf = (cluster: string, number: number): string => (number === 0 ? cluster : `${cluster}-${number}`)

async function countsOf(client: pg.Client): Promise<{ ledger: number; placements: number }> {
  const { rows } = await client.query(
    'select (select count(*) from ledger)::int8 as ledger, (select count(*) from placements)::int8 as placements',
  )
  return { ledger: Number(rows[0].ledger), placements: Number(rows[0].placements) }
}

async function expectRoom(client: pg.Client, options: CopiesOptions, withLedger: number, clusters: number) {
  // What updates left behind is not copied.
  await client.query('vacuum full placements, decisions, commands')
  const { rows } = await client.query(
    `
    select root::text as table, sum(pg_total_relation_size(part.oid))::int8 as bytes
    from unnest($1::regclass[]) root
    join pg_class part on part.oid = root or part.oid in (select inhrelid from pg_inherits where inhparent = root)
    where part.relkind in ('r', 'p')
    group by root`,
    [large],
  )
  const timesOf = (table: string) => (table === 'placements' ? clusters : withLedger) - 1
  const tables = rows.reduce((sum, { table, bytes }) => sum + Number(bytes) * timesOf(table), 0)
  const needed = tables + spareBytes
  const { bavail, bsize } = statfsSync(options.dir)
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`
  options.say(`the copies will take about ${gib(tables)}; ${gib(bavail * bsize)} are free in ${options.dir}`)
  if (bavail * bsize >= needed) return
  throw new Error(
    `${options.dir} needs ${gib(needed)} for the copies, their making, and to stay usable; ${gib(bavail * bsize)} are free. ` +
      'Ask for fewer --rows and --placements, or set TMPDIR to a larger disk',
  )
}

/** Ids of the streams, by number of the copy. */
async function addStreams(client: pg.Client, cluster: string, clusters: number): Promise<number[]> {
  const columns = (await columnsOf(client, 'streams')).filter(column => column !== 'id' && column !== 'cluster')
  const { rows } = await client.query(
    `insert into streams (cluster, ${columns})
     select $1 || '-' || number, ${columns} from streams, generate_series(1, $2::int4) number where cluster = $1
     returning id, cluster`,
    [cluster, clusters - 1],
  )
  const ids = new Map(rows.map(({ id, cluster: name }) => [name, id]))
  return Array.from({ length: clusters }, (_, number) => ids.get(nameOf(cluster, number)) ?? 0)
}

/** Another id of the same length, which no first one has: they are hexadecimal. */
const another = (column: string) => `'x' || lpad(to_hex(number), 3, '0') || substr(${column}, 5)`
const changed: Readonly<Record<string, string>> = {
  cluster: "cluster || '-' || number",
  daemonset_uid: another('daemonset_uid'),
  opened_by: another('opened_by'),
  closed_by: another('closed_by'),
  ending_command: another('ending_command'),
  slot: another('slot'),
  commands: `array(select ${another('id')} from unnest(commands) id)`,
  'commands.id': another('id'),
  'daemonsets.uid': another('uid'),
}

async function copy(client: pg.Client, table: string, cluster: string, from: number, to: number): Promise<void> {
  const columns = await columnsOf(client, table)
  const asCopied = columns.map(column => changed[`${table}.${column}`] ?? changed[column] ?? column)
  await client.query(
    `insert into ${table} (${columns}) select ${asCopied} from generate_series($2::int4, $3::int4) number, ${table} where cluster = $1`,
    [cluster, from, to],
  )
}

/** From a table of the first cluster's rows alone: without its key the ledger would be read whole for each copy. */
async function copyLedger(client: pg.Client, streams: readonly number[], onCopy: (number: number) => void) {
  const columns = await columnsOf(client, 'ledger')
  const values = columns.map(column => (column === 'stream' ? '$1::int4' : column))
  for (const [number, stream] of streams.entries()) {
    await client.query(`insert into ledger (${columns}) select ${values} from copied_ledger`, [stream])
    onCopy(number + 1)
  }
}

async function columnsOf(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query(
    `select attname as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  )
  return rows.map(({ name }) => name)
}

/** Drops a table's key and indexes, those of its partitions with it. @returns what makes them again */
async function dropIndexes(client: pg.Client, table: string): Promise<(session: pg.Client) => Promise<void>> {
  const { rows: keys } = await client.query(
    "select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = $1::regclass and contype = 'p'",
    [table],
  )
  for (const { name } of keys) await client.query(`alter table ${table} drop constraint ${name}`)
  const { rows: indexes } = await client.query(
    'select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index where indrelid = $1::regclass',
    [table],
  )
  for (const { name } of indexes) await client.query(`drop index ${name}`)
  return async session => {
    for (const { name, definition } of keys) {
      await session.query(`alter table ${table} add constraint ${name} ${definition}`)
    }
    // `on only` is how the definition of a partitioned index is told; made again it is of all partitions.
    for (const { definition } of indexes) await session.query(definition.replace(' ON ONLY ', ' ON '))
  }
}
