import type { CommandOf } from '@rollcall/contracts'
import { type Address, ApiError } from '@rollcall/kube'
import { type DaemonSetRef, objectIn, ownerReferenceTo, textIn } from '../kube-objects.ts'
import { lostObject } from './lost-object.ts'
import { type Answer, answered, answerOf, done, ownAnswer, type Settlement, settle } from './settlement.ts'
import type { Apply, Tools } from './tools.ts'

type Dependent = {
  readonly kind: 'Pod' | 'ControllerRevision'
  readonly daemonSet: DaemonSetRef
  readonly name: string
  readonly uid: string
}

export const adoptPod: Apply<'AdoptPod'> = (command, tools, signal) => adopt(podOf(command), tools, signal)
export const releasePod: Apply<'ReleasePod'> = (command, tools, signal) => release(podOf(command), tools, signal)
export const adoptRevision: Apply<'AdoptRevision'> = (command, tools, signal) =>
  adopt(revisionOf(command), tools, signal)
export const releaseRevision: Apply<'ReleaseRevision'> = (command, tools, signal) =>
  release(revisionOf(command), tools, signal)

function podOf({ daemonSet, pod }: CommandOf<'AdoptPod'> | CommandOf<'ReleasePod'>): Dependent {
  return { kind: 'Pod', daemonSet, ...pod }
}

function revisionOf({ daemonSet, revision }: CommandOf<'AdoptRevision'> | CommandOf<'ReleaseRevision'>): Dependent {
  return { kind: 'ControllerRevision', daemonSet, ...revision }
}

async function adopt(dependent: Dependent, tools: Tools, signal: AbortSignal): Promise<Settlement> {
  const hindrance = await whyNotAdopt(dependent, tools)
  if (hindrance) return settle('refused', null, hindrance)
  const metadata = { ownerReferences: [ownerReferenceTo(dependent.daemonSet)], uid: dependent.uid }
  try {
    const adopted = await tools.calls.patch(addressOf(dependent), 'strategic', { metadata }, signal)
    // Its template may be read by creations from now on.
    if (dependent.kind === 'ControllerRevision') tools.templates.forget(dependent.daemonSet, dependent.name)
    return done(adopted)
  } catch (error) {
    return lostObject(error, targetOf(dependent), tools, signal)
  }
}

/** The reference's words (spec §6.1), because people search for them. */
async function whyNotAdopt(dependent: Dependent, tools: Tools): Promise<Answer | null> {
  const { daemonSet } = dependent
  const what = `${daemonSet.namespace}/${daemonSet.name}`
  const refusal = `can't adopt ${dependent.kind} ${daemonSet.namespace}/${dependent.name} (${dependent.uid})`
  try {
    const live = objectIn(await tools.liveDaemonSets.recent(daemonSet), 'metadata')
    const uid = textIn(live, 'uid')
    if (uid !== daemonSet.uid) {
      const why = `original DaemonSet ${what} is gone: got uid ${uid}, wanted ${daemonSet.uid}`
      return ownAnswer('OwnerReplaced', `${refusal}: ${why}`)
    }
    const deletedAt = textIn(live, 'deletionTimestamp')
    return deletedAt === ''
      ? null
      : ownAnswer('OwnerDeleted', `${refusal}: ${what} has just been deleted at ${deletedAt}`)
  } catch (error) {
    const missing = answered(error, 404)
    return { ...answerOf(missing), message: `${refusal}: ${missing.message}` }
  }
}

async function release(dependent: Dependent, tools: Tools, signal: AbortSignal): Promise<Settlement> {
  const metadata = { uid: dependent.uid, ownerReferences: [{ $patch: 'delete', uid: dependent.daemonSet.uid }] }
  try {
    const released = await tools.calls.patch(addressOf(dependent), 'strategic', { metadata }, signal)
    if (dependent.kind === 'ControllerRevision') tools.templates.forget(dependent.daemonSet, dependent.name)
    return done(released)
  } catch (error) {
    // Invalid: it has no owner any more, or it was replaced meanwhile. Either way there is nothing left to release.
    if (error instanceof ApiError && error.code === 422) return settle('superseded', null, answerOf(error))
    return lostObject(error, targetOf(dependent), tools, signal)
  }
}

function targetOf(dependent: Dependent): { address: Address; uid: string; whenGone: 'superseded' } {
  return { address: addressOf(dependent), uid: dependent.uid, whenGone: 'superseded' }
}

function addressOf({ kind, daemonSet, name }: Dependent): Address {
  return { resource: kind, namespace: daemonSet.namespace, name }
}
