import type {
  Command,
  Condition,
  DaemonSetFacts,
  DaemonSetStatus,
  GuardSettings,
  Kind,
  Mode,
  NodeFacts,
  PodFacts,
  Rate,
  RevisionFacts,
  Verdict,
} from '@rollcall/contracts'
import { CountedNames } from './counted-names.ts'
import type { Flip } from './flips.ts'
import { createGuard, type Guard } from './guard/state.ts'
import type { Pace } from './pace.ts'
import { type Policy, policyOf } from './policy/index.ts'
import { newRollout, type Reach, type Rollout } from './rollout-state.ts'
import { SortedNames } from './sorted-names.ts'

/** A pod as the core knows it. */
export type Pod = {
  facts: PodFacts
  /** Where it belongs (spec §1.9); null: cannot be told, and it is left out of everything. */
  node: string | null
  /** Known by the outcome of its creation only; the watch has not shown it yet. */
  provisional: boolean
}

export type Revision = { facts: RevisionFacts; provisional: boolean }

/**
 * What a slot counts as in a rolling update (spec §4.2 to §4.4). `busy`: something is under way there; `excess`: more than one
 * live pod of a kind; `vacant`: none; `both`, `bothAvailable`: an old and a new one, and the new one is not, or is, available.
 * By annotations only: `aside`: on an unhealthy node that the rollout leaves out; `outside`: an old one that shall stay for now.
 */
export type RolloutClass =
  | 'none'
  | 'busy'
  | 'excess'
  | 'vacant'
  | 'both'
  | 'bothAvailable'
  | 'newAvailable'
  | 'newUnavailable'
  | 'oldAvailable'
  | 'oldUnavailable'
  | 'aside'
  | 'outside'

/** What one slot adds to the DaemonSet's numbers (spec §5.1). Derived; never stored. */
export type Figures = {
  desired: number
  current: number
  misscheduled: number
  ready: number
  available: number
  updated: number
  unavailableInRollout: number
  /** With surge: what counts against it, and what is available, the old pod before the new one (spec §4.4). */
  surging: number
  availableInSurge: number
  rollout: RolloutClass
  /** The others count only where annotations ask for something. On the present template, or on the way there. */
  onNew: number
  /** On the way to an available pod of the present template. */
  unsettled: number
  /** The node is unhealthy since the rollout replaced its pod. */
  lost: number
  /** Its old pod shall stay for now. */
  outside: number
  /** That is because the node is being stopped on purpose. */
  stopped: number
  /** Its new pod is in trouble, by what the policy calls so. */
  troubled: number
  /** It should have an available pod, and has none. */
  missing: number
  /** The group of the rollout's order that is not complete as long as this slot is so; null: none. */
  open: string | null
}

type Totals = Omit<Figures, 'rollout' | 'open'>

/** One DaemonSet's place on one node (the node may be gone). */
export type Slot = {
  readonly node: string
  verdict: Verdict
  /** Claimed pods that belong here, terminal ones that are being deleted included. */
  readonly pods: Set<Pod>
  figures: Figures
  /** Its place in the order of the rollout (`rankOf`). Derived. */
  rank: string
  /** How the node was when the rollout of the present revision replaced its pod; null: it has not. */
  reach: Reach
  /** Creations and deletions under way here, not yet seen done. */
  inFlight: number
  /** `verdict|action|rule` of the last recorded decision, so that it is not repeated. */
  lastDecision: string
}

/** Creations that wait together because one was refused. */
export type CreationHold = {
  /** Refusals since the last success. */
  readonly refusals: number
  readonly until: number
  /** How many may be under way at once from then on. */
  readonly atOnce: number
}

export type FailedBackoff = { generation: number; valueMs: number; at: number }

/** Why something is to be looked at again: positions of events, the latest few. */
export type Causes = number[]

export type PresentRevision = {
  readonly name: string
  readonly uid: string
  readonly hash: string
  /**
   * Hashes of its duplicates, sorted: revisions of the same template, until they are merged. Pods that carry one are up to
   * date, too. Such a revision wakes nobody (spec §3.8): they are merged when something else does.
   */
  readonly twins: readonly string[]
}

