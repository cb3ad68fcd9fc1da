import { compareResourceVersions, type Kind } from '@rollcall/contracts'
import type { ClusterState } from '../state.ts'

type Identity = {
  readonly namespace?: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

export const listedKey = ({ namespace = '', name, uid }: Omit<Identity, 'resourceVersion'>): string =>
  `${namespace}/${name}/${uid}`

/**
 * Whether an object that is not held has come and gone already: it is as old as what its kind has reached. A list under way
 * that names it knows better: the object does exist.
 */
export function isOver(state: ClusterState, kind: Kind, object: Identity): boolean {
  const { reached, open } = state.relists[kind]
  if (reached === null || compareResourceVersions(object.resourceVersion, reached) > 0) return false
  return !open?.listed.has(listedKey(object))
}

/**
 * A watch has told everything up to here: each tells its kind in the order of resourceVersions, from where the log had got to.
 * So two watchers at a time do no harm either: what the one that lags tells late, the other has told before.
 */
export function reach(state: ClusterState, kind: Kind, resourceVersion: string): void {
  const relist = state.relists[kind]
  if (relist.reached === null || compareResourceVersions(resourceVersion, relist.reached) <= 0) return
  relist.reached = resourceVersion
}

/** A list names objects in no order; while one is under way, an observation may be of the list. */
export function reachByWatch(state: ClusterState, kind: Kind, resourceVersion: string): void {
  if (state.relists[kind].open === null) reach(state, kind, resourceVersion)
}
