import type { Kind } from '@rollcall/contracts'
import { texts } from './arrays.ts'
import { statement } from './statement.ts'

export type WatchMove = { readonly cluster: string; readonly kind: Kind; readonly resourceVersion: string }

export const moveWatchPositions = statement<readonly WatchMove[]>(
  'move_watch_positions',
  `
    insert into watch_positions (cluster, kind, resource_version)
    select *
    from unnest($1::text[], $2::text[], $3::text[])
    on conflict (cluster, kind) do update
    set resource_version = excluded.resource_version, moved_at = now()`,
  moves => [
    texts(moves.map(({ cluster }) => cluster)),
    texts(moves.map(({ kind }) => kind)),
    texts(moves.map(({ resourceVersion }) => resourceVersion)),
  ],
)