export type DaemonSet = {
  facts: DaemonSetFacts
  /** What its annotations ask for. Derived. */
  policy: Policy
  /** Messages about annotations that cannot be followed, as they were told last. */
  saidNonsense: readonly string[]
  /** Status as we wrote it, until the watch shows an object at least as new. */
  written: { status: DaemonSetStatus; conditions: readonly Condition[]; resourceVersion: string } | null
  /** Collision count that a revision name conflict asks for (spec §4.7); null: none beyond the status. */
  collisionCount: number | null
  /** No status write before this time: changes within it go out together. */
  statusNotBefore: number
  readonly slots: Map<string, Slot>
  /** Sum of the figures of all slots. */
  readonly totals: Totals
  /** Slots a rolling update may touch, by class: their ranks. */
  readonly oldAvailable: SortedNames
  readonly oldUnavailable: SortedNames
  readonly bothAvailable: SortedNames
  /** Groups of the rollout's order in which a node is not done, by its nodes. Derived. */
  readonly openGroups: CountedNames
  /** Nodes, where annotations ask for something: that are lost, in trouble, without an available pod. Derived. */
  readonly lostNodes: SortedNames
  readonly troubledNodes: SortedNames
  readonly missingNodes: SortedNames
  /** Those whose old pod stays because they are being stopped on purpose. Derived. */
  readonly stoppedNodes: SortedNames
  rollout: Rollout
  /** Digest of the template that Rollcall went back to by itself last; null: it has not. */
  rolledBackTo: string | null
  /** Digests of templates whose rollouts paused themselves, oldest first; one that is complete after all is not among them. */
  knownBad: readonly string[]
  /** Creations under way, not yet seen done. Derived. */
  creating: number
  creationHold: CreationHold | null
  /** What the guard remembers: nodes that pods have to leave, and what is held of that. */
  readonly guard: Guard
  /** What was created lately, where a rate is asked for; null: nothing since then. */
  pace: Pace | null
  /** Slots whose last decision was to wait with their creation. Derived. */
  readonly heldCreations: SortedNames
  /** How many claimed pods carry each revision hash (spec §4.8). */
  readonly podsByHash: Map<string, number>
  /** The revision of the present template (spec §4.7); null until it is known to exist. */
  current: PresentRevision | null
  /** Pods by key that match and have no controller; that we own and that do not match (spec §6.1). */
  readonly adoptable: Set<string>
  readonly releasable: Set<string>
  readonly failedBackoffs: Map<string, FailedBackoff>
  /** By node, where a debounce is asked for. */
  readonly flips: Map<string, Flip>
  /** Slots to decide anew. */
  readonly dirty: Map<string, Causes>
  /** Set: the DaemonSet as a whole is to be decided anew. */
  dirtyWhole: Causes | null
  lastDecision: string
}

/** A command whose outcome is not known. */
export type Flight = {
  readonly command: Command
  /** When it was issued last. */
  since: number
  /** The watched object has shown it done: it holds nothing back any more, but its outcome is still to come. */
  observed: boolean
}

export type Retry = { failures: number; until: number }

export type Relist = {
  /** Has one list of this kind been completed? */
  synced: boolean
  /** The list under way: its id, and what it has named so far. */
  open: { readonly id: string; readonly listed: Set<string> } | null
  /** Ids of the lists begun lately, oldest first: one of them told a second time is no new list. */
  readonly begun: string[]
  /** Everything up to this resourceVersion was told: what is not newer, and not held, is over. Null: nothing is known. */
  reached: string | null
}

/** State of one cluster's stream. Mutable and owned by whoever folds; read it through the functions of this package. */
export type ClusterState = {
  readonly cluster: string
  position: number
  now: number
  mode: Mode
  /** Somebody asked for this mode: the watcher's word is not heard any more. */
  modeIsAsked: boolean
  /** null: what would be deleted is never held. */
  guard: GuardSettings | null
  /** How many pods are created in a time in the whole cluster; null: as many as are wanted. */
  creationRate: Rate | null
  /** What was created lately, where a rate holds for the cluster; null: nothing since then. */
  pace: Pace | null
  /** Ids of the newest intents, oldest first: one of them told a second time is no new one. */
  readonly intents: string[]
  clusterUid: string | null
  readonly relists: Record<Kind, Relist>
  readonly nodes: Map<string, NodeFacts>
  readonly pods: Map<string, Pod>
  readonly podsByOwner: Map<string, Set<string>>
  readonly orphansByNamespace: Map<string, Set<string>>
  /** Keys of pods of DaemonSets that are not known, by node. Derived. */
  readonly strays: Map<string, Set<string>>
  readonly revisions: Map<string, Revision>
  readonly revisionsByNamespace: Map<string, Set<string>>
  readonly daemonSets: Map<string, DaemonSet>
  readonly daemonSetsByNamespace: Map<string, Map<string, DaemonSet>>
  readonly flights: Map<string, Flight>
  /** Ids of unfinished commands by `flightKey`: what must not be issued a second time. */
  readonly flightsByKey: Map<string, string>
  readonly retries: Map<string, Retry>
  /** Slots to be looked at when a time has come, by slot key; the times of each in no order. */
  readonly wakes: Map<string, number[]>
  /** The earliest of `wakes`; derived. */
  nextWake: number
}

