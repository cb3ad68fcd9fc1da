import type { Event, Kind, PodFacts, RevisionFacts } from '@rollcall/contracts'
import { changedBy, daemonSetFacts, type KubeObject, nodeFacts, podFacts, revisionFacts } from '@rollcall/kube'

type Envelope = { readonly cluster: string; readonly at: number }
export type Identity = { readonly namespace: string; readonly name: string; readonly uid: string }

/** One object slimmed: its identity, what is compared, and the events that tell it. */
export type Slim = {
  readonly identity: Identity
  readonly facts: { readonly resourceVersion: string }
  readonly isInSet: boolean
  observed(envelope: Envelope): Event
  gone(envelope: Envelope): Event
}

/** Slims a raw object; throws FactsError for an odd one. */
export type Slimmer = (object: KubeObject) => Slim

/** A template this long is left out of the log: it is for people only, and a record has limits. */
const templateCharactersMax = 256 * 1024

export function slimmerOf(kind: Kind, pods: 'relevant' | 'all'): Slimmer {
  switch (kind) {
    case 'Node':
      return slimNode
    case 'Pod':
      return object => slimPod(object, pods)
    case 'DaemonSet':
      return slimDaemonSet
    case 'ControllerRevision':
      return slimRevision
  }
}

const slimNode: Slimmer = object => {
  const node = nodeFacts(object)
  const { name, uid, resourceVersion } = node
  return {
    identity: { namespace: '', name, uid },
    facts: node,
    isInSet: true,
    observed: envelope => ({ type: 'NodeObserved', ...envelope, node, by: changedBy(object) }),
    gone: envelope => ({ type: 'NodeGone', ...envelope, name, uid, resourceVersion }),
  }
}

function slimPod(object: KubeObject, pods: 'relevant' | 'all'): Slim {
  const pod = podFacts(object)
  const { namespace, name, uid, resourceVersion } = pod
  return {
    identity: { namespace, name, uid },
    facts: pod,
    isInSet: pods === 'all' || isRelevant(pod),
    observed: envelope => ({ type: 'PodObserved', ...envelope, pod, by: changedBy(object) }),
    gone: envelope => ({ type: 'PodGone', ...envelope, namespace, name, uid, resourceVersion }),
  }
}

/** Owned by a DaemonSet, or without controller and with labels: a selector could match it (spec §6). */
function isRelevant({ owner, labels }: PodFacts): boolean {
  if (owner === null) return Object.keys(labels).length > 0
  return owner.kind === 'DaemonSet' && owner.apiVersion.startsWith('apps/')
}

const slimDaemonSet: Slimmer = object => {
  const daemonSet = daemonSetFacts(object)
  const { namespace, name, uid, resourceVersion } = daemonSet
  return {
    identity: { namespace, name, uid },
    facts: daemonSet,
    isInSet: true,
    observed: envelope => ({ type: 'DaemonSetObserved', ...envelope, daemonSet, by: changedBy(object) }),
    gone: envelope => ({ type: 'DaemonSetGone', ...envelope, namespace, name, uid, resourceVersion }),
  }
}

const slimRevision: Slimmer = object => {
  const revision = withBoundedTemplate(revisionFacts(object))
  const { namespace, name, uid, resourceVersion } = revision
  return {
    identity: { namespace, name, uid },
    facts: revision,
    isInSet: true,
    observed: envelope => ({ type: 'RevisionObserved', ...envelope, revision, by: changedBy(object) }),
    gone: envelope => ({ type: 'RevisionGone', ...envelope, namespace, name, uid, resourceVersion }),
  }
}

function withBoundedTemplate(revision: RevisionFacts): RevisionFacts {
  if (JSON.stringify(revision.template).length <= templateCharactersMax) return revision
  return { ...revision, template: null }
}
