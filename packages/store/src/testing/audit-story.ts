import type { Command, DaemonSetFacts, Decision, RevisionFacts } from '@rollcall/contracts'
import type { Store } from '../store.ts'
import {
  batch,
  createPod,
  daemonSet,
  daemonSetFacts,
  decided,
  endPod,
  nodeFacts,
  nodeSeen,
  podFacts,
  podGone,
  podSeen,
  type Step,
  settled,
  streamCommit,
  t,
} from './fixtures.ts'

/** A small cluster's life, written through the real write path, and what of it the tests ask for. */

export const hash = '7d9f8c6b5'

export const daemonSetSeen = (cluster: string, at: number, facts: DaemonSetFacts): Step => ({
  event: {
    type: 'DaemonSetObserved',
    cluster,
    at,
    daemonSet: facts,
    by: { manager: 'kubectl', operation: 'Apply', at },
  },
  effects: [{ kind: 'daemonSetPut', daemonSet: facts }],
})

export const revisionSeen = (cluster: string, at: number): Step => {
  const revision: RevisionFacts = {
    namespace: daemonSet.namespace,
    name: `fluentd-${hash}`,
    uid: 'revision-1',
    resourceVersion: '310',
    createdAt: t(),
    deletedAt: null,
    labels: { 'controller-revision-hash': hash },
    owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: daemonSet.name, uid: daemonSet.uid },
    revision: 1,
    templateDigest: 'd1',
    template: null,
  }
  return {
    event: { type: 'RevisionObserved', cluster, at, revision, by: null },
    effects: [{ kind: 'revisionPut', revision }],
  }
}

export const slotDecision = (node: string | null, over: Partial<Decision>): Decision => ({
  daemonSet,
  node,
  verdict: 'shouldRun',
  action: 'create',
  reason: { rule: 'eligible', source: '§2.1 step 3', facts: {} },
  causes: [],
  commands: [],
  ...over,
})

/**
 * - 1 the cluster says who it is; 2–4 nodes n1, n2 (`disk: hdd`), n3 (tainted); 5 the DaemonSet; 6 its revision.
 *   Decided at 6: pods on n1 and n2, none on n3.
 * - 7, 8 the creations are done (n2: refused); 9 n1's pod is seen, 10 ready.
 * - 11 n2 becomes `disk: ssd`; 12 the refused creation is tried again (decided at 11), with delay.
 * - Decided at 12: n1's pod is replaced; 13 its deletion is done, 14 it is gone. Decided at 14: created anew.
 */
export async function writeStory(store: Store, cluster: string, group = cluster) {
  const { owner } = await store.takeOwnership(group, 'rollcall.events', 0, 'test')
  let position = 0
  const commit = async (steps: readonly Step[], decisions: Decision[] = [], commands: Command[] = []) => {
    const point = decisions.length === 0 ? null : decided(position + steps.length, commands, { decisions })
    const at = steps.at(-1)?.event.at ?? t()
    await store.commitBatch(
      batch(owner, position + steps.length, [
        streamCommit(cluster, position, steps, {
          decisionPoint: point && { ...point, at },
          watchPositions: new Map([['Node', String(100 + position)]]),
        }),
      ]),
    )
    position += steps.length
  }

  const labelled = (disk: string) => ({ labels: { 'kubernetes.io/os': 'linux', disk } })
  const [first, second, third] = [
    createPod(cluster, 6, 'n1'),
    createPod(cluster, 6, 'n2'),
    createPod(cluster, 14, 'n1'),
  ]
  const retry = createPod(cluster, 11, 'n2')
  const pod = podFacts(podNameOf(first), 'n1', { uid: 'pod-1', commandId: first.id })
  const running = { ...pod, resourceVersion: '201', nodeName: 'n1', phase: 'Running', ready: true, readySince: t(900) }
  const deletion = endPod('DeletePod', cluster, 12, pod)

  await commit(
    [
      {
        event: {
          type: 'ClusterIdentified',
          cluster,
          at: t(0),
          clusterUid: `uid-${cluster}`,
          serverVersion: 'v1.37.0',
          mode: 'control',
          overridesAsked: false,
          guard: null,
          creationRate: null,
        },
        effects: [{ kind: 'modeSet', mode: 'control' }],
      },
      nodeSeen(cluster, t(10), nodeFacts('n1', labelled('ssd'))),
      nodeSeen(cluster, t(20), nodeFacts('n2', labelled('hdd'))),
      nodeSeen(
        cluster,
        t(30),
        nodeFacts('n3', {
          ...labelled('ssd'),
          taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }],
          conditions: [{ type: 'Ready', status: 'False', since: t() }],
        }),
      ),
      daemonSetSeen(cluster, t(40), daemonSetFacts()),
      revisionSeen(cluster, t(50)),
    ],
    [
      slotDecision('n1', { causes: [2, 5], commands: [first.id] }),
      slotDecision('n2', { causes: [3, 5], commands: [second.id] }),
      slotDecision('n3', {
        verdict: 'mayContinue',
        action: 'none',
        reason: {
          rule: 'taint-not-tolerated',
          source: '§2.1 step 4',
          facts: { taint: { key: 'gpu', value: 'yes', effect: 'NoSchedule' } },
        },
        causes: [4, 5],
      }),
    ],
    [first, second],
  )
  await commit([
    { ...settled(first, t(200)), effects: [...settled(first, t(200)).effects, provisional(pod)] },
    settled(second, t(210), 'refused'),
    podSeen(cluster, t(300), pod),
    podSeen(cluster, t(1_000), running),
  ])
  await commit(
    [nodeSeen(cluster, t(2_000), nodeFacts('n2', { ...labelled('ssd'), resourceVersion: '101' }))],
    [slotDecision('n2', { causes: [11], commands: [retry.id] })],
    [retry],
  )
  await commit(
    [
      {
        event: {
          type: 'CommandDelayed',
          cluster,
          at: t(2_500),
          commandId: retry.id,
          slot: retry.slot,
          attempts: 4,
          message: '429 too many requests',
        },
        effects: [],
      },
    ],
    [
      slotDecision('n1', {
        action: 'delete',
        reason: { rule: 'rollout-replace', source: '§4.3', facts: { maxUnavailable: 1 } },
        causes: [12],
        commands: [deletion.id],
      }),
    ],
    [deletion],
  )
  await commit(
    [settled(deletion, t(3_000)), podGone(cluster, t(4_000), running)],
    [slotDecision('n1', { causes: [14], commands: [third.id] })],
    [third],
  )
  await store.markPublished([first.id, second.id, deletion.id])
  return { commit, pod: pod.name, first, second, third, retry, deletion, owner }
}

const provisional = (pod: ReturnType<typeof podFacts>) =>
  ({ kind: 'podPut', pod, node: 'n1', provisional: true }) as const

const podNameOf = (command: Command): string => (command.type === 'CreatePod' ? command.podName : '')
