import { createHash } from 'node:crypto'
import {
  type Command,
  type CommandSettled,
  commandId,
  type Decision,
  type DecisionPoint,
  type PodFacts,
  podNameFor,
  slotOf,
} from '@rollcall/contracts'
import type { StreamCommit } from '../src/store.ts'
import { daemonSetFacts, nodeFacts, nodeSeen, podGone, podSeen, type Step } from '../src/testing/fixtures.ts'

/**
 * The log of a cluster in which DaemonSets are rolled out over and over: each pod is created by a command, pends, is
 * bound, runs, is ready (one of 25 fails first), is deleted by a command, terminates and is gone. Now and then a node
 * joins, changes, goes down, or leaves, or a status changes.
 * Names, uids and labels are as long and as random as in a real cluster, because they are what a row costs.
 */

const daemonSets = ['fluent-bit', 'node-exporter', 'cilium', 'ebs-csi-node', 'kube-proxy'].map((name, index) => ({
  namespace: index === 1 ? 'monitoring' : 'kube-system',
  name,
  uid: uuid(`ds-${name}`),
}))

type Churn = {
  /** The next `count` events as one stream commit, with a decision point when one of them leads to a command. */
  next(count: number): StreamCommit
}

export type ChurnOptions = {
  readonly nodes?: number
  /** Pods that are on their way at any moment. */
  readonly inFlight?: number
  /** When the first event is seen, and how long until the next: ms. */
  readonly startAt?: number
  readonly stepMs?: number
}

