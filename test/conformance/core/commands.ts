import { type Command, type CommandOf, type CommandResult, type Json, templateDigest } from '@rollcall/contracts'
import { printRevision } from '../../../services/executor/src/apply/create-revision.ts'
import { printPodForm } from '../../../services/executor/src/pod/pod-form.ts'
import { at, hashLabel, isObject, type JsonObject, type Manifest, type OwnerReference } from '../manifest.ts'
import type { Ref } from '../world.ts'
import type { ApiServer, Stored } from './api-server.ts'

export type Done = readonly [result: CommandResult, object: Stored | null]

/** Does one command as the API server would; pods and revisions have the form the executor gives them. */
export function apply(server: ApiServer, command: Command, lingers: (pod: Stored) => boolean): Done {
  switch (command.type) {
    case 'CreatePod':
      return createPod(server, command)
    case 'DeletePod':
    case 'EvictPod':
      return deletePod(server, command, lingers)
    case 'AdoptPod':
    case 'ReleasePod':
      return own(server, command, refTo('Pod', command, command.pod.name), command.pod.uid)
    case 'AdoptRevision':
    case 'ReleaseRevision':
      return own(server, command, refTo('ControllerRevision', command, command.revision.name), command.revision.uid)
    case 'RelabelPod': {
      const ref = refTo('Pod', command, command.pod.name)
      if (server.get(ref)?.metadata.uid !== command.pod.uid) return ['superseded', null]
      return ['done', server.patch(ref, { metadata: { labels: { [hashLabel]: command.hash } } })]
    }
    case 'CreateRevision':
      return createRevision(server, command)
    case 'UpdateRevision':
    case 'DeleteRevision':
      return changeRevision(server, command)
    case 'WriteStatus': {
      const ref = refTo('DaemonSet', command, command.daemonSet.name)
      if (server.get(ref)?.metadata.uid !== command.daemonSet.uid) return ['superseded', null]
      const { collisionCount, ...counts } = command.status
      return ['done', server.patch(ref, { status: collisionCount === null ? counts : { ...counts, collisionCount } })]
    }
    case 'RollBack':
    case 'UntaintNode':
      // No case of the reference's asks for it.
      return ['refused', null]
    case 'RecordEvent':
      return ['done', null]
  }
}

const refTo = (kind: Manifest['kind'], { daemonSet }: Command, name: string): Ref => ({
  kind,
  name,
  namespace: daemonSet.namespace,
})

function createPod(server: ApiServer, command: CommandOf<'CreatePod'>): Done {
  const { daemonSet, revision, templateGeneration, podName, node } = command
  const held = server.get(refTo('Pod', command, podName))
  if (held) return ['nameTaken', held]
  const template = at(server.get(refTo('ControllerRevision', command, revision.name))?.data, 'spec', 'template')
  if (!isObject(template)) return ['superseded', null]
  const { $patch: _, ...untouched } = template
  const form = printPodForm({ template: untouched, daemonSet, hash: revision.hash, templateGeneration })
  if (form === null) return ['refused', null]
  const pod = JSON.parse(form.fill({ podName, commandId: command.id, node })) as Manifest
  return ['done', server.put({ ...pod, status: { phase: 'Pending' } })]
}

function deletePod(
  server: ApiServer,
  command: CommandOf<'DeletePod'> | CommandOf<'EvictPod'>,
  lingers: (pod: Stored) => boolean,
): Done {
  const ref = refTo('Pod', command, command.pod.name)
  const held = server.get(ref)
  if (!held) return ['alreadyDone', null]
  if (held.metadata.uid !== command.pod.uid) return ['superseded', held]
  server.remove(ref, lingers(held))
  return ['done', server.get(ref) ?? held]
}

type Claim = CommandOf<'AdoptPod'> | CommandOf<'ReleasePod'> | CommandOf<'AdoptRevision'> | CommandOf<'ReleaseRevision'>

function own(server: ApiServer, command: Claim, ref: Ref, uid: string): Done {
  const held = server.get(ref)
  if (held?.metadata.uid !== uid) return ['superseded', null]
  const others = (held.metadata.ownerReferences ?? []).filter(owner => owner.uid !== command.daemonSet.uid)
  const adopts = command.type === 'AdoptPod' || command.type === 'AdoptRevision'
  // Only one reference may control (spec §6.1).
  if (adopts && others.some(({ controller }) => controller === true)) return ['refused', null]
  const ownerReferences: readonly OwnerReference[] = adopts
    ? [
        ...others,
        {
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          name: command.daemonSet.name,
          uid: command.daemonSet.uid,
          controller: true,
        },
      ]
    : others
  return ['done', server.patch(ref, { metadata: { ownerReferences: ownerReferences as readonly JsonObject[] } })]
}

function createRevision(server: ApiServer, command: CommandOf<'CreateRevision'>): Done {
  const daemonSet = server.get(refTo('DaemonSet', command, command.daemonSet.name))
  const template = daemonSet?.spec?.template
  if (!daemonSet || template === undefined || templateDigest(template) !== command.templateDigest)
    return ['superseded', null]
  const held = server.get(refTo('ControllerRevision', command, command.name))
  if (held) {
    const theirs: Json | undefined = at(held.data, 'spec', 'template')
    return [
      theirs !== undefined && templateDigest(theirs) === command.templateDigest ? 'alreadyDone' : 'collided',
      held,
    ]
  }
  return ['done', server.put(JSON.parse(printRevision(command, daemonSet as unknown as JsonObject)) as Manifest)]
}

function changeRevision(server: ApiServer, command: CommandOf<'UpdateRevision'> | CommandOf<'DeleteRevision'>): Done {
  const ref = refTo('ControllerRevision', command, command.revision.name)
  const held = server.get(ref)
  if (held?.metadata.uid !== command.revision.uid) return ['superseded', null]
  if (command.type === 'DeleteRevision') {
    server.remove(ref, false)
    return ['done', held]
  }
  const labels: JsonObject = command.hash === null ? {} : { [hashLabel]: command.hash }
  const number: JsonObject = command.number === null ? {} : { revision: command.number }
  return ['done', server.patch(ref, { metadata: { labels }, ...number })]
}
