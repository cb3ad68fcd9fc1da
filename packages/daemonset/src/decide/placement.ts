import { overrideLabel, overrideValue, type PodAsked, podNameFor, type Reason } from '@rollcall/contracts'
import { eligibilityOf } from '../eligibility.ts'
import { createKey, isHeldBack } from '../flights.ts'
import { freshFlip } from '../flips.ts'
import { isGuarded } from '../guard/settings.ts'
import { type Override, overrideFor } from '../overrides.ts'
import { carriesPresentHash, comparePods, groupOf, isActive, isAvailable, isLive, isUpdated } from '../pods.ts'
import type { DaemonSet, FailedBackoff, Pod, Slot } from '../state.ts'
import { scaled } from './budget.ts'
import { creationsLeft, leaveLine, onStoppedNode, whyNotCreate } from './creation-holds.ts'
import { type Deciding, idFor, isPending, issue, issueAs, reason, record, recordEvent, wakeMark } from './deciding.ts'
import { waitsForEviction } from './eviction-holds.ts'
import { olderRevisionFor } from './older-revision.ts'

const backoffInitialMs = 1000
const backoffMaxMs = 15 * 60_000

/**
 * Every dirty slot, by node name. Then those that stand in line with their creation, as many as may try: a node that was
 * refused itself comes last, or it would hold the others for ever.
 */
export function decideSlots(deciding: Deciding, daemonSet: DaemonSet, awaiting: ReadonlySet<string>): void {
  const { dirty, heldCreations, slots, facts } = daemonSet
  const { state } = deciding
  const nodes = [...dirty.keys()].sort()
  const decideOn = (node: string) => {
    const slot = slots.get(node)
    if (slot) decideSlot(deciding, daemonSet, slot, awaiting.has(node))
  }
  if (daemonSet.creationHold === null && heldCreations.size === 0) {
    for (const node of nodes) decideOn(node)
    return
  }
  const wasRefused = (node: string) => (state.retries.get(createKey(facts.uid, node))?.failures ?? 0) > 0
  for (const refused of [false, true]) {
    for (const node of nodes) if (wasRefused(node) === refused) decideOn(node)
    for (const node of heldCreations) {
      if (creationsLeft(deciding, daemonSet) <= 0) break
      if (dirty.has(node) || wasRefused(node) !== refused || isHeldBack(state, createKey(facts.uid, node))) continue
      decideOn(node)
    }
  }
}

/** Creates the slot's pod, unless something holds it back. `mayBeOlder` false: by the rollout itself. */
export function createPod(
  deciding: Deciding,
  daemonSet: DaemonSet,
  slot: Slot,
  why: Reason,
  { mayBeOlder }: { readonly mayBeOlder: boolean } = { mayBeOlder: true },
): boolean {
  const { facts, current } = daemonSet
  const { verdict, node } = slot
  const held = whyNotCreate(deciding, daemonSet, slot)
  if (held) {
    record(deciding, daemonSet, node, { verdict, action: 'wait', reason: held })
    return false
  }
  if (current === null) return false
  const older = mayBeOlder ? olderRevisionFor(deciding, daemonSet, slot) : null
  const id = idFor(deciding, daemonSet, node, 'CreatePod', '')
  const commands = issueAs(deciding, daemonSet, node, id, {
    type: 'CreatePod',
    node,
    podName: podNameFor(facts.name, id),
    revision: older ? { name: older.name, hash: older.hash } : { name: current.name, hash: current.hash },
    templateGeneration: older ? null : facts.templateGeneration,
    asked: askedOf(deciding, daemonSet, slot),
  })
  leaveLine(deciding, daemonSet, slot)
  const said = older ? { ...why, facts: { ...why.facts, olderRevision: older.name, olderBecause: older.because } } : why
  record(deciding, daemonSet, node, { verdict, action: 'create', reason: said, commands })
  return true
}