export function createChurn(cluster: string, options: ChurnOptions = {}): Churn {
  const { nodes = 1_000, inFlight = 200, startAt = 1_767_225_600_000, stepMs = 1 } = options
  let position = 0
  let serial = 0
  let at = startAt
  let decisions: Decision[] = []
  let commands: Command[] = []
  const flying: Generator<Step, void>[] = []

  const decide = (command: Command, node: string, rule: string, action: Decision['action']) => {
    const { daemonSet, id } = command
    const facts = { revision: '6d8f7b9c4d', podsOnNode: action === 'create' ? 0 : 1, unavailable: serial % 7 }
    const reason = { rule, source: '§3.3 row 1', facts }
    const causes = [Math.max(1, position)]
    decisions.push({ daemonSet, node, verdict: 'shouldRun', action, reason, causes, commands: [id] })
    commands.push(command)
  }
  const settle = (command: Command, uid: string, name: string): CommandSettled => ({
    type: 'CommandSettled',
    cluster,
    at,
    commandId: command.id,
    commandType: command.type,
    slot: command.slot,
    result: 'done',
    object: { name, uid, resourceVersion: version() },
    answer: null,
    attempts: 1,
  })
  const version = () => String(481_500_000 + position * 3)

  function* life(): Generator<Step, void> {
    const number = serial++
    const node = nodeName(number % nodes)
    const daemonSet = daemonSets[number % daemonSets.length]
    if (!daemonSet) throw new Error('no DaemonSet')
    const slot = slotOf(daemonSet.uid, node)
    const issued = { cluster, slot, daemonSet }
    const decidedAt = Math.max(1, position + 1)
    const id = commandId({ cluster, position: decidedAt, slot, type: 'CreatePod', subject: '' })
    const name = podNameFor(daemonSet.name, id)
    const revision = { name: `${daemonSet.name}-6d8f7b9c4d`, hash: '6d8f7b9c4d' }
    const creation = { position: decidedAt, issuedAt: at, id, podName: name, revision, templateGeneration: 4 }
    const create: Command = { type: 'CreatePod', ...issued, ...creation, node, asked: null }
    decide(create, node, 'missing-pod', 'create')

    const uid = uuid(`pod-${cluster}-${number}`)
    const createdAt = at - (at % 1_000)
    const pod = (over: Partial<PodFacts>): PodFacts => ({
      namespace: daemonSet.namespace,
      name,
      uid,
      resourceVersion: version(),
      createdAt,
      deletedAt: null,
      labels: {
        'app.kubernetes.io/instance': daemonSet.name,
        'app.kubernetes.io/name': daemonSet.name,
        'controller-revision-hash': '6d8f7b9c4d',
        'pod-template-generation': '4',
      },
      owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: daemonSet.name, uid: daemonSet.uid },
      commandId: create.id,
      nodeName: null,
      target: node,
      phase: 'Pending',
      ready: false,
      readySince: null,
      reason: null,
      restarts: 0,
      trouble: null,
      ...over,
    })
    const running = { nodeName: node, phase: 'Running' }
    const created = settle(create, uid, name)
    yield {
      event: created,
      effects: [
        { kind: 'commandSettled', commandId: create.id, settled: created },
        { kind: 'podPut', pod: pod({}), node, provisional: true },
      ],
    }
    yield podSeen(cluster, at, pod({}))
    yield podSeen(cluster, at, pod({ nodeName: node }))
    yield podSeen(cluster, at, pod(running))
    const readySince = at - (at % 1_000)
    yield podSeen(cluster, at, pod({ ...running, ready: true, readySince }))
    const failed = { nodeName: node, phase: 'Failed', reason: 'Evicted' }
    if (number % 25 === 0) yield podSeen(cluster, at, pod(failed))

    const end = commandId({ cluster, position: position + 1, slot, type: 'DeletePod', subject: uid })
    const deletion = { position: Math.max(1, position + 1), issuedAt: at, id: end, node, pod: { name, uid } }
    const remove: Command = { type: 'DeletePod', ...issued, ...deletion }
    decide(remove, node, 'rollout-replace', 'delete')
    const deleted = settle(remove, uid, name)
    yield { event: deleted, effects: [{ kind: 'commandSettled', commandId: end, settled: deleted }] }
    yield podSeen(cluster, at, pod({ ...running, ready: true, readySince, deletedAt: at + 30_000 }))
    yield podGone(cluster, at, pod(running))
  }

  /** Of four looks at nodes: one changes, one goes down, one joins, and one leaves. */
  const ofNode = (turn: number): Step => {
    const joins = nodeName(nodes + Math.floor(turn / 4))
    const name = turn % 4 < 2 ? nodeName((turn * 100) % nodes) : joins
    const isReady = turn % 4 !== 1
    const facts = nodeFacts(name, {
      uid: uuid(name),
      resourceVersion: version(),
      labels: labelsOf(name),
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'Unknown', since: at - (at % 1_000) }],
      taints: isReady ? [] : [{ key: 'node.kubernetes.io/unreachable', value: '', effect: 'NoExecute' }],
    })
    if (turn % 4 < 3) return nodeSeen(cluster, at, facts)
    const event = { type: 'NodeGone', cluster, at, name, uid: facts.uid, resourceVersion: version() } as const
    return { event, effects: [{ kind: 'nodeGone', node: facts, inferred: false }] }
  }

  const aside = (): Step => {
    if (position % 100 === 0) return ofNode(position / 100)
    const known = daemonSets[position % daemonSets.length] ?? { namespace: '', name: '', uid: '' }
    const status = { ...daemonSetFacts().status, numberReady: position % nodes, desiredNumberScheduled: nodes }
    const facts = daemonSetFacts({ ...known, resourceVersion: version(), status })
    const by = { manager: 'rollcall', operation: 'Update', at }
    return {
      event: { type: 'DaemonSetObserved', cluster, at, daemonSet: facts, by },
      effects: [{ kind: 'daemonSetPut', daemonSet: facts }],
    }
  }

  const step = (): Step => {
    if (position % 50 === 0) return aside()
    while (flying.length < inFlight) flying.push(life())
    for (;;) {
      const turn = position % flying.length
      const one = flying[turn]?.next()
      if (one?.value) return one.value
      flying[turn] = life()
    }
  }

  return {
    next(count) {
      const events = Array.from({ length: count }, () => {
        at += stepMs
        const made = step()
        position++
        return { ...made, position, offset: BigInt(position) }
      })
      const point: DecisionPoint | null =
        commands.length === 0
          ? null
          : {
              position,
              at,
              core: '0.1.0',
              decisions,
              commands: commands.map(command => ({ ...command, position })),
              marks: [],
              wakeAt: at + 60_000,
            }
      decisions = []
      commands = []
      const watchPositions = new Map([['Pod', version()]] as const)
      return { cluster, events, decisionPoint: point, watchPositions, snapshot: null }
    },
  }
}

function uuid(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function nodeName(index: number): string {
  return `ip-10-${(index >> 8) & 255}-${index & 255}-${(index * 37) % 256}.eu-west-1.compute.internal`
}

function labelsOf(node: string): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': node,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': 'm6i.2xlarge',
    'topology.kubernetes.io/region': 'eu-west-1',
    'topology.kubernetes.io/zone': 'eu-west-1b',
  }
}
