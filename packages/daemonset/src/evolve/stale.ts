import { compareResourceVersions, type Kind } from '@rollcall/contracts'
import type { ClusterState } from '../state.ts'
import { isOver } from './reach.ts'

type Identity = {
  readonly namespace?: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}
type Held = Pick<Identity, 'uid' | 'resourceVersion'>

/** Whether what arrives is a duplicate of, or older than, what is known. `provisional`: the watch has not confirmed it. */
export function isStale(
  state: ClusterState,
  kind: Kind,
  held: Held | undefined,
  arrived: Identity,
  provisional = false,
): boolean {
  if (!held) return isOver(state, kind, arrived)
  const order = compareResourceVersions(arrived.resourceVersion, held.resourceVersion)
  if (order < 0) return true
  return held.uid === arrived.uid && held.resourceVersion === arrived.resourceVersion && !provisional
}
