import type { Archived } from '@rollcall/contracts/api'
import type { Statement } from '../../sql/statement.ts'
import { isAnyOf } from './page.ts'

/** Of each stream the newest seam. */
export const archivedOf: Statement<{ clusters: readonly string[] | null }, Archived> = {
  name: 'audit_archived',
  text: `
    select distinct on (cluster) cluster, position, at, place
    from archives join streams on streams.id = archives.stream
    where dropped_at is not null and ${isAnyOf('cluster', '$1')}
    order by cluster, position desc, seq desc`,
  values: ({ clusters }) => [clusters],
  row: ({ cluster, position, at, place }) => ({
    cluster,
    lastPosition: Number(position),
    lastAt: at.toISOString(),
    place,
  }),
}
