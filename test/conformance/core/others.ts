import { at, isTerminal, isTerminating, nodeOf, phaseOf } from '../manifest.ts'
import { refOf } from '../world.ts'
import type { ApiServer, Stored } from './api-server.ts'

/** Scheduler, kubelets and garbage collector do their part; a kubelet that is silent ends nothing. */
export function tend(server: ApiServer, isSilent: (node: string) => boolean): void {
  for (const pod of server.all('Pod')) {
    const node = nodeOf(pod)
    const bound = at(pod.spec, 'nodeName')
    const exists = node !== null && server.get({ kind: 'Node', name: node }) !== undefined
    if (isTerminating(pod)) {
      if (!isSilent(node ?? '') && (pod.metadata.finalizers ?? []).length === 0) server.drop(refOf(pod))
    } else if (bound === undefined && exists && phaseOf(pod) === 'Pending') {
      server.patch(refOf(pod), { spec: { nodeName: node } })
    }
  }
  collectGarbage(server)
}

/** A bound pod that has not ended is its kubelet's to end. */
export const lingers = (pod: Stored): boolean => at(pod.spec, 'nodeName') !== undefined && !isTerminal(pod)

/** Spec §6.3. */
function collectGarbage(server: ApiServer): void {
  for (const daemonSet of server.all('DaemonSet')) {
    if (!isTerminating(daemonSet)) continue
    const { uid, finalizers = [] } = daemonSet.metadata
    const dependents = dependentsIn(server).filter(({ owner }) => owner === uid)
    for (const { object } of dependents) {
      if (finalizers.includes('orphan')) server.patch(refOf(object), { metadata: { ownerReferences: [] } })
      else if (!isTerminating(object)) removeDependent(server, object)
    }
    if (dependents.length === 0) server.drop(refOf(daemonSet))
  }
  const owners = new Set(server.all('DaemonSet').map(({ metadata }) => metadata.uid))
  for (const { object, owner } of dependentsIn(server)) {
    if (owner === null || owners.has(owner) || isTerminating(object)) continue
    removeDependent(server, object)
  }
}

const removeDependent = (server: ApiServer, object: Stored): void =>
  server.remove(refOf(object), object.kind === 'Pod' && lingers(object))

/** What DaemonSets of this world own, or owned. */
function dependentsIn(server: ApiServer): { object: Stored; owner: string | null }[] {
  return [...server.all('Pod'), ...server.all('ControllerRevision')].map(object => {
    const owner = object.metadata.ownerReferences?.find(
      ({ kind, uid }) => kind === 'DaemonSet' && uid.startsWith('uid-'),
    )
    return { object, owner: owner?.uid ?? null }
  })
}
