import type { DaemonSetRecord, LedgerEvent } from '@rollcall/contracts/api'
import type { AuditStore, ShadowStore } from '@rollcall/store'
import type { Watcher } from '@rollcall/watcher'
import type { ClusterOverview, DaemonSetOverview, EmbeddedCluster, Overview, RecentEvent } from './contract.ts'

export type OverviewPorts = {
  readonly clusters: readonly EmbeddedCluster[]
  readonly record: AuditStore
  readonly shadow: ShadowStore
  readonly watcher: Watcher
  /** One clause about an event. */
  readonly words: (event: LedgerEvent) => string
  readonly troubles: () => readonly string[]
}

const recentMax = 20
const daemonSetsMax = 500

/** Of each cluster, what the record says. */
type Recorded = {
  readonly clusters: readonly Omit<ClusterOverview, 'trouble'>[]
  readonly recent: readonly RecentEvent[]
}

/**
 * What the live table shows: asked several times a second, so it is read from the record only when a stream has gone on
 * since. The returned function throws StoreError.
 */
export function createOverview(ports: OverviewPorts): () => Promise<Overview> {
  const names = ports.clusters.map(({ name }) => name)
  let last: { readonly heads: string; readonly recorded: Recorded } | null = null
  return async () => {
    const heads = JSON.stringify([...(await ports.record.heads(names))])
    if (last?.heads !== heads) last = { heads, recorded: await readRecorded(ports, names) }
    const states = ports.watcher.states()
    const { clusters, recent } = last.recorded
    return {
      clusters: clusters.map(recorded => {
        const state = states.get(recorded.cluster.name)
        return { ...recorded, trouble: state?.at === 'waiting' ? state.why : null }
      }),
      recent,
      troubles: ports.troubles(),
    }
  }
}

async function readRecorded(ports: OverviewPorts, names: readonly string[]): Promise<Recorded> {
  const [{ items: records }, { items: daemonSets }, cordoned, recent] = await Promise.all([
    ports.record.clusters({ cluster: [...names] }, { after: null, limit: names.length }),
    ports.record.daemonSets(
      { cluster: [...names], presence: 'current', labels: [] },
      { after: null, limit: daemonSetsMax },
    ),
    ports.shadow.unschedulableNodes(names),
    recentEvents(ports, names),
  ])
  const clusters = ports.clusters.map(cluster => {
    const nodes = records.find(record => record.name === cluster.name)?.nodes ?? { total: 0, ready: 0 }
    return {
      cluster,
      nodes: { ...nodes, cordoned: cordoned.get(cluster.name) ?? 0 },
      daemonSets: daemonSets.filter(record => record.cluster === cluster.name).map(overviewOf),
    }
  })
  return { clusters, recent }
}

function overviewOf({ namespace, name, generation, status }: DaemonSetRecord): DaemonSetOverview {
  const desired = status.desiredNumberScheduled
  const misscheduled = status.numberMisscheduled
  return {
    namespace,
    name,
    desired,
    current: status.currentNumberScheduled,
    ready: status.numberReady,
    updated: status.updatedNumberScheduled,
    misscheduled,
    settled:
      status.observedGeneration === generation &&
      [status.currentNumberScheduled, status.numberReady, status.updatedNumberScheduled].every(n => n === desired) &&
      misscheduled === 0,
  }
}

/** Newest first. Lists that a watcher reads, and moments that were waited for, are no news. */
async function recentEvents(ports: OverviewPorts, names: readonly string[]): Promise<readonly RecentEvent[]> {
  const window = { from: Number.MAX_SAFE_INTEGER, direction: 'older', limit: recentMax * 3 } as const
  const slices = await Promise.all(
    names.map(cluster => ports.record.events({ cluster, types: null, subject: null }, window)),
  )
  return slices
    .flatMap(({ items }) => items)
    .filter(({ type }) => !/^Relist|^Ticked$|^Revision/.test(type))
    .map(event => ({ event, at: event.event.at }))
    .sort((a, b) => b.at - a.at)
    .slice(0, recentMax)
    .map(({ event, at }) => ({ cluster: event.cluster, position: event.position, at, sentence: ports.words(event) }))
}

/** What stands in for real words when nobody brings any. */
export function plainWords({ type, subject }: LedgerEvent): string {
  if (subject === null) return type
  const name = subject.namespace === '' ? subject.name : `${subject.namespace}/${subject.name}`
  return `${subject.kind} ${name}: ${type}`
}