/** In what the pod is to differ, because the DaemonSet asks for it. */
function askedOf(deciding: Deciding, daemonSet: DaemonSet, slot: Slot): PodAsked | null {
  const { withoutTolerations } = daemonSet.policy
  const override = overrideOf(deciding, daemonSet, slot)
  if (withoutTolerations.length === 0 && override === null) return null
  const named = override && { name: override.name, digest: override.digest }
  return { withoutTolerations: [...withoutTolerations], override: named }
}

function overrideOf({ state }: Deciding, { policy }: DaemonSet, slot: Slot): Override | null {
  const node = policy.resourceOverrides.length === 0 ? undefined : state.nodes.get(slot.node)
  return node ? overrideFor(policy.resourceOverrides, node) : null
}

/** The resources a pod was created with are not those it would get now; null: they are. */
function outdatedOverride(deciding: Deciding, daemonSet: DaemonSet, slot: Slot, { facts }: Pod): Reason | null {
  const wanted = overrideOf(deciding, daemonSet, slot)
  const has = facts.labels[overrideLabel] ?? null
  const wants = wanted && overrideValue(wanted)
  return has === wants ? null : reason('override-outdated', 'k/k#88898', { pod: facts.name, has, wants })
}

/** Its pod is of an older template, and stays because the node is being stopped; null: it does not. */
function keptByStop(deciding: Deciding, daemonSet: DaemonSet, slot: Slot, { facts }: Pod): Reason | null {
  const stop = slot.figures.stopped === 1 ? onStoppedNode(deciding, daemonSet, slot) : null
  return stop && reason('old-pod-on-stopped-node', stop.source, { pod: facts.name, ...stop.facts })
}

type Removal = {
  /** Ids of further commands of the same decision. */
  readonly also?: readonly string[]
  /** The pods could stay: where it is asked for, they are evicted, by the leave of their budgets. */
  readonly isVoluntary?: boolean
}

/** Deletes pods of a slot, unless that was refused lately. */
export function deletePods(
  deciding: Deciding,
  daemonSet: DaemonSet,
  slot: Slot,
  pods: readonly Pod[],
  why: Reason,
  { also = [], isVoluntary = false }: Removal = {},
): void {
  const { verdict, node } = slot
  const type = isVoluntary && daemonSet.policy.removal === 'evict' ? 'EvictPod' : 'DeletePod'
  const commands = [...also]
  for (const { facts } of pods) {
    const key = `${type}/${facts.uid}`
    if (isPending(deciding, key)) continue
    deciding.issued.add(key)
    const pod = { name: facts.name, uid: facts.uid }
    commands.push(...issue(deciding, daemonSet, node, facts.uid, { type, node, pod }))
  }
  record(deciding, daemonSet, node, { verdict, action: 'delete', reason: why, commands })
}

/** The decision table of one slot (spec §3.3). Nothing is decided while something is under way there. */
export function decideSlot(deciding: Deciding, daemonSet: DaemonSet, slot: Slot, awaitsAdoption: boolean): void {
  if (slot.inFlight > 0 || awaitsAdoption) return
  const group = groupOf(slot.pods)
  if (slot.verdict === 'unknownNode') {
    decideVanished(deciding, daemonSet, slot, group)
    return
  }
  const node = deciding.state.nodes.get(slot.node)
  if (!node) return
  const { facts, policy } = daemonSet
  const why = () => eligibilityOf(facts.template, node, { without: policy.withoutTolerations }).reason
  if (slot.verdict === 'shouldNotRun') {
    const live = group.filter(isLive)
    const flip = live.length === 0 ? null : freshFlip(deciding.state, daemonSet, slot.node)
    if (flip) waitOut(deciding, daemonSet, slot, flip, why())
    else if (isGuarded(deciding.state, daemonSet, slot)) deciding.losing.push(slot)
    else if (live.length > 0) leaveNode(deciding, daemonSet, slot, live, why())
    else record(deciding, daemonSet, slot.node, { verdict: slot.verdict, action: 'none', reason: why() })
    return
  }
  if (group.length === 0) {
    if (slot.verdict === 'shouldRun') createPod(deciding, daemonSet, slot, why())
    else record(deciding, daemonSet, slot.node, { verdict: slot.verdict, action: 'none', reason: why() })
    return
  }
  decideOccupied(deciding, daemonSet, slot, group, why)
}

