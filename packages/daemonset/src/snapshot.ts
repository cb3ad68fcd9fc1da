import {
  type Command,
  type DaemonSetFacts,
  digestOf,
  type GuardSettings,
  type Json,
  type Kind,
  type Mode,
  type NodeFacts,
  type PodFacts,
  type RevisionFacts,
} from '@rollcall/contracts'
import { noteHeld } from './creations.ts'
import { fileOrphan, fileOwned } from './evolve/pods.ts'
import { flightKey, nodeOfFlight } from './flights.ts'
import type { Flip } from './flips.ts'
import { type Hold, type Loss, putLoss } from './guard/state.ts'
import { nodeOf } from './pods.ts'
import type { Reach, Rollout } from './rollout-state.ts'
import { countAll, slotFor } from './slots.ts'
import {
  type Causes,
  type ClusterState,
  createDaemonSet,
  createState,
  type DaemonSet,
  type FailedBackoff,
  indexAdd,
  keyOf,
  type Retry,
} from './state.ts'
import { addStray } from './strays.ts'

type DaemonSetSnapshot = {
  facts: DaemonSetFacts
  written: DaemonSet['written']
  collisionCount: number | null
  statusNotBefore: number
  current: DaemonSet['current']
  creationHold: DaemonSet['creationHold']
  pace: DaemonSet['pace']
  saidNonsense: readonly string[]
  losses: [string, Loss][]
  holds: Hold[]
  failedBackoffs: [string, FailedBackoff][]
  flips: [string, Flip][]
  dirty: [string, Causes][]
  dirtyWhole: Causes | null
  lastDecision: string
  rollout: Rollout
  rolledBackTo: string | null
  knownBad: readonly string[]
  /** Every slot: node names whose slot exists, with the gist of its last decision, and how the rollout reached it. */
  slots: [string, string, Reach][]
}

type Snapshot = {
  format: 10
  cluster: string
  position: number
  now: number
  mode: Mode
  modeIsAsked: boolean
  guard: GuardSettings | null
  creationRate: ClusterState['creationRate']
  pace: ClusterState['pace']
  intents: string[]
  clusterUid: string | null
  relists: [
    Kind,
    { synced: boolean; open: { id: string; listed: string[] } | null; begun: string[]; reached: string | null },
  ][]
  nodes: NodeFacts[]
  pods: { facts: PodFacts; provisional: boolean }[]
  revisions: { facts: RevisionFacts; provisional: boolean }[]
  daemonSets: DaemonSetSnapshot[]
  /** In the order of issue, which is part of the state. */
  flights: { command: Command; since: number; observed: boolean }[]
  retries: [string, Retry][]
  wakes: [string, number[]][]
}

const sorted = <V>(entries: Iterable<readonly [string, V]>): [string, V][] =>
  [...entries].map(([key, value]): [string, V] => [key, value]).sort(([a], [b]) => (a < b ? -1 : 1))

/** The whole state as plain data, in an order that depends on nothing but its content. */
export function snapshotOf(state: ClusterState): Json {
  const snapshot: Snapshot = {
    format: 10,
    cluster: state.cluster,
    position: state.position,
    now: state.now,
    mode: state.mode,
    modeIsAsked: state.modeIsAsked,
    guard: state.guard,
    creationRate: state.creationRate,
    pace: state.pace,
    intents: [...state.intents],
    clusterUid: state.clusterUid,
    relists: sorted(Object.entries(state.relists)).map(([kind, { synced, open, begun, reached }]) => [
      kind as Kind,
      { synced, open: open && { id: open.id, listed: [...open.listed].sort() }, begun: [...begun], reached },
    ]),
    nodes: sorted(state.nodes).map(([, node]) => node),
    pods: sorted(state.pods).map(([, { facts, provisional }]) => ({ facts, provisional })),
    revisions: sorted(state.revisions).map(([, { facts, provisional }]) => ({ facts, provisional })),
    daemonSets: sorted(state.daemonSets).map(([, daemonSet]) => daemonSetSnapshot(daemonSet)),
    flights: [...state.flights.values()].map(({ command, since, observed }) => ({ command, since, observed })),
    retries: sorted(state.retries),
    wakes: sorted(state.wakes).map(([key, times]) => [key, [...times].sort((a, b) => a - b)]),
  }
  return snapshot as unknown as Json
}

function daemonSetSnapshot(daemonSet: DaemonSet): DaemonSetSnapshot {
  const { facts, written, collisionCount, statusNotBefore, current, creationHold, dirtyWhole, lastDecision } = daemonSet
  return {
    facts,
    written,
    collisionCount,
    statusNotBefore,
    current,
    creationHold,
    pace: daemonSet.pace,
    losses: sorted(daemonSet.guard.losses).map(([node, loss]) => [node, { ...loss }]),
    holds: sorted(daemonSet.guard.holds).map(([, hold]) => ({ ...hold })),
    saidNonsense: [...daemonSet.saidNonsense],
    failedBackoffs: sorted(daemonSet.failedBackoffs),
    flips: sorted(daemonSet.flips),
    dirty: sorted(daemonSet.dirty),
    dirtyWhole,
    lastDecision,
    rollout: { ...daemonSet.rollout },
    rolledBackTo: daemonSet.rolledBackTo,
    knownBad: [...daemonSet.knownBad],
    slots: [...daemonSet.slots]
      .map(([node, { lastDecision, reach }]): [string, string, Reach] => [node, lastDecision, reach])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  }
}

