import type { QueryConfig, QueryResult, QueryResultRow } from 'pg'

/** One SQL statement of the hot path: prepared once a connection under its name, parameters from named values. */
export type Statement<Params, Row = never> = {
  readonly name: string
  readonly text: string
  readonly values: (params: Params) => unknown[]
  /** From the columns as `pg` reads them. */
  readonly row: (columns: QueryResultRow) => Row
}

/** A statement that gives no rows. */
export function statement<Params>(
  name: string,
  text: string,
  values: (params: Params) => unknown[],
): Statement<Params, never> {
  return {
    name,
    text,
    values,
    row() {
      throw new Error(`statement ${name} gave a row, though it has nothing to say`)
    },
  }
}

/** A connection, or a pool that lends one for the statement. */
export interface Session {
  query(config: QueryConfig): Promise<QueryResult>
}

export async function run<Params, Row>(
  session: Session,
  { name, text, values, row }: Statement<Params, Row>,
  params: Params,
): Promise<Row[]> {
  const result = await session.query({ name, text, values: values(params) })
  return result.rows.map(row)
}
