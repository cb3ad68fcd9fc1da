import type { Statement } from '../../sql/statement.ts'
import { isAnyOf } from './page.ts'

/** Where streams end. */
export const selectHeads: Statement<{ clusters: readonly string[] | null }, readonly [string, number]> = {
  name: 'audit_heads',
  text: `select cluster, last_position from streams where ${isAnyOf('cluster', '$1')} order by cluster`,
  values: ({ clusters }) => [clusters],
  row: ({ cluster, last_position }) => [cluster, Number(last_position)],
}