/** A state from its snapshot: the same fingerprint, the same decisions from here on. @throws Error on another format. */
export function restore(json: Json): ClusterState {
  const snapshot = json as unknown as Snapshot
  if (snapshot?.format !== 10)
    throw new Error(`snapshot format ${snapshot?.format} is not known to this core: fold the ledger`)
  const state = createState(snapshot.cluster)
  state.position = snapshot.position
  state.now = snapshot.now
  state.mode = snapshot.mode
  state.modeIsAsked = snapshot.modeIsAsked
  state.guard = snapshot.guard
  state.creationRate = snapshot.creationRate
  state.pace = snapshot.pace
  state.intents.push(...snapshot.intents)
  state.clusterUid = snapshot.clusterUid
  for (const [kind, { open, begun, ...relist }] of snapshot.relists) {
    const listed = open && { id: open.id, listed: new Set(open.listed) }
    state.relists[kind] = { ...relist, open: listed, begun: [...begun] }
  }
  for (const node of snapshot.nodes) state.nodes.set(node.name, node)
  for (const { facts, provisional } of snapshot.revisions) {
    const key = keyOf(facts.namespace, facts.name)
    state.revisions.set(key, { facts, provisional })
    indexAdd(state.revisionsByNamespace, facts.namespace, key)
  }
  for (const part of snapshot.daemonSets) restoreDaemonSet(state, part)
  for (const { facts, provisional } of snapshot.pods) restorePod(state, facts, provisional)
  for (const flight of snapshot.flights) {
    state.flights.set(flight.command.id, { ...flight })
    if (!flight.observed) restoreFlight(state, flight.command)
  }
  for (const [key, retry] of snapshot.retries) state.retries.set(key, { ...retry })
  for (const part of snapshot.daemonSets) restoreDerived(state, part)
  // Counting has armed wake-ups anew; what was armed is what the snapshot says.
  state.wakes.clear()
  state.nextWake = Number.POSITIVE_INFINITY
  for (const [key, times] of snapshot.wakes) {
    state.wakes.set(key, [...times])
    state.nextWake = Math.min(state.nextWake, ...times)
  }
  return state
}

function restoreDaemonSet(state: ClusterState, part: DaemonSetSnapshot): void {
  const daemonSet = createDaemonSet(part.facts)
  const { namespace, name, uid } = part.facts
  state.daemonSets.set(uid, daemonSet)
  const named = state.daemonSetsByNamespace.get(namespace)
  if (named) named.set(name, daemonSet)
  else state.daemonSetsByNamespace.set(namespace, new Map([[name, daemonSet]]))
  daemonSet.current = part.current
  for (const [node] of part.slots) slotFor(state, daemonSet, node)
}

function restorePod(state: ClusterState, facts: PodFacts, provisional: boolean): void {
  const key = keyOf(facts.namespace, facts.name)
  const pod = { facts, node: nodeOf(facts), provisional }
  state.pods.set(key, pod)
  if (facts.owner === null) {
    indexAdd(state.orphansByNamespace, facts.namespace, key)
    for (const daemonSet of state.daemonSetsByNamespace.get(facts.namespace)?.values() ?? [])
      fileOrphan(state, daemonSet, key, pod)
  } else if (facts.owner.kind === 'DaemonSet') {
    indexAdd(state.podsByOwner, facts.owner.uid, key)
    const daemonSet = state.daemonSets.get(facts.owner.uid)
    if (daemonSet) fileOwned(state, daemonSet, key, pod)
    else addStray(state, key, pod)
  }
}

function restoreFlight(state: ClusterState, command: Command): void {
  state.flightsByKey.set(flightKey(command), command.id)
  const node = nodeOfFlight(command)
  const daemonSet = state.daemonSets.get(command.daemonSet.uid)
  if (node === undefined || !daemonSet) return
  slotFor(state, daemonSet, node).inFlight += 1
  if (command.type === 'CreatePod') daemonSet.creating += 1
}

/** What filing and counting have touched is put back as it was. */
function restoreDerived(state: ClusterState, part: DaemonSetSnapshot): void {
  const daemonSet = state.daemonSets.get(part.facts.uid)
  if (!daemonSet) return
  daemonSet.written = part.written
  daemonSet.collisionCount = part.collisionCount
  daemonSet.statusNotBefore = part.statusNotBefore
  daemonSet.current = part.current
  daemonSet.creationHold = part.creationHold
  daemonSet.pace = part.pace
  for (const [node, loss] of part.losses) putLoss(daemonSet.guard, node, { ...loss })
  for (const hold of part.holds) daemonSet.guard.holds.set(hold.id, { ...hold })
  daemonSet.saidNonsense = part.saidNonsense
  for (const [node, flip] of part.flips) daemonSet.flips.set(node, flip)
  for (const [node, backoff] of part.failedBackoffs) daemonSet.failedBackoffs.set(node, { ...backoff })
  daemonSet.rollout = { ...part.rollout }
  daemonSet.rolledBackTo = part.rolledBackTo
  daemonSet.knownBad = part.knownBad
  for (const [node, gist, reach] of part.slots) {
    Object.assign(slotFor(state, daemonSet, node), { lastDecision: gist, reach })
    noteHeld(daemonSet, node, gist)
  }
  countAll(state, daemonSet)
  daemonSet.dirty.clear()
  for (const [node, causes] of part.dirty) daemonSet.dirty.set(node, [...causes])
  daemonSet.dirtyWhole = part.dirtyWhole && [...part.dirtyWhole]
  daemonSet.lastDecision = part.lastDecision
}

/** Digest of the whole state: equal for equal logs, whatever the batches, restarts and snapshots on the way. */
export function fingerprint(state: ClusterState): string {
  return digestOf(snapshotOf(state))
}