/** The node does not fit any more. Where it drives pods out (NoExecute), it would not ask budgets either. */
export function leaveNode(
  deciding: Deciding,
  daemonSet: DaemonSet,
  slot: Slot,
  live: readonly Pod[],
  why: Reason,
): void {
  const isVoluntary = why.rule !== 'taint-not-tolerated'
  const leaving = isVoluntary ? live.filter(pod => !waitsForEviction(deciding, daemonSet, slot, pod)) : live
  if (leaving.length > 0) deletePods(deciding, daemonSet, slot, leaving, why, { isVoluntary })
}

/** The node may fit again in a moment: its pods stay until it has not fitted for long enough. */
function waitOut(
  deciding: Deciding,
  daemonSet: DaemonSet,
  { node, verdict }: Slot,
  { count, until }: { readonly count: number; readonly until: number },
  why: Reason,
): void {
  wakeMark(deciding, daemonSet, node, until)
  const facts = { fits: false, flips: count, until, because: why.rule }
  record(deciding, daemonSet, node, { verdict, action: 'wait', reason: reason('node-flaps', 'k/k#53556', facts) })
}

/** Pods whose node does not exist: unbound ones can never be bound; bound ones are left to the pod GC (spec §3.3). */
function decideVanished(deciding: Deciding, daemonSet: DaemonSet, slot: Slot, group: readonly Pod[]): void {
  const unbound = group.filter(pod => pod.facts.nodeName === null && isLive(pod))
  if (unbound.length > 0) deletePods(deciding, daemonSet, slot, unbound, reason('node-gone', '§3.3', { unbound: true }))
  else
    record(deciding, daemonSet, slot.node, {
      verdict: slot.verdict,
      action: 'none',
      reason: reason('node-gone', '§3.3'),
    })
}

/** Rows 3 to 11: the node may keep its pod. */
function decideOccupied(
  deciding: Deciding,
  daemonSet: DaemonSet,
  slot: Slot,
  group: readonly Pod[],
  why: () => Reason,
): void {
  const live = group.filter(isLive)
  const finished = live.filter(({ facts }) => facts.phase === 'Succeeded')
  const failed = live.filter(({ facts }) => facts.phase === 'Failed').sort(comparePods)
  const active = live.filter(isActive)
  if (finished.length > 0) {
    const events = finished.flatMap(({ facts }) =>
      recordEvent(
        deciding,
        daemonSet,
        'Normal',
        'SucceededDaemonPod',
        `Found succeeded daemon pod ${facts.namespace}/${facts.name} on node ${slot.node}, will try to delete it`,
      ),
    )
    deletePods(deciding, daemonSet, slot, finished, reason('pod-succeeded', '§3.3 row 6'), { also: events })
  }
  if (failed[0]) decideFailed(deciding, daemonSet, slot, failed[0])

  const surge = surges(daemonSet)
  if (active.length === 0 && surge && slot.verdict === 'shouldRun' && !backsOff(daemonSet, failed)) {
    createPod(deciding, daemonSet, slot, reason('surge-replace-inactive', '§3.3 row 9'))
  } else if (active.length > 1) {
    const extra = surge ? surgeExcess(deciding, daemonSet, active) : active.slice(1)
    if (extra.length > 0) {
      const kept = active.find(pod => !extra.includes(pod))?.facts.name ?? null
      deletePods(deciding, daemonSet, slot, extra, reason('duplicate', surge ? '§3.5' : '§3.3 row 8', { kept }))
    }
  }
  if (finished.length + failed.length > 0 || active.length !== 1 || !active[0]) return
  const outdated =
    keptByStop(deciding, daemonSet, slot, active[0]) ?? outdatedOverride(deciding, daemonSet, slot, active[0])
  if (outdated) {
    record(deciding, daemonSet, slot.node, { verdict: slot.verdict, action: 'keep', reason: outdated })
    return
  }
  // A creation explains its pod, unless others made it; what is said here is why a pod that was found, or re-judged, may stay.
  const isOurs = deciding.state.mode === 'control' && slot.lastDecision.includes('|create|')
  if (!isOurs || slot.verdict !== 'shouldRun') {
    record(deciding, daemonSet, slot.node, { verdict: slot.verdict, action: 'keep', reason: why() })
  }
}

