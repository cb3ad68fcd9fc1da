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

/** Where these positions of a stream are, so far as they are archived and no longer here; by place. */
export const archivedPositions: Statement<
  { stream: number; positions: readonly number[] },
  { readonly place: string; readonly positions: number[] }
> = {
  name: 'audit_archived_positions',
  text: `
    select place, array_agg(asked.position order by asked.position) as positions
    from unnest($2::int8[]) as asked (position)
    join archives a on a.stream = $1 and a.dropped_at is not null
      and asked.position between a.first_position and a.position
    group by place
    order by max(asked.position) desc`,
  values: ({ stream, positions }) => [stream, positions],
  row: ({ place, positions }) => ({ place, positions: positions.map(Number) }),
}
