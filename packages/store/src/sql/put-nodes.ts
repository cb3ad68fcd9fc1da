import type { NodeFacts } from '@rollcall/contracts'
import type { ObjectRow } from '../projections/rows.ts'
import { texts } from './arrays.ts'
import { objectArrays, objectColumns, objectUpdates, objectValues } from './object-columns.ts'
import { statement } from './statement.ts'

export const putNodes = statement<readonly ObjectRow<NodeFacts>[]>(
  'put_nodes',
  `
    insert into nodes (${objectColumns}, name)
    select *
    from unnest(${objectArrays}, $11::text[])
    on conflict (cluster, uid) do update
    set ${objectUpdates},
        name = excluded.name`,
  rows => [...objectValues(rows), texts(rows.map(({ facts }) => facts.name))],
)
