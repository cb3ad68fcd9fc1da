import type { Json } from '@rollcall/contracts'
import type { Churn, Difference, Flapping, Misplaced, SlotCoverage } from '@rollcall/contracts/api'
import { column, type ExportColumn } from './columns.ts'

/** Answers about a span of time, as rows of a table. */

export type OfCluster<Item> = Item & { readonly cluster: string }
const inCluster = column('cluster', 'text', ({ cluster }: { readonly cluster: string }) => cluster)
const onNode = column('node', 'text', ({ node }: { readonly node: string }) => node)

type OfDaemonSet = { readonly daemonSet: { readonly namespace: string; readonly name: string; readonly uid: string } }
const ofDaemonSet: readonly ExportColumn<OfDaemonSet>[] = [
  column('namespace', 'text', ({ daemonSet }) => daemonSet.namespace),
  column('daemonSet', 'text', ({ daemonSet }) => daemonSet.name),
  column('daemonSetUid', 'text', ({ daemonSet }) => daemonSet.uid),
]

const coverageColumns: readonly ExportColumn<OfCluster<SlotCoverage>>[] = [
  inCluster,
  onNode,
  ...ofDaemonSet,
  column('expectedMs', 'integer', ({ expectedMs }) => expectedMs),
  column('uncoveredMs', 'integer', ({ uncoveredMs }) => uncoveredMs),
  column('coverage', 'number', ({ coverage }) => coverage),
  column('gapsTotal', 'integer', ({ gapsTotal }) => gapsTotal),
  column('gaps', 'json', ({ gaps }) => gaps),
]

const misplacedColumns: readonly ExportColumn<OfCluster<Misplaced>>[] = [
  inCluster,
  column('node', 'text', ({ placement }) => placement.node),
  column('namespace', 'text', ({ placement }) => placement.namespace),
  column('daemonSet', 'text', ({ placement }) => placement.daemonSet.name),
  column('daemonSetUid', 'text', ({ placement }) => placement.daemonSet.uid),
  column('pod', 'text', ({ placement }) => placement.pod.name),
  column('podUid', 'text', ({ placement }) => placement.pod.uid),
  column('misplacedMs', 'integer', ({ misplacedMs }) => misplacedMs),
  column('from', 'instant', ({ from }) => from),
  column('to', 'instant', ({ to }) => to),
  column('rule', 'text', ({ rule }) => rule),
]

const churnColumns: readonly ExportColumn<OfCluster<Churn>>[] = [
  inCluster,
  onNode,
  ...ofDaemonSet,
  column('pods', 'integer', ({ pods }) => pods),
  column('neverReady', 'integer', ({ neverReady }) => neverReady),
  column('shortestMs', 'integer', ({ shortestMs }) => shortestMs),
  column('causes', 'json', ({ causes }) => causes),
]

const turned = (what: keyof Flapping['turned']) =>
  column<OfCluster<Flapping>>(what, 'integer', item => item.turned[what])
const flappingColumns: readonly ExportColumn<OfCluster<Flapping>>[] = [
  inCluster,
  onNode,
  column('changes', 'integer', ({ changes }) => changes),
  ...(['ready', 'cordoned', 'labels', 'taints'] as const).map(turned),
]

const diffColumns: readonly ExportColumn<OfCluster<Difference>>[] = [
  inCluster,
  column('kind', 'text', ({ kind }) => kind),
  column('change', 'text', item => (item.kind === 'placement' ? null : item.change)),
  column('node', 'text', item => (item.kind === 'daemonSet' ? null : item.node)),
  column('namespace', 'text', item => (item.kind === 'node' ? null : item.daemonSet.namespace)),
  column('daemonSet', 'text', item => (item.kind === 'node' ? null : item.daemonSet.name)),
  column('before', 'json', (item): Json => (item.kind === 'placement' ? item.before : null)),
  column('after', 'json', (item): Json => (item.kind === 'placement' ? item.after : null)),
]

export const spanColumns = {
  coverage: coverageColumns,
  misplaced: misplacedColumns,
  churn: churnColumns,
  flapping: flappingColumns,
  diff: diffColumns,
} as const
