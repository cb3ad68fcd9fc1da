import { texts } from './arrays.ts'
import type { Statement } from './statement.ts'

export const settledCommands: Statement<readonly string[], string> = {
  name: 'settled_commands',
  text: `
    select id
    from commands
    where id = any($1::text[]) and settled_position is not null`,
  values: ids => [texts(ids)],
  row: ({ id }) => id,
}
