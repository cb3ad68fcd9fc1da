import type { Requirement } from '@rollcall/contracts'
import type { Statement } from '../../sql/statement.ts'
import { isAnyOf, labelsMatch } from './page.ts'

type ByName = {
  readonly clusters: readonly string[] | null
  readonly namespaces: readonly string[] | null
  readonly names: readonly string[] | null
  /** Of the pods' template, as last seen. Default: any. */
  readonly podLabels?: readonly Requirement[]
}

/** uids of all DaemonSets that have had one of these names. */
export const daemonSetUids: Statement<ByName, string> = {
  name: 'audit_daemonset_uids',
  text: `
    select uid
    from daemonsets
    where ${isAnyOf('cluster', '$1')} and ${isAnyOf('namespace', '$2')} and ${isAnyOf('name', '$3')}
      and ${labelsMatch(`(facts -> 'template' -> 'labels')`, '$4')}`,
  values: ({ clusters, namespaces, names, podLabels = [] }) => [clusters, namespaces, names, JSON.stringify(podLabels)],
  row: ({ uid }) => uid,
}

/** Names of all ControllerRevisions that these DaemonSets have had. */
export const revisionNames: Statement<{ cluster: string; daemonSetUids: readonly string[] }, string> = {
  name: 'audit_revision_names',
  text: 'select distinct name from revisions where cluster = $1 and owner_uid = any($2::text[])',
  values: ({ cluster, daemonSetUids }) => [cluster, daemonSetUids],
  row: ({ name }) => name,
}
