import type { RevisionFacts } from '@rollcall/contracts'
import type { ObjectRow } from '../projections/rows.ts'
import { texts } from './arrays.ts'
import { objectArrays, objectColumns, objectUpdates, objectValues } from './object-columns.ts'
import { statement } from './statement.ts'

export const putRevisions = statement<readonly ObjectRow<RevisionFacts>[]>(
  'put_revisions',
  `
    insert into revisions (${objectColumns}, namespace, name, owner_uid)
    select *
    from unnest(${objectArrays}, $11::text[], $12::text[], $13::text[])
    on conflict (cluster, uid) do update
    set ${objectUpdates},
        owner_uid = excluded.owner_uid`,
  rows => [
    ...objectValues(rows),
    texts(rows.map(({ facts }) => facts.namespace)),
    texts(rows.map(({ facts }) => facts.name)),
    texts(rows.map(({ facts }) => facts.owner?.uid ?? null)),
  ],
)
