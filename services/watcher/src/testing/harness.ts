import { type Event, eventCodec, type Kind } from '@rollcall/contracts'
import type { LogRecord } from '@rollcall/event-log'
import type { ClusterApi } from '@rollcall/kube'
import { createHealth, createManualTime, createMemoryLogger, createRegistry, settled } from '@rollcall/service'
import type { WatcherPorts, WatcherSettings } from '../ports.ts'
import { startWatcher } from '../watcher.ts'

export const settings: WatcherSettings = {
  mode: 'observe',
  guard: null,
  creationRate: null,
  controlClusters: [],
  pods: 'relevant',
  relist: false,
  pageSize: 500,
  silenceMs: 240_000,
  queueMax: 100,
  leaseRetryMs: 5_000,
  rightsRetryMs: 60_000,
  progressMs: 60_000,
  audit: null,
}

type HarnessState = {
  appendFailure: Error | null
  /** Appends wait for this. */
  gate: Promise<void>
  leaseIsFree: boolean
  storedUid: string | null
  lease: AbortController | null
  released: number
}

/** A log, a store, time and a watcher, all in memory and in the test's hands. */
export function createHarness(
  clusters: readonly ClusterApi[],
  changes: Partial<WatcherSettings> = {},
  prepare: (edges: { state: HarnessState; positions: Map<Kind, string> }) => void = () => undefined,
) {
  const time = createManualTime()
  const logger = createMemoryLogger()
  const health = createHealth(time.timers)
  const appends: (readonly LogRecord[])[] = []
  const positions = new Map<Kind, string>()
  let seed = 1
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const state: HarnessState = {
    appendFailure: null,
    gate: Promise.resolve(),
    leaseIsFree: true,
    storedUid: null,
    lease: null,
    released: 0,
  }
  const ports: WatcherPorts = {
    clusters,
    clock: time.clock,
    timers: time.timers,
    random,
    logger,
    health,
    registry: createRegistry({ service: 'watcher', process: false }),
    eventLog: {
      async append(_, records) {
        await state.gate
        if (state.appendFailure) throw state.appendFailure
        appends.push(records)
      },
    },
    store: {
      async tryLease() {
        if (!state.leaseIsFree) return null
        const lost = new AbortController()
        state.lease = lost
        return {
          lost: lost.signal,
          async release() {
            state.released += 1
          },
        }
      },
      watchPositions: async () => positions,
      clusterUid: async () => state.storedUid,
    },
  }
  prepare({ state, positions })
  const watcher = startWatcher(ports, { ...settings, ...changes })
  const events = (): Event[] =>
    appends.flat().map(record => {
      const decoded = eventCodec.decode(record.value)
      if (!decoded.ok) throw new Error(decoded.failure.reason)
      return decoded.value
    })
  return {
    watcher,
    time,
    logger,
    health,
    appends,
    positions,
    state,
    registry: ports.registry,
    events,
    /** What was published since the last call, in words. */
    async told(): Promise<string[]> {
      await settled()
      const words = events().map(inWords)
      appends.length = 0
      return words
    },
  }
}

export type Harness = ReturnType<typeof createHarness>

/** `PodObserved a/p`, `RelistListed Pod a/p,a/q`. */
export function inWords(event: Event): string {
  const full = ({ namespace, name }: { namespace?: string; name: string }) =>
    namespace ? `${namespace}/${name}` : name
  switch (event.type) {
    case 'NodeObserved':
      return `${event.type} ${event.node.name}`
    case 'PodObserved':
      return `${event.type} ${full(event.pod)}`
    case 'DaemonSetObserved':
      return `${event.type} ${full(event.daemonSet)}`
    case 'RevisionObserved':
      return `${event.type} ${full(event.revision)}`
    case 'NodeGone':
    case 'PodGone':
    case 'DaemonSetGone':
    case 'RevisionGone':
      return `${event.type} ${full(event)}`
    case 'RelistStarted':
      return `${event.type} ${event.kind}${event.historyReset ? ' (history reset)' : ''}`
    case 'RelistListed':
      return `${event.type} ${event.kind} ${event.objects.map(full).join(',')}`
    case 'RelistCompleted':
    case 'WatchProgressed':
      return `${event.type} ${event.kind} ${event.resourceVersion}`
    case 'ClusterIdentified':
      return `${event.type} ${event.clusterUid} ${event.mode}`
    default:
      return event.type
  }
}

const metadata = (name: string, namespace?: string) => ({
  name,
  uid: `uid-${name}`,
  ...(namespace === undefined ? {} : { namespace }),
})

export const node = (name: string, labels = {}) => ({ metadata: { ...metadata(name), labels } })

const owners = {
  daemonSet: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'uid-d', controller: true },
  replicaSet: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'uid-r', controller: true },
}

export const pod = (
  name: string,
  owner: keyof typeof owners | null,
  extra: { phase?: string; labels?: object } = {},
) => ({
  metadata: {
    ...metadata(name, 'ns'),
    labels: (extra.labels ?? { app: 'd' }) as { [key: string]: string },
    ...(owner === null ? {} : { ownerReferences: [owners[owner]] }),
  },
  status: { phase: extra.phase ?? 'Running' },
})
