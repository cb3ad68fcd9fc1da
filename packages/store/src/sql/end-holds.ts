import { instants, int8s, texts } from './arrays.ts'
import { statement } from './statement.ts'

/** A DaemonSet that is gone: whatever was held of it is no decision any more. */
export type GoneDaemonSet = {
  readonly cluster: string
  readonly uid: string
  readonly position: number
  readonly at: number
}

export const endHolds = statement<readonly GoneDaemonSet[]>(
  'end_holds',
  `
    update holds
    set state = 'dissolved', position = gone.position, at = gone.at
    from unnest($1::text[], $2::text[], $3::int8[], $4::timestamptz[]) as gone (cluster, uid, position, at)
    where holds.cluster = gone.cluster and holds.daemonset_uid = gone.uid and holds.state in ('open', 'rejected')`,
  gone => [
    texts(gone.map(({ cluster }) => cluster)),
    texts(gone.map(({ uid }) => uid)),
    int8s(gone.map(({ position }) => position)),
    instants(gone.map(({ at }) => at)),
  ],
)
