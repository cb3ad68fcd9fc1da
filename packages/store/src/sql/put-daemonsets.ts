import type { DaemonSetFacts } from '@rollcall/contracts'
import type { ObjectRow } from '../projections/rows.ts'
import { texts } from './arrays.ts'
import { objectArrays, objectColumns, objectUpdates, objectValues } from './object-columns.ts'
import { statement } from './statement.ts'

export const putDaemonSets = statement<readonly ObjectRow<DaemonSetFacts>[]>(
  'put_daemonsets',
  `
    insert into daemonsets (${objectColumns}, namespace, name)
    select *
    from unnest(${objectArrays}, $11::text[], $12::text[])
    on conflict (cluster, uid) do update
    set ${objectUpdates}`,
  rows => [
    ...objectValues(rows),
    texts(rows.map(({ facts }) => facts.namespace)),
    texts(rows.map(({ facts }) => facts.name)),
  ],
)
