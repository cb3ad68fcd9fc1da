import { compareResourceVersions } from '@rollcall/contracts'

type Identity = { readonly uid: string; readonly resourceVersion: string }

/** Whether what arrives is a duplicate of, or older than, what is held. `provisional`: the watch has not confirmed it. */
export function isStale(held: Identity | undefined, arrived: Identity, provisional = false): boolean {
  if (!held) return false
  const order = compareResourceVersions(arrived.resourceVersion, held.resourceVersion)
  if (order < 0) return true
  return held.uid === arrived.uid && held.resourceVersion === arrived.resourceVersion && !provisional
}
