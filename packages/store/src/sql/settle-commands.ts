import type { Settlement } from '../projections/rows.ts'
import { instants, int4s, int8s, jsons, texts } from './arrays.ts'
import { statement } from './statement.ts'

/** The first word stands, except that an outcome completes what only the watched object had shown. */
export const settleCommands = statement<readonly Settlement[]>(
  'settle_commands',
  `
    update commands
    set settled_position = coalesce(commands.settled_position, new.position),
        settled_at = coalesce(commands.settled_at, new.at),
        settled_result = new.result,
        settled_attempts = new.attempts,
        settled_answer = new.answer
    from unnest($1::text[], $2::int8[], $3::timestamptz[], $4::text[], $5::int4[], $6::jsonb[])
      as new (id, position, at, result, attempts, answer)
    where commands.id = new.id
      and (commands.settled_position is null or (commands.settled_result is null and new.result is not null))`,
  rows => [
    texts(rows.map(({ commandId }) => commandId)),
    int8s(rows.map(({ position }) => position)),
    instants(rows.map(({ at }) => at)),
    texts(rows.map(({ result }) => result)),
    int4s(rows.map(({ attempts }) => attempts)),
    jsons(rows.map(({ answer }) => answer)),
  ],
)
