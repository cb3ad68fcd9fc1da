import { lostObject } from './lost-object.ts'
import { done } from './settlement.ts'
import type { Apply } from './tools.ts'

/** Sets the pod's label `controller-revision-hash` (spec §4.7 step 5). */
export const relabelPod: Apply<'RelabelPod'> = async ({ daemonSet, pod, hash }, tools, signal) => {
  const address = { resource: 'Pod', namespace: daemonSet.namespace, name: pod.name } as const
  try {
    const metadata = { uid: pod.uid, labels: { 'controller-revision-hash': hash } }
    return done(await tools.calls.patch(address, 'merge', { metadata }, signal))
  } catch (error) {
    return lostObject(error, { address, uid: pod.uid, whenGone: 'superseded' }, tools, signal)
  }
}
