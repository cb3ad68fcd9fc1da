import type { PlacementRow } from '../projections/rows.ts'
import type { Touches } from '../projections/touches.ts'
import { texts } from './arrays.ts'
import { placementColumns, placementRow } from './placement-columns.ts'
import type { Statement } from './statement.ts'

/** The open placements that a batch builds on: of the pods it touches, also by commands that came to nothing. */
export const openPlacements: Statement<Touches, PlacementRow> = {
  name: 'open_placements',
  text: `
    with touched as (
      select * from unnest($1::text[], $2::text[]) as pod (cluster, uid)
      union
      select cluster, pod_uid from commands where id = any($3::text[]) and pod_uid is not null
    )
    select ${placementColumns.replaceAll(/\b(\w+)(?=,|$)/g, 'p.$1')}
    from touched
    join placements p on p.cluster = touched.cluster and p.pod_uid = touched.uid
    where p.closed_at is null`,
  values: ({ pods, turnedDown }) => [
    texts(pods.map(({ cluster }) => cluster)),
    texts(pods.map(({ uid }) => uid)),
    texts(turnedDown),
  ],
  row: placementRow,
}
