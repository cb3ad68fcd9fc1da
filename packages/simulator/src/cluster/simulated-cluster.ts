import type { Clock, Timers } from '@rollcall/service'
import { createObjectStore } from '../objects/create-object-store.ts'
import type { StoreDump } from '../objects/dump.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { createEventRecorder } from './event-recorder.ts'
import { createFaults, type FaultRates, type Faults } from './faults.ts'
import { startGarbageCollector } from './garbage/garbage-collector.ts'
import { startNamespaceController } from './garbage/namespaces.ts'
import { startPodGc } from './garbage/pod-gc.ts'
import { createImages } from './kubelet/images.ts'
import { startKubelets } from './kubelet/kubelet.ts'
import { type KubeletTimings, lifelikeTimings } from './kubelet/timings.ts'
import { startNodeAgents } from './nodes/node-agents.ts'
import { startNodeLifecycle } from './nodes/node-lifecycle.ts'
import { startPressureEviction } from './nodes/pressure-eviction.ts'
import { startTaintEviction } from './nodes/taint-eviction.ts'
import type { Part, PartPorts } from './parts.ts'
import { startPodsByNode } from './pods-by-node.ts'
import { createRandom } from './random.ts'
import { startScheduler } from './scheduler/scheduler.ts'
import { createAgenda } from './time/agenda.ts'
import { type ClusterVerbs, clusterVerbs } from './verbs.ts'

/** How a simulated cluster behaves; each field has a default that is near to a real cluster's. */
export type ClusterSettings = {
  readonly timings: KubeletTimings
  /** From a pod's creation to its binding. Default 10 ms. */
  readonly schedulingMs: number
  /** From a change to what a controller of the control plane makes of it. Default 100 ms. */
  readonly controllerMs: number
  /** How often kubelets renew their leases; 0: never, and no node is missed. Default 10 s. */
  readonly leaseMs: number
  /** A node whose lease is older is unreachable. Default 50 s. */
  readonly nodeGraceMs: number
  /** How long Kubernetes Events are kept; 0: none are written. Default 1 h. */
  readonly eventTtlMs: number
  /** What happens within so much is done at one time. Default 10 ms. */
  readonly grainMs: number
  /** Changes of each resource that watches can resume from. Default: the store's. */
  readonly historyMax?: number
}

export const defaultClusterSettings: ClusterSettings = {
  timings: lifelikeTimings,
  schedulingMs: 10,
  controllerMs: 100,
  leaseMs: 10_000,
  nodeGraceMs: 50_000,
  eventTtlMs: 3_600_000,
  grainMs: 10,
}

export type SimulatedClusterOptions = {
  readonly name: string
  /** One seed, one history: uids, names, delays, faults. */
  readonly seed: string
  readonly clock: Clock
  readonly timers: Timers
  readonly settings?: Partial<ClusterSettings>
  readonly faults?: Partial<FaultRates>
  /** Which controllers run, by the names of kube-controller-manager. Default: all there are. */
  readonly controllers?: readonly ControllerName[]
  /** Objects to begin with (`dumpStore`). Its nodes are added again with `addNode`, as machines that start again; take another seed. */
  readonly restored?: StoreDump
}

const controllerNames = [
  'node-lifecycle-controller',
  'taint-eviction-controller',
  'garbage-collector-controller',
  'pod-garbage-collector-controller',
  'namespace-controller',
] as const
export type ControllerName = (typeof controllerNames)[number]

/**
 * A cluster in memory: objects, scheduler, kubelets, node life cycle, garbage collection — everything but a DaemonSet
 * controller. Whoever serves it to others asks `faults` first.
 */
export type SimulatedCluster = ClusterVerbs & {
  readonly name: string
  readonly store: ObjectStore
  readonly faults: Faults
  /** Lets its parts run. Verbs work before it too: what they cause happens from then on. */
  start(): void
  /** Ends all parts and timers; the objects stay. */
  stop(): void
}

export function createSimulatedCluster(options: SimulatedClusterOptions): SimulatedCluster {
  const { name, seed, clock, timers } = options
  const settings = { ...defaultClusterSettings, ...options.settings }
  const { controllerMs: delayMs, timings } = settings
  const chance = (part: string) => createRandom(`${seed}/${name}/${part}`)

  const { historyMax } = settings
  const store = createObjectStore({
    clock,
    random: chance('store'),
    ...(historyMax === undefined ? {} : { historyMax }),
    ...(options.restored === undefined ? {} : { restored: options.restored }),
  })
  const agenda = createAgenda({ clock, timers, grainMs: settings.grainMs })
  const recorder = createEventRecorder({
    store,
    clock,
    timers: agenda,
    random: chance('events'),
    ttlMs: settings.eventTtlMs,
  })
  const ports = (part: string): PartPorts => ({ store, clock, timers: agenda, random: chance(part), recorder })
  const images = createImages()
  // First: the others rely on it when they are told of the same change.
  const pods = startPodsByNode(store)
  const agents = startNodeAgents({
    ...ports('nodes'),
    nodeReady: timings.nodeReady,
    leaseMs: settings.leaseMs,
    onChange: node => kubelets.nodeChanged(node),
  })
  const kubelets = startKubelets({ ...ports('kubelets'), pods, images, timings, isUp: agents.isUp })
  const parts: Part[] = [pods, agents, kubelets]
  const { controllers = controllerNames } = options
  const startController: Readonly<Record<ControllerName, () => Part>> = {
    'node-lifecycle-controller': () => {
      const graceMs = settings.leaseMs === 0 ? 0 : settings.nodeGraceMs
      return startNodeLifecycle({ ...ports('node-lifecycle'), pods, delayMs, graceMs })
    },
    'taint-eviction-controller': () => startTaintEviction({ ...ports('taint-eviction'), pods }),
    'garbage-collector-controller': () => startGarbageCollector({ ...ports('garbage-collector'), delayMs }),
    'pod-garbage-collector-controller': () => startPodGc({ ...ports('pod-gc'), pods }),
    'namespace-controller': () => startNamespaceController({ ...ports('namespaces'), delayMs }),
  }

  return {
    name,
    store,
    faults: createFaults(chance('faults'), options.faults),
    ...clusterVerbs({ store, agents, kubelets, images, pods, clock }),
    start() {
      parts.push(
        startScheduler({ ...ports('scheduler'), pods, delayMs: settings.schedulingMs }),
        ...controllerNames.filter(name => controllers.includes(name)).map(name => startController[name]()),
        startPressureEviction({ ...ports('pressure'), pods, isUp: agents.isUp, end: kubelets.end }),
      )
    },
    stop() {
      for (const part of parts.splice(0)) part.stop()
      agenda.stop()
    },
  }
}
