import {
  type DaemonSetFacts,
  type Event,
  kinds,
  type NodeFacts,
  type RevisionFacts,
  revisionHash,
  type Taint,
} from '@rollcall/contracts'

/** Events as a watcher would publish them, for tests. */

const start = 1_767_225_600_000

export function createClusterEvents(cluster: string) {
  let at = start
  let version = 100
  const envelope = () => {
    at += 1_000
    return { cluster, at }
  }
  const next = () => String(++version)
  const digest = 'template-1'
  const hash = revisionHash(digest, null)

  const node = (name: string, over: { labels?: Record<string, string>; taints?: Taint[] } = {}): Event => {
    const facts: NodeFacts = {
      name,
      uid: `node-${name}`,
      resourceVersion: next(),
      createdAt: start,
      deletedAt: null,
      labels: { 'kubernetes.io/hostname': name, ...over.labels },
      taints: over.taints ?? [],
      unschedulable: false,
      conditions: [{ type: 'Ready', status: 'True', since: start }],
    }
    return { type: 'NodeObserved', ...envelope(), node: facts, by: { manager: 'kubectl', operation: 'Update', at } }
  }

  const daemonSet = (name: string, nodeSelector: Record<string, string> = {}): Event => {
    const facts: DaemonSetFacts = {
      namespace: 'kube-system',
      name,
      uid: `daemonset-${name}`,
      resourceVersion: next(),
      generation: 1,
      createdAt: start,
      deletedAt: null,
      templateGeneration: null,
      annotations: {},
      selector: { matchLabels: { app: name }, matchExpressions: [] },
      updateStrategy: { type: 'RollingUpdate', maxUnavailable: 1, maxSurge: 0 },
      minReadySeconds: 0,
      revisionHistoryLimit: 10,
      template: {
        digest,
        labels: { app: name },
        hostNetwork: false,
        nodeName: null,
        nodeSelector,
        affinityTerms: null,
        tolerations: [],
        images: [`${name}:1`],
      },
      status: {
        observedGeneration: 1,
        desiredNumberScheduled: 0,
        currentNumberScheduled: 0,
        numberMisscheduled: 0,
        numberReady: 0,
        numberAvailable: 0,
        numberUnavailable: 0,
        updatedNumberScheduled: 0,
        collisionCount: null,
      },
      conditions: [],
    }
    return {
      type: 'DaemonSetObserved',
      ...envelope(),
      daemonSet: facts,
      by: { manager: 'kubectl', operation: 'Apply', at },
    }
  }

  const revision = (name: string): Event => {
    const facts: RevisionFacts = {
      namespace: 'kube-system',
      name: `${name}-${hash}`,
      uid: `revision-${name}`,
      resourceVersion: next(),
      createdAt: start,
      deletedAt: null,
      labels: { app: name, 'controller-revision-hash': hash },
      owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid: `daemonset-${name}` },
      revision: 1,
      templateDigest: digest,
      template: null,
    }
    return { type: 'RevisionObserved', ...envelope(), revision: facts, by: null }
  }

  /** The cluster says who it is, and every kind is listed. */
  const introduced = (...objects: readonly Event[]): Event[] => [
    {
      type: 'ClusterIdentified',
      ...envelope(),
      clusterUid: `uid-${cluster}`,
      serverVersion: 'v1.37.0',
      mode: 'control',
      overridesAsked: false,
      guard: null,
      creationRate: null,
    },
    ...objects,
    ...kinds.flatMap((kind): Event[] => [
      { type: 'RelistStarted', ...envelope(), kind, relist: `list-${kind}`, historyReset: false },
      { type: 'RelistListed', ...envelope(), kind, relist: `list-${kind}`, objects: objects.flatMap(namedIn(kind)) },
      { type: 'RelistCompleted', ...envelope(), kind, relist: `list-${kind}`, resourceVersion: next() },
    ]),
  ]

  return { envelope, next, node, daemonSet, revision, introduced, hash }
}

const namedIn = (kind: string) => (event: Event) => {
  const object =
    event.type === 'NodeObserved' && kind === 'Node'
      ? { namespace: '', ...event.node }
      : event.type === 'DaemonSetObserved' && kind === 'DaemonSet'
        ? event.daemonSet
        : event.type === 'RevisionObserved' && kind === 'ControllerRevision'
          ? event.revision
          : null
  return object === null ? [] : [{ namespace: object.namespace, name: object.name, uid: object.uid }]
}
