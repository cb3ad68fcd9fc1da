import { run, type Session, type Statement } from '../sql/statement.ts'

/** Statements sent one behind the other, whose answers are looked at when all have been sent. */
export type Pipeline = {
  send<Params, Row>(statement: Statement<Params, Row>, params: Params): void
  /** A statement for many rows; none is sent for no rows. */
  write<Row>(statement: Statement<readonly Row[]>, rows: Iterable<Row>): void
  readonly outstanding: readonly Promise<unknown>[]
}

export function createPipeline(session: Session): Pipeline {
  const outstanding: Promise<unknown>[] = []
  const send = <Params, Row>(statement: Statement<Params, Row>, params: Params) => {
    const answer = run(session, statement, params)
    // Its failure is thrown by whoever looks at the answers; until then it must not count as unhandled.
    answer.catch(() => undefined)
    outstanding.push(answer)
  }
  return {
    outstanding,
    send,
    write(statement, rows) {
      const all = [...rows]
      if (all.length > 0) send(statement, all)
    },
  }
}
