import type { Json } from '@rollcall/contracts'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import {
  attributions,
  commands,
  daemonSets,
  decisions,
  holds,
  intents,
  nodes,
  placements,
  revisions,
  streams,
} from '../schema/index.ts'

/**
 * Projections rebuilt beside those that are there: temporary tables of the same names hide them, so that whatever writes
 * projections writes these. They are gone with the transaction.
 */
export type RebuiltTable = {
  readonly name: string
  /** `$1` the cluster. In order; each is one statement. */
  readonly create: readonly string[]
  /** `$1` the cluster: the first row that differs, by position and key, and how many do. */
  readonly firstDifference: string
}

type Projection = {
  readonly table: PgTable
  /** By which rows are put in order: the first that differs is told. */
  readonly position: string
  /** Columns that are compared. Default: all. */
  readonly only?: readonly string[]
  readonly except?: readonly string[]
}

const projections: readonly Projection[] = [
  { table: decisions, position: 'position' },
  // When it was published is the one thing that the ledger does not know.
  { table: commands, position: 'position', except: ['published_at'] },
  { table: placements, position: 'opened_position' },
  { table: nodes, position: 'first_position' },
  { table: daemonSets, position: 'first_position' },
  { table: revisions, position: 'first_position' },
  { table: intents, position: 'position' },
  { table: holds, position: 'opened_position' },
  { table: attributions, position: 'position' },
  // Its end is what the chain is held against; here it is about what the events say of the cluster.
  { table: streams, position: 'last_position', only: ['mode', 'server_version'] },
]

/** What a row says of each of its columns, and which of them is another than the ledger tells. */
export type ProjectionDifference = {
  readonly table: string
  /** How many rows of this table differ. */
  readonly rows: number
  readonly position: number
  readonly key: { readonly [column: string]: Json }
  /** The columns that differ. */
  readonly columns: readonly string[]
  /** null: there is no such row, though the ledger tells of it. */
  readonly recorded: { readonly [column: string]: Json } | null
  /** null: the ledger tells of no such row. */
  readonly rebuilt: { readonly [column: string]: Json } | null
}

/** `schema`: the one whose tables are compared. */
export function rebuiltTables(schema: string): RebuiltTable[] {
  return projections.map(projection => rebuiltTable(quoted(schema), projection))
}

function rebuiltTable(schema: string, { table, position, only, except = [] }: Projection): RebuiltTable {
  const { name, columns, primaryKeys } = getTableConfig(table)
  const key = table === streams ? ['cluster'] : keyOf(columns, primaryKeys)
  const compared = only ?? columns.map(column => column.name).filter(column => !except.includes(column))
  const stored = `(select * from ${schema}.${name} where cluster = $1)`
  const create = [
    `create temporary table ${name} (like ${schema}.${name}, primary key (${key.join(', ')})) on commit drop`,
    ...(table === streams
      ? [
          `insert into pg_temp.streams select * from ${schema}.streams where cluster = $1`,
          'update pg_temp.streams set mode = null, server_version = null where cluster = $1',
        ]
      : []),
  ]
  const firstDifference = `
    select coalesce(s.${position}, r.${position}) as position, to_jsonb(s) as recorded, to_jsonb(r) as rebuilt,
      count(*) over () as rows
    from ${stored} s
    full join pg_temp.${name} r on ${key.map(column => `s.${column} = r.${column}`).join(' and ')}
    where (${compared.map(column => `s.${column}`).join(', ')}) is distinct from (${compared.map(column => `r.${column}`).join(', ')})
    order by 1, ${key.map(column => `coalesce(s.${column}, r.${column})`).join(', ')}
    limit 1`
  return { name, create, firstDifference }
}

type Config = ReturnType<typeof getTableConfig>

function keyOf(columns: Config['columns'], [key]: Config['primaryKeys']): string[] {
  return (key?.columns ?? columns.filter(({ primary }) => primary)).map(({ name }) => name)
}

/** The row of `firstDifference`, as it is told. */
export function differenceOf(
  table: string,
  row: { position: unknown; recorded: unknown; rebuilt: unknown; rows: unknown },
): ProjectionDifference {
  const projection = projections.find(one => getTableConfig(one.table).name === table)
  if (!projection) throw new Error(`${table} is no projection`)
  const { columns, primaryKeys } = getTableConfig(projection.table)
  const recorded = row.recorded as ProjectionDifference['recorded']
  const rebuilt = row.rebuilt as ProjectionDifference['rebuilt']
  const there = recorded ?? rebuilt ?? {}
  const names = projection.only ?? Object.keys(there).filter(name => !projection.except?.includes(name))
  const key = projection.table === streams ? ['cluster'] : keyOf(columns, primaryKeys)
  return {
    table,
    rows: Number(row.rows),
    position: Number(row.position),
    key: Object.fromEntries(key.map(name => [name, there[name] ?? null])),
    columns:
      recorded && rebuilt
        ? names.filter(name => JSON.stringify(recorded[name]) !== JSON.stringify(rebuilt[name]))
        : [...names],
    recorded,
    rebuilt,
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
