import {
  type Command,
  type CommandOf,
  type DaemonSetFacts,
  type Event,
  type Json,
  type Kind,
  type PodFacts,
  type RevisionFacts,
  templateDigest,
} from '@rollcall/contracts'

/**
 * A cluster that exists as events only: it lists itself, and answers commands with the outcome and the observations that a
 * real one would have led to. No rule of DaemonSets in here: it does as it is told.
 */
export type SyntheticCluster = {
  readonly name: string
  /** What a watcher publishes when it starts: identity, and a list of each kind. */
  listed(): Event[]
  /** Carries a command out. Pods are bound and ready at once. */
  answer(command: Command): Event[]
  /** A node's label changes: an event that folds to something and leads to nothing. */
  touchNode(index: number): Event
  /** A pod becomes unready, or ready again. @throws Error while there are none */
  touchPod(index: number): Event
  podCount(): number
}

const daemonSetApi = { apiVersion: 'apps/v1', kind: 'DaemonSet' }

export function createSyntheticCluster(
  name: string,
  size: { readonly nodes: number; readonly daemonSets: number },
  now: () => number,
): SyntheticCluster {
  let version = 1_000
  const next = () => String(++version)
  const stamp = () => ({ cluster: name, at: now() })
  const pods = new Map<string, PodFacts>()
  let touched: string[] = []
  const revisions = new Map<string, RevisionFacts>()
  const daemonSets = new Map(
    Array.from({ length: size.daemonSets }, (_, index) => daemonSetFacts(index, next())).map(facts => [
      facts.uid,
      facts,
    ]),
  )
  const nodeName = (index: number) => `node-${index}`

  const node = (index: number, generation: number): Event => ({
    type: 'NodeObserved',
    ...stamp(),
    node: {
      name: nodeName(index),
      uid: `uid-${nodeName(index)}`,
      resourceVersion: next(),
      createdAt: 1,
      deletedAt: null,
      labels: { 'kubernetes.io/hostname': nodeName(index), touched: String(generation) },
      taints: [],
      unschedulable: false,
      conditions: [{ type: 'Ready', status: 'True', since: 1 }],
    },
    by: null,
  })
  const observed = (facts: DaemonSetFacts): Event => {
    daemonSets.set(facts.uid, facts)
    return { type: 'DaemonSetObserved', ...stamp(), daemonSet: facts, by: null }
  }
  const settled = (command: Command, object: { name: string; uid: string; resourceVersion: string } | null): Event => ({
    type: 'CommandSettled',
    ...stamp(),
    commandId: command.id,
    commandType: command.type,
    slot: command.slot,
    result: 'done',
    object,
    answer: null,
    attempts: 1,
  })

  const list = (kind: Kind, events: readonly Event[], objects: { namespace: string; name: string; uid: string }[]) => {
    const relist = `${kind}-${next()}`
    return [
      { type: 'RelistStarted', ...stamp(), kind, relist, historyReset: false },
      { type: 'RelistListed', ...stamp(), kind, relist, objects },
      ...events,
      { type: 'RelistCompleted', ...stamp(), kind, relist, resourceVersion: next() },
    ] satisfies Event[]
  }

  const createPod = (command: CommandOf<'CreatePod'>): Event[] => {
    const { namespace, name: owner, uid } = command.daemonSet
    const facts: PodFacts = {
      namespace,
      name: command.podName,
      uid: `uid-${command.podName}`,
      resourceVersion: next(),
      createdAt: now(),
      deletedAt: null,
      labels: { app: owner, 'controller-revision-hash': command.revision.hash },
      owner: { ...daemonSetApi, name: owner, uid },
      commandId: command.id,
      nodeName: command.node,
      target: command.node,
      phase: 'Running',
      ready: true,
      readySince: now(),
      reason: null,
      restarts: 0,
      trouble: null,
    }
    pods.set(`${namespace}/${facts.name}`, facts)
    const object = { name: facts.name, uid: facts.uid, resourceVersion: facts.resourceVersion }
    return [settled(command, object), { type: 'PodObserved', ...stamp(), pod: facts, by: null }]
  }

  const createRevision = (command: CommandOf<'CreateRevision'>): Event[] => {
    const { namespace, name: owner, uid } = command.daemonSet
    const facts: RevisionFacts = {
      namespace,
      name: command.name,
      uid: `uid-${command.name}`,
      resourceVersion: next(),
      createdAt: now(),
      deletedAt: null,
      labels: { app: owner, 'controller-revision-hash': command.hash },
      owner: { ...daemonSetApi, name: owner, uid },
      revision: command.revision,
      templateDigest: command.templateDigest,
      template: null,
    }
    revisions.set(`${namespace}/${facts.name}`, facts)
    const object = { name: facts.name, uid: facts.uid, resourceVersion: facts.resourceVersion }
    return [settled(command, object), { type: 'RevisionObserved', ...stamp(), revision: facts, by: null }]
  }

  const writeStatus = (command: CommandOf<'WriteStatus'>): Event[] => {
    const known = daemonSets.get(command.daemonSet.uid)
    if (!known) return [settled(command, null)]
    const facts = { ...known, status: command.status, resourceVersion: next() }
    const object = { name: facts.name, uid: facts.uid, resourceVersion: facts.resourceVersion }
    return [settled(command, object), observed(facts)]
  }

  return {
    name,
    listed: () => [
      {
        type: 'ClusterIdentified',
        ...stamp(),
        clusterUid: `uid-${name}`,
        serverVersion: 'v1.37.2',
        mode: 'control',
        overridesAsked: false,
        guard: null,
        creationRate: null,
      },
      ...list(
        'Node',
        Array.from({ length: size.nodes }, (_, index) => node(index, 0)),
        Array.from({ length: size.nodes }, (_, index) => ({
          namespace: '',
          name: nodeName(index),
          uid: `uid-${nodeName(index)}`,
        })),
      ),
      ...list('ControllerRevision', [], []),
      ...list('Pod', [], []),
      ...list(
        'DaemonSet',
        [...daemonSets.values()].map(observed),
        [...daemonSets.values()].map(({ namespace, name, uid }) => ({ namespace, name, uid })),
      ),
    ],
    answer(command) {
      switch (command.type) {
        case 'CreatePod':
          return createPod(command)
        case 'CreateRevision':
          return createRevision(command)
        case 'WriteStatus':
          return writeStatus(command)
        case 'DeletePod':
        case 'EvictPod': {
          const { namespace } = command.daemonSet
          const key = `${namespace}/${command.pod.name}`
          pods.delete(key)
          const gone = { namespace, name: command.pod.name, uid: command.pod.uid, resourceVersion: next() }
          return [settled(command, null), { type: 'PodGone', ...stamp(), ...gone }]
        }
        default:
          return [settled(command, null)]
      }
    },
    touchNode: index => node(index % size.nodes, version),
    touchPod(index) {
      if (touched.length !== pods.size) touched = [...pods.keys()]
      const key = touched[index % touched.length]
      const known = key === undefined ? undefined : pods.get(key)
      if (key === undefined || !known) throw new Error(`${name} has no pods to touch`)
      const ready = !known.ready
      const facts = { ...known, resourceVersion: next(), ready, readySince: ready ? now() : null }
      pods.set(key, facts)
      return { type: 'PodObserved', ...stamp(), pod: facts, by: null }
    },
    podCount: () => pods.size,
  }
}

function daemonSetFacts(index: number, resourceVersion: string): DaemonSetFacts {
  const name = `agent-${index}`
  const template: Json = { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: `${name}:1` }] } }
  return {
    namespace: 'kube-system',
    name,
    uid: `uid-${name}`,
    resourceVersion,
    generation: 1,
    createdAt: 1,
    deletedAt: null,
    templateGeneration: 1,
    annotations: {},
    selector: { matchLabels: { app: name }, matchExpressions: [] },
    updateStrategy: { type: 'RollingUpdate', maxUnavailable: 1, maxSurge: 0 },
    minReadySeconds: 0,
    revisionHistoryLimit: 10,
    template: {
      digest: templateDigest(template),
      labels: { app: name },
      hostNetwork: false,
      nodeName: null,
      nodeSelector: {},
      affinityTerms: null,
      tolerations: [],
      images: [`${name}:1`],
    },
    status: {
      observedGeneration: 0,
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
}
