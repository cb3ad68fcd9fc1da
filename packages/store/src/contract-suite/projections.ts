import type { Decision } from '@rollcall/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../store.ts'
import {
  batch,
  createPod,
  daemonSetFacts,
  decided,
  nodeFacts,
  nodeSeen,
  type Step,
  streamCommit,
  t,
} from '../testing/fixtures.ts'
import { own, type StoreWorld } from './harness.ts'

export function projectionContract(world: () => StoreWorld): void {
  describe('projections', () => {
    let store: Store
    beforeEach(() => {
      store = world().open()
    })
    afterEach(() => store.close())

    test('decisions are rows with their rule, facts, causes and commands', async () => {
      const cluster = 'decisions'
      const owner = await own(store, cluster)
      const commands = [createPod(cluster, 1, 'n1'), createPod(cluster, 1, 'n"2\\')]
      const point = decided(1, commands, { rule: 'taint-not-tolerated' })
      const wider = point.decisions.map(decision => ({ ...decision, causes: [1, 2 ** 40], commands: ['a,b', '{"'] }))
      await store.commitBatch(
        batch(owner, 1, [
          streamCommit(cluster, 0, [nodeSeen(cluster, t(), nodeFacts('n1'))], {
            decisionPoint: { ...point, decisions: wider },
          }),
        ]),
      )
      expect(await world().decisions(cluster)).toMatchObject(
        wider.map(({ reason, causes, commands }, seq) => ({ position: 1, point: 1, seq, reason, causes, commands })),
      )
    })

    test('nodes that are gone stay on record; one that comes back is present again', async () => {
      const cluster = 'nodes'
      const owner = await own(store, cluster)
      const node = nodeFacts('n1')
      const gone: Step = {
        event: { type: 'NodeGone', cluster, at: t(50), name: node.name, uid: node.uid, resourceVersion: '9' },
        effects: [{ kind: 'nodeGone', node, inferred: false }],
      }
      await store.commitBatch(batch(owner, 1, [streamCommit(cluster, 0, [nodeSeen(cluster, t(), node), gone])]))
      expect(await world().nodes(cluster)).toEqual([{ name: 'n1', firstAt: t(), lastAt: t(50), goneAt: t(50) }])
      await store.commitBatch(batch(owner, 2, [streamCommit(cluster, 2, [nodeSeen(cluster, t(70), node)])]))
      expect(await world().nodes(cluster)).toEqual([{ name: 'n1', firstAt: t(), lastAt: t(70), goneAt: null }])
    })

    test('all kinds of objects in one batch', async () => {
      const cluster = 'kinds'
      const owner = await own(store, cluster)
      const daemonSet = daemonSetFacts()
      const revision = {
        namespace: 'kube-system',
        name: 'fluentd-1',
        uid: 'revision-1',
        resourceVersion: '5',
        createdAt: t(),
        deletedAt: null,
        labels: {},
        owner: null,
        revision: 1,
        templateDigest: 'd1',
        template: { spec: {} },
      }
      const steps: Step[] = [
        {
          event: { type: 'DaemonSetObserved', cluster, at: t(), daemonSet, by: null },
          effects: [{ kind: 'daemonSetPut', daemonSet }],
        },
        {
          event: { type: 'RevisionObserved', cluster, at: t(), revision, by: null },
          effects: [{ kind: 'revisionPut', revision }],
        },
        {
          event: {
            type: 'DaemonSetGone',
            cluster,
            at: t(5),
            namespace: daemonSet.namespace,
            name: daemonSet.name,
            uid: daemonSet.uid,
            resourceVersion: '6',
          },
          effects: [
            { kind: 'daemonSetGone', daemonSet, inferred: false },
            { kind: 'revisionGone', revision, inferred: true },
          ],
        },
      ]
      await store.commitBatch(batch(owner, 1, [streamCommit(cluster, 0, steps)]))
      expect(await world().verifyChain(cluster)).toMatchObject({ ok: true, rows: 3 })
    })

    test('the stream knows which cluster it is and its mode', async () => {
      const cluster = 'identity'
      const owner = await own(store, cluster)
      const identified: Step = {
        event: {
          type: 'ClusterIdentified',
          cluster,
          at: t(),
          clusterUid: 'u1',
          serverVersion: 'v1.37.0',
          mode: 'observe',
          overridesAsked: false,
          guard: null,
          creationRate: null,
        },
        effects: [{ kind: 'modeSet', mode: 'observe' }],
      }
      const requested: Step = {
        event: {
          type: 'ModeRequested',
          cluster,
          at: t(1),
          intent: 'i1',
          askedBy: { user: 'ann', via: 'cli' },
          mode: 'control',
        },
        effects: [{ kind: 'modeSet', mode: 'control' }],
      }
      await store.commitBatch(batch(owner, 1, [streamCommit(cluster, 0, [identified])]))
      expect(await world().stream(cluster)).toEqual({ mode: 'observe', clusterUid: 'u1', lastPosition: 1 })
      await store.commitBatch(batch(owner, 2, [streamCommit(cluster, 1, [requested])]))
      expect(await world().stream(cluster)).toEqual({ mode: 'control', clusterUid: 'u1', lastPosition: 2 })
    })

    test('what was asked for is found by its id, and the same id twice is one', async () => {
      const cluster = 'intents'
      const owner = await own(store, cluster)
      const asked = (at: number, intent: string): Step => ({
        event: {
          type: 'ModeRequested',
          cluster,
          at,
          intent,
          askedBy: { user: 'ann', via: 'cli' },
          mode: 'control',
        },
        effects: [],
      })
      const steps = [asked(t(1), 'a'), asked(t(2), ''), asked(t(3), 'b'), asked(t(4), 'a')]
      await store.commitBatch(batch(owner, 1, [streamCommit(cluster, 0, steps)]))
      const row = { type: 'ModeRequested', user: 'ann', via: 'cli', body: { mode: 'control' } }
      expect(await world().intents(cluster)).toEqual([
        { id: 'a', position: 1, at: t(1), ...row },
        { id: 'b', position: 3, at: t(3), ...row },
      ])
    })

    test('a hold is a row that follows its decisions, and ends with its DaemonSet', async () => {
      const cluster = 'holds'
      const owner = await own(store, cluster)
      const daemonSet = daemonSetFacts()
      const told = (position: number, hold: string, rule: string, pods: number) => {
        const point = decided(position, [], { rule })
        const decision: Decision = {
          daemonSet: { namespace: daemonSet.namespace, name: daemonSet.name, uid: daemonSet.uid },
          node: null,
          verdict: null,
          action: 'other',
          reason: { rule, source: 'guard', facts: { hold, pods } },
          causes: [],
          commands: [],
        }
        return { decisionPoint: { ...point, decisions: [decision] } }
      }
      const seen = (at: number) => nodeSeen(cluster, at, nodeFacts('n1'))
      await store.commitBatch(
        batch(owner, 1, [
          streamCommit(cluster, 0, [seen(t(1))], told(1, 'h1', 'guard-held', 3)),
          streamCommit(cluster, 1, [seen(t(2))], told(2, 'h1', 'guard-held', 5)),
        ]),
      )
      await store.commitBatch(
        batch(owner, 2, [streamCommit(cluster, 2, [seen(t(3))], told(3, 'h1', 'guard-approved', 5))]),
      )
      await store.commitBatch(batch(owner, 3, [streamCommit(cluster, 3, [seen(t(4))], told(4, 'h2', 'guard-held', 7))]))
      const gone: Step = {
        event: {
          type: 'DaemonSetGone',
          cluster,
          at: t(5),
          namespace: daemonSet.namespace,
          name: daemonSet.name,
          uid: daemonSet.uid,
          resourceVersion: '9',
        },
        effects: [{ kind: 'daemonSetGone', daemonSet, inferred: false }],
      }
      await store.commitBatch(batch(owner, 4, [streamCommit(cluster, 4, [gone])]))
      expect(await world().holds(cluster)).toMatchObject([
        { id: 'h1', openedPosition: 1, state: 'approved', position: 3, facts: { hold: 'h1', pods: 5 } },
        { id: 'h2', openedPosition: 4, state: 'dissolved', position: 5, at: t(5), facts: { hold: 'h2', pods: 7 } },
      ])
    })

    test('watch positions: the newest by kind, also of a cluster without events', async () => {
      const owner = await own(store, 'watching')
      const move = (kind: 'Pod' | 'Node', resourceVersion: string) => ({
        watchPositions: new Map([[kind, resourceVersion]] as const),
      })
      await store.commitBatch(batch(owner, 1, [streamCommit('watching', 0, [], move('Pod', '5'))]))
      await store.commitBatch(
        batch(owner, 2, [
          streamCommit('watching', 0, [], move('Pod', '6')),
          streamCommit('watching', 0, [], move('Node', '3')),
          streamCommit('watching', 0, [], move('Pod', '7')),
        ]),
      )
      expect(await store.watchPositions('watching')).toEqual(
        new Map([
          ['Pod', '7'],
          ['Node', '3'],
        ]),
      )
      expect(await store.watchPositions('unheard-of')).toEqual(new Map())
    })

    test('when another cluster answers under the name, its uid is known and the old watch positions are void', async () => {
      const cluster = 'replaced'
      const owner = await own(store, cluster)
      const identified = (clusterUid: string): Step => ({
        event: {
          type: 'ClusterIdentified',
          cluster,
          at: t(),
          clusterUid,
          serverVersion: 'v1.37.0',
          mode: 'control',
          overridesAsked: false,
          guard: null,
          creationRate: null,
        },
        effects: [],
      })
      const moved = { watchPositions: new Map([['Pod', '5']] as const) }
      expect(await store.clusterUid(cluster)).toBeNull()
      await store.commitBatch(batch(owner, 1, [streamCommit(cluster, 0, [identified('u1')], moved)]))
      await store.commitBatch(batch(owner, 2, [streamCommit(cluster, 1, [identified('u1')])]))
      expect(await store.clusterUid(cluster)).toBe('u1')
      expect(await store.watchPositions(cluster)).toEqual(new Map([['Pod', '5']]))
      await store.commitBatch(
        batch(owner, 3, [
          streamCommit(cluster, 2, [], { watchPositions: new Map([['Node', '9']]) }),
          streamCommit(cluster, 2, [identified('u2')]),
        ]),
      )
      expect(await store.clusterUid(cluster)).toBe('u2')
      expect(await store.watchPositions(cluster)).toEqual(new Map())
    })

    test('dead letters keep their bytes and the reason, and the stream goes on', async () => {
      const owner = await own(store, 'dead')
      const letter = {
        offset: 2n ** 60n,
        key: 'k\u0000ey',
        bytes: Uint8Array.from([0, 255, 10, 0]),
        code: 'not-json',
        reason: 'not JSON: \u0000',
      }
      await store.commitBatch(batch(owner, 1, [], { deadLetters: [letter] }))
      const kept = (await world().deadLetters()).at(-1)
      expect(kept).toMatchObject({ offset: letter.offset, code: 'not-json' })
      expect([...(kept?.bytes ?? [])]).toEqual([0, 255, 10, 0])
    })
  })
}
