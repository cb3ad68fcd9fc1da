import type { Statement } from '../../sql/statement.ts'
import { isAnyOf } from './page.ts'

export type DaemonSetName = {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly gone: boolean
}

type Params = {
  readonly cluster: string
  readonly namespaces: readonly string[] | null
  /** With names also those that are gone are told. */
  readonly names: readonly string[] | null
}

/** The DaemonSets that may have a place on a node: of each name the one that is there, or the last one that was. */
export const selectSlots: Statement<Params, DaemonSetName> = {
  name: 'audit_slots',
  text: `
    select distinct on (namespace, name) namespace, name, uid, gone_at is not null as gone
    from daemonsets
    where cluster = $1
      and ${isAnyOf('namespace', '$2')}
      and ${isAnyOf('name', '$3')}
      and ($3::text[] is not null or gone_at is null)
    order by namespace, name, gone_at is not null, first_position desc`,
  values: ({ cluster, namespaces, names }) => [cluster, namespaces, names],
  row: ({ namespace, name, uid, gone }) => ({ namespace, name, uid, gone }),
}
