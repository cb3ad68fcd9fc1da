import { templateDigest } from '@rollcall/contracts'
import { ApiError } from '@rollcall/kube'
import { identityOf, objectIn } from '../kube-objects.ts'
import { answered, answerOf, done, ownAnswer, settle } from './settlement.ts'
import type { Apply } from './tools.ts'

/**
 * Gives the DaemonSet an earlier template, as `kubectl rollout undo` does: the revision's data is a strategic merge patch (spec §4.6).
 * Bound to the DaemonSet as it was read, so a template that somebody sets meanwhile stays.
 */
export const rollBack: Apply<'RollBack'> = async (command, tools, signal) => {
  const { daemonSet, revision } = command
  const { namespace, name } = daemonSet
  const live = await tools.liveDaemonSets.now(daemonSet, signal).catch((error: unknown) => answered(error, 404))
  if (live instanceof ApiError) return settle('superseded', null, answerOf(live))
  const { uid, resourceVersion } = identityOf(live)
  const digest = templateDigest(objectIn(objectIn(live, 'spec'), 'template'))
  if (uid !== daemonSet.uid || digest !== command.templateDigest) {
    const message = `DaemonSet ${namespace}/${name} is another one, or its template has changed since the decision`
    return settle('superseded', live, ownAnswer('DaemonSetChanged', message))
  }
  const address = { resource: 'ControllerRevision', namespace, name: revision.name } as const
  const target = await tools.calls.get(address, signal).catch((error: unknown) => answered(error, 404))
  if (target instanceof ApiError) return settle('superseded', null, answerOf(target))
  if (identityOf(target).uid !== revision.uid) {
    return settle(
      'superseded',
      live,
      ownAnswer('RevisionChanged', `ControllerRevision ${revision.name} is another one`),
    )
  }
  const patch = { ...objectIn(target, 'data'), metadata: { resourceVersion } }
  return done(await tools.calls.patch({ resource: 'DaemonSet', namespace, name }, 'strategic', patch, signal))
}
