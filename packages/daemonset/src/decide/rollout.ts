import { slotOf } from '@rollcall/contracts'
import { groupOf, isAvailable, isLive, isUpdated } from '../pods.ts'
import type { DaemonSet, Pod, Slot } from '../state.ts'
import { budgetOf } from './budget.ts'
import type { Deciding } from './deciding.ts'
import { reason, record } from './deciding.ts'
import { createPod, deletePods } from './placement.ts'

/** Replaces pods of older templates, by node name (spec §4.3; the reference leaves the order open, §4.9). */
export function decideRollout(deciding: Deciding, daemonSet: DaemonSet): void {
  const { updateStrategy } = daemonSet.facts
  if (updateStrategy.type !== 'RollingUpdate') return
  const budget = budgetOf(daemonSet)
  if (budget === null) {
    const why = reason('rollout-budget-unreadable', '§4.2', { ...updateStrategy })
    record(deciding, daemonSet, null, { verdict: null, action: 'wait', reason: why })
  } else if (budget.maxSurge > 0) {
    decideSurge(deciding, daemonSet, budget.maxSurge)
  } else {
    decideReplacements(deciding, daemonSet, budget.maxUnavailable)
  }
}

function decideReplacements(deciding: Deciding, daemonSet: DaemonSet, maxUnavailable: number): void {
  const { oldAvailable, oldUnavailable, totals } = daemonSet
  if (oldAvailable.size + oldUnavailable.size === 0) return
  const unavailable = totals.unavailableInRollout + deletedHere(deciding, daemonSet)
  const facts = { maxUnavailable, unavailable, desired: totals.desired, revision: daemonSet.current?.name ?? null }
  for (const node of [...oldUnavailable].sort()) {
    replace(deciding, daemonSet, node, reason('rollout-replace-unavailable', '§4.3', facts))
  }
  const budget = Math.max(0, maxUnavailable - unavailable)
  if (budget === 0) return
  for (const node of [...oldAvailable].sort().slice(0, budget)) {
    replace(deciding, daemonSet, node, reason('rollout-replace', '§4.3', facts))
  }
}

/** Available pods that this very decision point deletes for other reasons: they will be missing, too. */
function deletedHere(deciding: Deciding, daemonSet: DaemonSet): number {
  let count = 0
  for (const command of deciding.commands) {
    if (command.type !== 'DeletePod' || command.daemonSet.uid !== daemonSet.facts.uid || command.node === null) continue
    const figures = daemonSet.slots.get(command.node)?.figures
    if (figures && figures.unavailableInRollout === 0) count += 1
  }
  return count
}

function replace(deciding: Deciding, daemonSet: DaemonSet, node: string, why: ReturnType<typeof reason>): void {
  const slot = daemonSet.slots.get(node)
  const old = slot && groupOf(slot.pods).find(isLive)
  if (slot && old && !deciding.issued.has(`DeletePod/${old.facts.uid}`))
    deletePods(deciding, daemonSet, slot, [old], why)
}

/** New pods are started beside the old ones (spec §4.4). A node that is gone counts as one the DaemonSet has left. */
function decideSurge(deciding: Deciding, daemonSet: DaemonSet, maxSurge: number): void {
  const { totals } = daemonSet
  let surge = 0
  let available = 0
  const regardless: Slot[] = []
  const candidates: Slot[] = []
  const sunset: [Slot, Pod][] = []
  for (const node of [...daemonSet.slots.keys()].sort()) {
    const slot = daemonSet.slots.get(node) as Slot
    const { fresh, old, excess } = pair(daemonSet, slot)
    if (excess || slot.inFlight > 0 || deciding.issued.has(slotOf(daemonSet.facts.uid, node))) {
      surge += 1
      continue
    }
    const isUp = (pod: Pod | null) => pod !== null && isAvailable(pod, daemonSet.facts, deciding.state.now)
    if (isUp(old ?? fresh)) available += 1
    if (!old) continue
    if (fresh) {
      if (isUp(fresh)) deletePods(deciding, daemonSet, slot, [old], reason('surge-finish', '§4.4 step 5'))
      else surge += 1
    } else if (slot.verdict === 'shouldRun') {
      if (isUp(old)) candidates.push(slot)
      else regardless.push(slot)
    } else if (isUp(old)) {
      sunset.push([slot, old])
    } else {
      deletePods(deciding, daemonSet, slot, [old], reason('surge-leave-node', '§4.4 step 4'))
    }
  }
  for (const [slot, old] of sunset.slice(0, Math.max(0, available - totals.desired))) {
    deletePods(deciding, daemonSet, slot, [old], reason('surge-sunset', '§4.4', { available, desired: totals.desired }))
  }
  const facts = { maxSurge, surge, desired: totals.desired, revision: daemonSet.current?.name ?? null }
  for (const slot of regardless)
    createPod(deciding, daemonSet, slot, reason('surge-replace-unavailable', '§4.4 step 4', facts))
  for (const slot of candidates.slice(0, Math.max(0, maxSurge - surge))) {
    createPod(deciding, daemonSet, slot, reason('surge-replace', '§4.4', facts))
  }
}

/** The live pods of a slot by template; more than one of either kind is excess (spec §4.2). */
function pair(daemonSet: DaemonSet, slot: Slot): { fresh: Pod | null; old: Pod | null; excess: boolean } {
  const live = groupOf(slot.pods).filter(isLive)
  const fresh = live.filter(pod => isUpdated(pod, daemonSet))
  const old = live.filter(pod => !isUpdated(pod, daemonSet))
  return { fresh: fresh[0] ?? null, old: old[0] ?? null, excess: fresh.length > 1 || old.length > 1 }
}