/** Whether a failed pod holds what surge would create beside it: it goes first, when its back-off lets it (k/k#124388). */
export function backsOff({ policy }: DaemonSet, pods: Iterable<Pod>): boolean {
  return policy.surgeBackOff && groupOf(pods).some(pod => isLive(pod) && pod.facts.phase === 'Failed')
}

/** Any maxSurge above zero, scaled to one node, is at least one (spec §3.3). */
export function surges({ facts: { updateStrategy } }: DaemonSet): boolean {
  return updateStrategy.type === 'RollingUpdate' && (scaled(updateStrategy.maxSurge, 1) ?? 0) > 0
}

/** Two or more active pods with surge: one new and one old may stand side by side until the new one is available (spec §3.5). */
function surgeExcess(deciding: Deciding, daemonSet: DaemonSet, active: readonly Pod[]): Pod[] {
  const fresh = active.filter(pod => carriesPresentHash(pod, daemonSet))
  const old = active.filter(pod => !carriesPresentHash(pod, daemonSet))
  const extra = [...fresh.slice(1), ...old.slice(1)]
  const [newPod] = fresh
  const [oldPod] = old
  if (!newPod || !oldPod) return extra
  // Where budgets are to be asked, its end is the rollout's, which evicts it when the new one is available.
  if (daemonSet.policy.removal === 'evict' && !isUpdated(oldPod, daemonSet)) return extra
  if (!oldPod.facts.ready || isAvailable(newPod, daemonSet.facts, deciding.state.now)) extra.push(oldPod)
  return extra
}

/** Rows 4 and 5: a failed pod is deleted, ever more slowly on the same node (spec §3.9). */
function decideFailed(deciding: Deciding, daemonSet: DaemonSet, slot: Slot, pod: Pod): void {
  const { now } = deciding.state
  const { generation, uid } = daemonSet.facts
  const held = daemonSet.failedBackoffs.get(slot.node)
  const known: FailedBackoff | undefined =
    held && held.generation === generation && now - held.at <= 2 * backoffMaxMs ? held : undefined
  if (known && now - known.at < known.valueMs) {
    const until = known.at + known.valueMs
    wakeMark(deciding, daemonSet, slot.node, until)
    const why = reason('failed-pod-backoff', '§3.3 row 5', { pod: pod.facts.name, until, backoffMs: known.valueMs })
    record(deciding, daemonSet, slot.node, { verdict: slot.verdict, action: 'wait', reason: why })
    return
  }
  const valueMs = known ? Math.min(known.valueMs * 2, backoffMaxMs) : backoffInitialMs
  deciding.marks.push({ kind: 'failedBackoff', daemonSet: uid, node: slot.node, generation, valueMs, at: now })
  const message = `Found failed daemon pod ${pod.facts.namespace}/${pod.facts.name} on node ${slot.node}, will try to kill it`
  const events = recordEvent(deciding, daemonSet, 'Warning', 'FailedDaemonPod', message)
  const why = reason('pod-failed', '§3.3 row 4', { pod: pod.facts.name, status: pod.facts.reason, backoffMs: valueMs })
  deletePods(deciding, daemonSet, slot, [pod], why, { also: events })
}