export const noFigures = (): Figures => ({
  desired: 0,
  current: 0,
  misscheduled: 0,
  ready: 0,
  available: 0,
  updated: 0,
  unavailableInRollout: 0,
  surging: 0,
  availableInSurge: 0,
  rollout: 'none',
  onNew: 0,
  unsettled: 0,
  lost: 0,
  outside: 0,
  stopped: 0,
  troubled: 0,
  missing: 0,
  open: null,
})

export function createState(cluster: string): ClusterState {
  const relist = (): Relist => ({ synced: false, open: null, begun: [], reached: null })
  return {
    cluster,
    position: 0,
    now: 0,
    mode: 'control',
    modeIsAsked: false,
    guard: null,
    creationRate: null,
    pace: null,
    intents: [],
    clusterUid: null,
    relists: { Node: relist(), Pod: relist(), DaemonSet: relist(), ControllerRevision: relist() },
    nodes: new Map(),
    pods: new Map(),
    podsByOwner: new Map(),
    orphansByNamespace: new Map(),
    strays: new Map(),
    revisions: new Map(),
    revisionsByNamespace: new Map(),
    daemonSets: new Map(),
    daemonSetsByNamespace: new Map(),
    flights: new Map(),
    flightsByKey: new Map(),
    retries: new Map(),
    wakes: new Map(),
    nextWake: Number.POSITIVE_INFINITY,
  }
}

export function createDaemonSet(facts: DaemonSetFacts): DaemonSet {
  const { rollout: _, open: __, ...totals } = noFigures()
  return {
    facts,
    policy: policyOf(facts.annotations),
    saidNonsense: [],
    written: null,
    collisionCount: null,
    statusNotBefore: 0,
    slots: new Map(),
    totals,
    oldAvailable: new SortedNames(),
    oldUnavailable: new SortedNames(),
    bothAvailable: new SortedNames(),
    openGroups: new CountedNames(),
    lostNodes: new SortedNames(),
    troubledNodes: new SortedNames(),
    missingNodes: new SortedNames(),
    stoppedNodes: new SortedNames(),
    rollout: newRollout(),
    rolledBackTo: null,
    knownBad: [],
    creating: 0,
    creationHold: null,
    pace: null,
    guard: createGuard(),
    heldCreations: new SortedNames(),
    podsByHash: new Map(),
    current: null,
    adoptable: new Set(),
    releasable: new Set(),
    failedBackoffs: new Map(),
    flips: new Map(),
    dirty: new Map(),
    dirtyWhole: null,
    lastDecision: '',
  }
}

export function createSlot(node: string): Slot {
  return {
    node,
    verdict: 'unknownNode',
    pods: new Set(),
    figures: noFigures(),
    rank: node,
    reach: null,
    inFlight: 0,
    lastDecision: '',
  }
}

export const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`

type Named = { readonly namespace: string; readonly name: string }

/** The order of objects wherever the log does not give one. */
export const byName = (a: Named, b: Named): number => (keyOf(a.namespace, a.name) < keyOf(b.namespace, b.name) ? -1 : 1)

/** The newest status known: what we wrote and what the watch showed, whichever is newer. */
export function knownStatus(daemonSet: DaemonSet): DaemonSetStatus {
  return daemonSet.written?.status ?? daemonSet.facts.status
}

/** Our conditions, likewise. */
export function knownConditions(daemonSet: DaemonSet): readonly Condition[] {
  return daemonSet.written?.conditions ?? daemonSet.facts.conditions
}

/** Nothing is decided before the cluster is known and one list of each kind is complete. */
export function isSynced(state: ClusterState): boolean {
  const { Node, Pod, DaemonSet, ControllerRevision } = state.relists
  return state.clusterUid !== null && Node.synced && Pod.synced && DaemonSet.synced && ControllerRevision.synced
}

/** Adds to an index of sets. */
export function indexAdd<K, V>(index: Map<K, Set<V>>, key: K, value: V): void {
  const values = index.get(key)
  if (values) values.add(value)
  else index.set(key, new Set([value]))
}

export function indexDelete<K, V>(index: Map<K, Set<V>>, key: K, value: V): void {
  const values = index.get(key)
  values?.delete(value)
  if (values?.size === 0) index.delete(key)
}
