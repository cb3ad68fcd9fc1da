import {
  type Command,
  type CommandSettled,
  commandId,
  type DaemonSetFacts,
  type Decision,
  type DecisionPoint,
  type Effect,
  type Event,
  type NodeFacts,
  type PodFacts,
  podNameFor,
  slotOf,
} from '@rollcall/contracts'
import type { BatchCommit, FoldedEvent, Ownership, StreamCommit } from '../store.ts'

/** Facts, events and commits for tests: what a cluster would send and a core would decide, in short words. */

/** 2026-01-01T00:00:00Z, and so many ms later. */
export const t = (ms = 0): number => 1_767_225_600_000 + ms

export const daemonSet = { namespace: 'kube-system', name: 'fluentd', uid: '3c0a2b9e-7d51-4a5b-9c1d-0123456789ab' }

export function nodeFacts(name: string, over: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name,
    uid: `node-${name}`,
    resourceVersion: '100',
    createdAt: t(),
    deletedAt: null,
    labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
    taints: [],
    unschedulable: false,
    conditions: [{ type: 'Ready', status: 'True', since: t() }],
    ...over,
  }
}

export function podFacts(name: string, node: string, over: Partial<PodFacts> = {}): PodFacts {
  return {
    namespace: daemonSet.namespace,
    name,
    uid: `pod-${name}`,
    resourceVersion: '200',
    createdAt: t(),
    deletedAt: null,
    labels: { app: 'fluentd', 'controller-revision-hash': '7d9f8c6b5' },
    owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: daemonSet.name, uid: daemonSet.uid },
    commandId: null,
    nodeName: null,
    target: node,
    phase: 'Pending',
    ready: false,
    readySince: null,
    reason: null,
    restarts: 0,
    trouble: null,
    ...over,
  }
}

export function daemonSetFacts(over: Partial<DaemonSetFacts> = {}): DaemonSetFacts {
  return {
    ...daemonSet,
    resourceVersion: '300',
    generation: 1,
    createdAt: t(),
    deletedAt: null,
    templateGeneration: 1,
    annotations: {},
    selector: { matchLabels: { app: 'fluentd' }, matchExpressions: [] },
    updateStrategy: { type: 'RollingUpdate', maxUnavailable: 1, maxSurge: 0 },
    minReadySeconds: 0,
    revisionHistoryLimit: 10,
    template: {
      digest: 'd1',
      labels: { app: 'fluentd' },
      hostNetwork: false,
      nodeName: null,
      nodeSelector: {},
      affinityTerms: null,
      tolerations: [],
      images: ['fluentd:1'],
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
    ...over,
  }
}

/** An event with what folding it changed; its position is given by `streamCommit`. */
export type Step = { readonly event: Event; readonly effects: readonly Effect[] }

export const nodeSeen = (cluster: string, at: number, node: NodeFacts): Step => ({
  event: { type: 'NodeObserved', cluster, at, node, by: null },
  effects: [{ kind: 'nodePut', node }],
})

export const podSeen = (cluster: string, at: number, pod: PodFacts, node = pod.nodeName ?? pod.target): Step => ({
  event: { type: 'PodObserved', cluster, at, pod, by: { manager: 'kubelet', operation: 'Update', at } },
  effects: [{ kind: 'podPut', pod, node, provisional: false }],
})

export const podGone = (cluster: string, at: number, pod: PodFacts, inferred = false): Step => ({
  event: {
    type: 'PodGone',
    cluster,
    at,
    namespace: pod.namespace,
    name: pod.name,
    uid: pod.uid,
    resourceVersion: pod.resourceVersion,
  },
  effects: [{ kind: 'podGone', pod, node: pod.nodeName ?? pod.target, inferred }],
})

export const ticked = (cluster: string, at: number): Step => ({
  event: { type: 'Ticked', cluster, at, due: at },
  effects: [],
})

export function settled(
  command: Command,
  at: number,
  result: CommandSettled['result'] = 'done',
  effects: readonly Effect[] = [],
): Step {
  const { cluster, id, type, slot } = command
  const event: CommandSettled = {
    type: 'CommandSettled',
    cluster,
    at,
    commandId: id,
    commandType: type,
    slot,
    result,
    object: null,
    answer: result === 'refused' ? { code: 403, reason: 'Forbidden', cause: '', message: 'not allowed' } : null,
    attempts: 1,
  }
  return { event, effects: [{ kind: 'commandSettled', commandId: id, settled: event }, ...effects] }
}

export function createPod(cluster: string, position: number, node: string, at = t()): Command {
  const slot = slotOf(daemonSet.uid, node)
  const id = commandId({ cluster, position, slot, type: 'CreatePod', subject: '' })
  const revision = { name: 'fluentd-7d9f8c6b5', hash: '7d9f8c6b5' }
  const podName = podNameFor(daemonSet.name, id)
  const issued = { cluster, id, slot, position, issuedAt: at, daemonSet }
  return { type: 'CreatePod', ...issued, node, podName, revision, templateGeneration: 1, asked: null }
}

export function endPod(
  type: 'DeletePod' | 'ReleasePod',
  cluster: string,
  position: number,
  pod: PodFacts,
  at = t(),
): Command {
  const node = pod.nodeName ?? pod.target
  const slot = slotOf(daemonSet.uid, node)
  const id = commandId({ cluster, position, slot, type, subject: pod.uid })
  const subject = { name: pod.name, uid: pod.uid }
  const issued = { cluster, id, slot, position, issuedAt: at, daemonSet, pod: subject }
  return type === 'DeletePod' ? { type, ...issued, node } : { type, ...issued }
}

/** A decision point that issues these commands, one decision each. */
export function decided(
  position: number,
  commands: readonly Command[],
  over: Partial<DecisionPoint> & { readonly rule?: string } = {},
): DecisionPoint {
  const { rule = 'missing-pod', ...point } = over
  const decisions = commands.map(
    (command): Decision => ({
      daemonSet: command.daemonSet,
      node: 'node' in command ? command.node : null,
      verdict: 'shouldRun',
      action: command.type === 'CreatePod' ? 'create' : 'delete',
      reason: { rule, source: '§3.3 row 1', facts: { node: 'node' in command ? command.node : null } },
      causes: position === 0 ? [] : [position],
      commands: [command.id],
    }),
  )
  return { position, at: t(), core: 'test', decisions, commands: [...commands], marks: [], wakeAt: null, ...point }
}

/** What a batch did to one stream, its events numbered from behind `after`. */
export function streamCommit(
  cluster: string,
  after: number,
  steps: readonly Step[],
  over: Partial<StreamCommit> = {},
): StreamCommit {
  const events = steps.map(
    (step, index): FoldedEvent => ({ ...step, position: after + index + 1, offset: BigInt(after + index) }),
  )
  return { cluster, events, decisionPoint: null, watchPositions: new Map(), snapshot: null, ...over }
}

export function batch(
  owner: Ownership,
  nextOffset: number,
  streams: readonly StreamCommit[],
  over: Partial<BatchCommit> = {},
): BatchCommit {
  return { owner, nextOffset: BigInt(nextOffset), streams, deadLetters: [], ...over }
}
