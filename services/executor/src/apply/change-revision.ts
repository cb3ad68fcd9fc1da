import type { Json } from '@rollcall/contracts'
import type { Address } from '@rollcall/kube'
import type { DaemonSetRef } from '../kube-objects.ts'
import { lostObject } from './lost-object.ts'
import { done } from './settlement.ts'
import type { Apply } from './tools.ts'

/** Changes a revision's number, its hash label, or both (spec §4.7 steps 2 and 5). `data` is not touched. */
export const updateRevision: Apply<'UpdateRevision'> = async (command, tools, signal) => {
  const { daemonSet, revision, number, hash } = command
  const address = addressOf(daemonSet, revision.name)
  const labels: { readonly [key: string]: Json } = hash === null ? {} : { 'controller-revision-hash': hash }
  const patch = { metadata: { uid: revision.uid, labels }, ...(number === null ? {} : { revision: number }) }
  try {
    return done(await tools.calls.patch(address, 'merge', patch, signal))
  } catch (error) {
    return lostObject(error, { address, uid: revision.uid, whenGone: 'superseded' }, tools, signal)
  }
}

export const deleteRevision: Apply<'DeleteRevision'> = async ({ daemonSet, revision }, tools, signal) => {
  const address = addressOf(daemonSet, revision.name)
  tools.templates.forget(daemonSet, revision.name)
  try {
    return done(await tools.calls.delete(address, revision.uid, signal))
  } catch (error) {
    return lostObject(error, { address, uid: revision.uid, whenGone: 'alreadyDone' }, tools, signal)
  }
}

function addressOf({ namespace }: DaemonSetRef, name: string): Address {
  return { resource: 'ControllerRevision', namespace, name }
}
