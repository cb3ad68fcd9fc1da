import { slotOf } from '@rollcall/contracts'
import type { Causes, ClusterState, DaemonSet } from './state.ts'

/** An auditor wants to know what led here, not every tremor on the way: the latest few causes are kept. */
const causesMax = 4

export function addCause(causes: Causes, position: number): void {
  if (causes.at(-1) === position) return
  if (causes.length === causesMax) causes.shift()
  causes.push(position)
}

/** This slot is to be decided anew, because of the event at the present position. */
export function wakeSlot(state: ClusterState, daemonSet: DaemonSet, node: string): void {
  const causes = daemonSet.dirty.get(node)
  if (causes) addCause(causes, state.position)
  else daemonSet.dirty.set(node, [state.position])
}

/** The DaemonSet as a whole (revisions, ownership, status) is to be decided anew. */
export function wakeWhole(state: ClusterState, daemonSet: DaemonSet): void {
  if (daemonSet.dirtyWhole) addCause(daemonSet.dirtyWhole, state.position)
  else daemonSet.dirtyWhole = [state.position]
}

/** Every slot, because something that concerns all of them changed. */
export function wakeAll(state: ClusterState, daemonSet: DaemonSet): void {
  wakeWhole(state, daemonSet)
  for (const node of daemonSet.slots.keys()) wakeSlot(state, daemonSet, node)
}

/** Look at this slot (node null: the DaemonSet) again at `due`. */
export function wakeLater(state: ClusterState, daemonSetUid: string, node: string | null, due: number): void {
  const key = slotOf(daemonSetUid, node)
  const known = state.wakes.get(key)
  if (!known) state.wakes.set(key, [due])
  else if (!known.includes(due)) known.push(due)
  if (due < state.nextWake) state.nextWake = due
}

/** Takes out what is due by now. Order: by slot key, so that it does not depend on anything but the log. */
export function takeDue(state: ClusterState): { daemonSetUid: string; node: string | null }[] {
  if (state.nextWake > state.now) return []
  const due: string[] = []
  let next = Number.POSITIVE_INFINITY
  for (const [key, times] of state.wakes) {
    const later = times.filter(at => at > state.now)
    if (later.length < times.length) {
      due.push(key)
      if (later.length > 0) state.wakes.set(key, later)
      else state.wakes.delete(key)
    }
    for (const at of later) if (at < next) next = at
  }
  state.nextWake = next
  return due.sort().map(key => {
    const slash = key.indexOf('/')
    const node = key.slice(slash + 1)
    return { daemonSetUid: key.slice(0, slash), node: node === '' ? null : node }
  })
}
