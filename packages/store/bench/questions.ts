import type { PlacementsQuery } from '@rollcall/contracts/api'
import type pg from 'pg'
import { type AuditStore, historyEnd } from '../src/index.ts'

/** What is asked of a record of `churn.ts`, and about what: names and times spread over all of it. */

export const cluster = 'prod-eu-west-1'

export type Sample = {
  readonly cluster: string
  readonly node: string
  readonly pod: string
  readonly at: string
  readonly until: string
}

/** Placements spread over the record, to ask about; in turns in each of the clusters that have the same record. */
export async function samplesOf(
  client: pg.Client,
  count: number,
  clusters: readonly string[] = [cluster],
): Promise<Sample[]> {
  const { rows } = await client.query(
    `select node, pod_name, opened_at
     from (
       select *, row_number() over (order by opened_position) as number, count(*) over () as total
       from placements
       where cluster = $2
     ) numbered
     where number % greatest(1, total / $1::int) = 0
     limit $1`,
    [count, cluster],
  )
  return rows.map(({ node, pod_name, opened_at }, index) => ({
    cluster: clusters[Math.floor((index * clusters.length) / rows.length)] ?? cluster,
    node,
    pod: pod_name,
    at: opened_at.toISOString(),
    until: new Date(opened_at.getTime() + 60_000).toISOString(),
  }))
}

const namespace = 'kube-system'
const daemonSet = ['fluent-bit']
const fluentBit = (cluster: string) => ({ cluster, namespace, name: 'fluent-bit' })
const covered = (cluster: string) => ({ cluster, namespaces: null, daemonSets: daemonSet, nodes: null })
const everywhere = (cluster: string) => ({ cluster, namespaces: null, daemonSets: null, nodes: null })
const asked = (query: Partial<PlacementsQuery>) => ({ labels: [], ...query })
const page = (limit: number) => ({ after: null, limit })
const newest = { from: historyEnd, direction: 'older', limit: 100 } as const

export const questions: Record<string, (audit: AuditStore, sample: Sample) => Promise<unknown>> = {
  'what runs now, first 100': (audit, { cluster }) => audit.placements(asked({ cluster: [cluster] }), page(100)),
  'what runs now, first 1,000': (audit, { cluster }) => audit.placements(asked({ cluster: [cluster] }), page(1_000)),
  'what runs on a node now': (audit, { cluster, node }) =>
    audit.placements(asked({ cluster: [cluster], node: [node] }), page(100)),
  'what ran on a node at T': (audit, { cluster, node, at }) =>
    audit.placements(asked({ cluster: [cluster], node: [node], at }), page(100)),
  'where a DaemonSet ran at T, 1,000 rows': (audit, { cluster, at }) =>
    audit.placements(asked({ cluster: [cluster], daemonSet, at }), page(1_000)),
  'all that ran between T and T + 60 s, 1,000 rows': (audit, { cluster, at, until }) =>
    audit.placements(asked({ cluster: [cluster], from: at, to: until }), page(1_000)),
  'why a pod': (audit, { cluster, pod }) => audit.whyPod(cluster, namespace, pod),
  'why a node': (audit, { cluster, node }) => audit.whyNode(cluster, node, {}),
  'story of a node, newest 100': (audit, { cluster, node }) => audit.history({ kind: 'node', cluster, node }, newest),
  'story of a pod': (audit, { cluster, pod }) => audit.history({ kind: 'pod', cluster, namespace, name: pod }, newest),
  'story of a DaemonSet, newest 100': (audit, { cluster }) =>
    audit.history({ kind: 'daemonSet', cluster, namespace, name: 'fluent-bit' }, newest),
  'nodes without a DaemonSet at T': (audit, { cluster, at }) =>
    audit.missing(fluentBit(cluster), { at: new Date(at), isExpectedOnly: true, nodes: null, rules: null }, page(100)),
  'coverage of a DaemonSet, whole record, 1,000 nodes': (audit, { cluster, until }) =>
    audit.coverage({ ...covered(cluster), from: new Date(0), to: new Date(until) }, page(1_000)),
  'rollouts of a DaemonSet': (audit, { cluster }) =>
    audit.rollouts(fluentBit(cluster), { from: null, to: null }, page(20)),
  'changes of a DaemonSet, newest 20': (audit, { cluster }) =>
    audit.changes(fluentBit(cluster), { from: Number.MAX_SAFE_INTEGER, direction: 'older', limit: 20 }),
  'events, newest 100': (audit, { cluster }) =>
    audit.events(
      { cluster, types: null, subject: null },
      { from: Number.MAX_SAFE_INTEGER, direction: 'older', limit: 100 },
    ),
  'events of a pod': (audit, { cluster, pod: name }) =>
    audit.events(
      { cluster, types: null, subject: { kind: 'Pod', namespace, name } },
      { from: 0, direction: 'newer', limit: 100 },
    ),
  'what differs between T and T + 60 s, 1,000 rows': (audit, { cluster, at, until }) =>
    audit.diff({ ...everywhere(cluster), from: new Date(at), to: new Date(until) }, page(1_000)),
  'churn in 60 s, 100 slots': (audit, { cluster, at, until }) =>
    audit.churn({ ...everywhere(cluster), from: new Date(at), to: new Date(until) }, page(100)),
  'misplaced pods of a DaemonSet, whole record': (audit, { cluster, until }) =>
    audit.misplaced({ ...covered(cluster), from: new Date(0), to: new Date(until), overMs: 0 }, page(100)),
  'decisions from T on, 1,000 rows': (audit, { cluster, at }) =>
    audit.decisions({ ...everywhere(cluster), rules: null, from: new Date(at), to: null }, page(1_000)),
  'who started a pod': (audit, { cluster, pod }) => audit.blamePod(cluster, namespace, pod),
  'a cluster': (audit, { cluster }) => audit.clusters({ cluster: [cluster] }, page(100)),
  'all clusters, first 100': audit => audit.clusters({}, page(100)),
}
