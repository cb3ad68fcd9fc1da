import type { CommandResult, DecisionPoint, PodFacts } from '@rollcall/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../store.ts'
import {
  batch,
  createPod,
  daemonSet,
  decided,
  endPod,
  podFacts,
  podGone,
  podSeen,
  type Step,
  settled,
  streamCommit,
  t,
  ticked,
} from '../testing/fixtures.ts'
import { own, type StoreWorld } from './harness.ts'

type Turn = { readonly steps?: readonly Step[]; readonly point?: DecisionPoint }

export function placementContract(world: () => StoreWorld): void {
  // Each story is told twice: one batch a turn, and all turns in one batch. The rows must be the same.
  describe.each(['batch by batch', 'in one batch'])('placements, %s', manner => {
    let store: Store
    beforeEach(() => {
      store = world().open()
    })
    afterEach(() => store.close())

    async function tell(name: string, turnsOf: (cluster: string) => readonly Turn[]) {
      const cluster = `${name}-${manner}`
      const owner = await own(store, cluster)
      let position = 0
      const commits = turnsOf(cluster).map(({ steps = [], point = null }) => {
        const commit = streamCommit(cluster, position, steps, { decisionPoint: point })
        position += steps.length
        return commit
      })
      if (manner === 'in one batch') await store.commitBatch(batch(owner, 1, commits))
      else for (const commit of commits) await store.commitBatch(batch(owner, 1, [commit]))
      return world().placements(cluster)
    }

    const later = (pod: PodFacts, over: Partial<PodFacts>): PodFacts => ({ ...pod, ...over })
    const bound = { nodeName: 'n1', phase: 'Running' }

    test('a pod of ours: opened by its command, bound, ready, and closed by the decision that deleted it', async () => {
      let [create, remove] = ['', '']
      const rows = await tell('life', cluster => {
        const creation = createPod(cluster, 1, 'n1')
        const pod = podFacts('a', 'n1', { commandId: creation.id })
        const deletion = endPod('DeletePod', cluster, 5, pod)
        create = creation.id
        remove = deletion.id
        const provisional: Step = {
          ...settled(creation, t(200)),
          effects: [{ kind: 'podPut', pod, node: 'n1', provisional: true }],
        }
        return [
          { steps: [ticked(cluster, t(100))], point: decided(1, [creation]) },
          { steps: [provisional] },
          { steps: [podSeen(cluster, t(300), later(pod, { nodeName: 'n1' }))] },
          { steps: [podSeen(cluster, t(2_300), later(pod, { ...bound, ready: true, readySince: t(2_000) }))] },
          { steps: [ticked(cluster, t(9_000))], point: decided(5, [deletion], { rule: 'rollout-replace' }) },
          {
            steps: [
              settled(deletion, t(9_100)),
              podSeen(cluster, t(9_200), later(pod, { ...bound, deletedAt: t(39_000) })),
            ],
          },
          { steps: [podGone(cluster, t(10_000), pod)] },
        ]
      })
      expect(rows).toEqual([
        {
          cluster: `life-${manner}`,
          daemonSetNamespace: daemonSet.namespace,
          daemonSetName: daemonSet.name,
          daemonSetUid: daemonSet.uid,
          node: 'n1',
          podName: 'a',
          podUid: 'pod-a',
          revisionHash: '7d9f8c6b5',
          openedAt: t(200),
          openedPosition: 2,
          openedBy: create,
          provisional: false,
          boundAt: t(300),
          ready: false,
          readyAt: t(2_300),
          phase: 'Running',
          finishedAt: null,
          terminatingAt: t(9_200),
          endingCommand: remove,
          endingType: 'DeletePod',
          endingRule: 'rollout-replace',
          closedAt: t(10_000),
          closedPosition: 8,
          closedBy: remove,
          closeCause: 'rollout-replace',
          inferred: false,
        },
      ])
    })

    test('an open interval has no end, and a pod found late began when it was created', async () => {
      const rows = await tell('found', cluster => [
        {
          steps: [
            podSeen(cluster, t(600_000), podFacts('a', 'n1', { ...bound, ready: true, readySince: t(8_000) })),
            podSeen(cluster, t(600_000), podFacts('b', 'n2', { createdAt: t(599_000) })),
          ],
        },
      ])
      expect(rows).toMatchObject([
        { podName: 'a', openedAt: t(1_000), boundAt: t(1_000), readyAt: t(9_000), ready: true, closedAt: null },
        { podName: 'b', openedAt: t(600_000), boundAt: null, readyAt: null, ready: false, closedAt: null },
      ])
    })

    test('ended by others, or missing from a list', async () => {
      const rows = await tell('others', cluster => {
        const [a, b] = [podFacts('a', 'n1'), podFacts('b', 'n2')]
        return [
          { steps: [podSeen(cluster, t(500), a), podSeen(cluster, t(500), b)] },
          { steps: [podGone(cluster, t(900), a), podGone(cluster, t(950), b, true)] },
        ]
      })
      expect(rows).toMatchObject([
        { podName: 'a', closedAt: t(900), closedBy: null, closeCause: 'deleted by others', inferred: false },
        { podName: 'b', closedAt: t(950), closedBy: null, closeCause: 'vanished', inferred: true },
      ])
    })

    test.each<[CommandResult, string]>([
      ['done', 'duplicate'],
      ['alreadyDone', 'duplicate'],
      ['refused', 'deleted by others'],
      ['superseded', 'deleted by others'],
    ])('a deletion that was %s: the end is put down to %s', async (result, closeCause) => {
      const rows = await tell(`blame-${result}`, cluster => {
        const pod = podFacts('a', 'n1')
        const deletion = endPod('DeletePod', cluster, 1, pod)
        return [
          { steps: [podSeen(cluster, t(500), pod)], point: decided(1, [deletion], { rule: 'duplicate' }) },
          { steps: [settled(deletion, t(600), result)] },
          { steps: [podGone(cluster, t(900), pod)] },
        ]
      })
      expect(rows).toMatchObject([{ closeCause, closedBy: closeCause === 'duplicate' ? expect.any(String) : null }])
    })

    test('a refused deletion that was decided again counts again', async () => {
      const rows = await tell('again', cluster => {
        const pod = podFacts('a', 'n1')
        const [first, second] = [endPod('DeletePod', cluster, 1, pod), endPod('DeletePod', cluster, 2, pod)]
        return [
          { steps: [podSeen(cluster, t(500), pod)], point: decided(1, [first], { rule: 'one' }) },
          { steps: [ticked(cluster, t(550))], point: decided(2, [second], { rule: 'two' }) },
          { steps: [settled(first, t(600), 'refused')] },
          { steps: [podGone(cluster, t(900), pod)] },
        ]
      })
      expect(rows).toMatchObject([{ closeCause: 'two' }])
    })

    test('released, taken by another owner, and moved: one interval ends, the next begins', async () => {
      const rows = await tell('owners', cluster => {
        const pod = podFacts('a', 'n1')
        const release = endPod('ReleasePod', cluster, 1, pod)
        const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'other', uid: 'other-uid' }
        return [
          { steps: [podSeen(cluster, t(500), pod)], point: decided(1, [release], { rule: 'labels-no-longer-match' }) },
          { steps: [podSeen(cluster, t(600), later(pod, { owner: null }))] },
          { steps: [podSeen(cluster, t(700), pod)] },
          { steps: [podSeen(cluster, t(800), later(pod, { owner }))] },
          { steps: [podSeen(cluster, t(900), later(pod, { owner, nodeName: 'n2' }))] },
        ]
      })
      expect(rows).toMatchObject([
        { daemonSetName: 'fluentd', node: 'n1', closedAt: t(600), closeCause: 'labels-no-longer-match' },
        { daemonSetName: 'fluentd', node: 'n1', openedPosition: 3, closedAt: t(800), closeCause: 'changed owner' },
        { daemonSetName: 'other', node: 'n1', openedPosition: 4, closedAt: t(900), closeCause: 'moved' },
        { daemonSetName: 'other', node: 'n2', openedPosition: 5, boundAt: t(900), closedAt: null },
      ])
    })

    test('no placement for a pod without DaemonSet or without node; one begins as soon as both are known', async () => {
      const rows = await tell('homeless', cluster => {
        const pod = podFacts('a', 'n1', { target: null })
        return [
          { steps: [podSeen(cluster, t(500), later(pod, { owner: null }), 'n1'), podSeen(cluster, t(600), pod, null)] },
          { steps: [podSeen(cluster, t(700), later(pod, { nodeName: 'n1' }))] },
          { steps: [podGone(cluster, t(650), pod)] },
        ]
      })
      // Its end is dated by a clock that lags behind: an interval never ends before it begins.
      expect(rows).toMatchObject([{ openedAt: t(700), closedAt: t(700), openedPosition: 3, closedPosition: 4 }])
    })

    test('a pod whose containers ended for good has finished, though the object stays', async () => {
      const rows = await tell('finished', cluster => {
        const pod = podFacts('a', 'n1', { ...bound, ready: true, readySince: t() })
        const failed = later(pod, { phase: 'Failed', reason: 'Evicted', ready: false })
        return [
          { steps: [podSeen(cluster, t(500), pod)] },
          { steps: [podSeen(cluster, t(700), failed), podSeen(cluster, t(800), failed)] },
        ]
      })
      expect(rows).toMatchObject([
        { phase: 'Failed', ready: false, readyAt: t(500), finishedAt: t(700), closedAt: null },
      ])
    })
  })
}
