import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkpointSigner, newCheckpointKey } from '../checkpoints/keys.ts'
import type { Moment, Store } from '../store.ts'
import {
  batch,
  createPod,
  decided,
  nodeFacts,
  nodeSeen,
  podFacts,
  podSeen,
  streamCommit,
  t,
  ticked,
} from '../testing/fixtures.ts'
import { collect, outline, own, type StoreWorld } from './harness.ts'

export function ledgerContract(world: () => StoreWorld): void {
  describe('the ledger', () => {
    let store: Store
    beforeEach(() => {
      store = world().open()
    })
    afterEach(() => store.close())

    test('gives back what was folded, in that order, from any position', async () => {
      const cluster = 'order'
      const owner = await own(store, cluster)
      const [node, pod] = [nodeFacts('n1'), podFacts('a', 'n1')]
      const commands = [createPod(cluster, 2, 'n1')]
      const first = streamCommit(cluster, 0, [nodeSeen(cluster, t(), node), ticked(cluster, t(1))], {
        decisionPoint: decided(2, commands, { marks: [{ kind: 'failed', until: 5 }], wakeAt: t(900) }),
      })
      const second = streamCommit(cluster, 2, [podSeen(cluster, t(2), pod)])
      await store.commitBatch(batch(owner, 2, [first]))
      await store.commitBatch(batch(owner, 3, [second]))

      expect(await collect(store.readLedger(cluster))).toEqual([
        { kind: 'event', position: 1, event: first.events[0]?.event },
        { kind: 'event', position: 2, event: first.events[1]?.event },
        { kind: 'decision', position: 2, point: first.decisionPoint },
        { kind: 'event', position: 3, event: second.events[0]?.event },
      ])
      expect(await outline(store.readLedger(cluster, 2))).toBe('2 2d 3')
      expect(await outline(store.readLedger(cluster, 4))).toBe('')
      expect(await outline(store.readLedger('unheard-of'))).toBe('')
    })

    test('streams do not mix', async () => {
      const owner = await own(store, 'mixing')
      const commits = ['mix-a', 'mix-b'].map(cluster => streamCommit(cluster, 0, [ticked(cluster, t())]))
      await store.commitBatch(batch(owner, 2, commits))
      expect(await collect(store.readLedger('mix-a'))).toMatchObject([{ position: 1, event: { cluster: 'mix-a' } }])
    })

    test('the chain verifies, and is continuous across batches, streams and owners', async () => {
      const cluster = 'chain'
      for (let turn = 0; turn < 4; turn++) {
        const owner = await own(store, cluster, `p${turn}`)
        const steps = [ticked(cluster, t(turn)), podSeen(cluster, t(turn), podFacts(`p${turn}`, 'n1'))]
        const decisionPoint = decided(turn * 2 + 2, [createPod(cluster, turn * 2 + 2, 'n2')])
        await store.commitBatch(
          batch(owner, turn + 1, [
            streamCommit(cluster, turn * 2, steps, { decisionPoint }),
            streamCommit('chain-beside', turn, [ticked('chain-beside', t(turn))]),
          ]),
        )
      }
      expect(await world().verifyChain(cluster)).toMatchObject({ ok: true, cluster, rows: 12, lastPosition: 8 })
      expect(await world().verifyChain('chain-beside')).toMatchObject({ ok: true, rows: 4 })
      expect(await world().verifyChain('unheard-of')).toMatchObject({ ok: true, rows: 0 })
    })

    test('checkpoints are signed one behind the other, and none where nothing was added', async () => {
      const cluster = 'signed'
      const signer = checkpointSigner(newCheckpointKey())
      expect(await store.signCheckpoint(cluster, signer, t())).toBe(null)
      const owner = await own(store, cluster)
      await store.commitBatch(batch(owner, 1, [streamCommit(cluster, 0, [ticked(cluster, t())])]))
      const first = await store.signCheckpoint(cluster, signer, t(1))
      expect(first).toMatchObject({ cluster, position: 1, seq: 0, at: t(1), key: signer.keyId })
      expect(await store.signCheckpoint(cluster, signer, t(2))).toBe(null)
      await store.commitBatch(batch(owner, 1, [streamCommit(cluster, 1, [], { decisionPoint: decided(1, []) })]))
      // Several signers at once, as after a partition changed hands: one of them signs.
      const second = await Promise.all([1, 2, 3].map(() => store.signCheckpoint(cluster, signer, t(3))))
      expect(second.filter(checkpoint => checkpoint !== null)).toMatchObject([{ position: 1, seq: 1 }])
      expect(await world().verifyChain(cluster)).toMatchObject({
        ok: true,
        rows: 2,
        checkpoints: { count: 2, keys: 'recorded', uncovered: 0, newest: { position: 1, at: t(3) } },
      })
    })

    test('text that a database may choke on comes back as it was', async () => {
      const cluster = 'odd-text'
      const owner = await own(store, cluster)
      const odd = 'a\u0000b \ud800 "\\{}, \u{1F600} ünï'
      const node = nodeFacts('n1', { labels: { odd, 'odd\u0000key': 'null', '': '' } })
      const pod = podFacts(odd, 'n1', { reason: odd })
      const commands = [{ ...createPod(cluster, 2, odd), podName: odd }]
      const commit = streamCommit(cluster, 0, [nodeSeen(cluster, t(), node), podSeen(cluster, t(), pod)], {
        decisionPoint: decided(2, commands, { rule: odd }),
      })
      await store.commitBatch(batch(owner, 1, [commit]))
      const entries = await collect(store.readLedger(cluster))
      expect(entries).toMatchObject([
        { event: commit.events[0]?.event },
        { event: commit.events[1]?.event },
        { point: commit.decisionPoint },
      ])
      expect(await world().verifyChain(cluster)).toMatchObject({ ok: true, rows: 3 })
      expect(await store.unpublishedCommands([cluster])).toHaveLength(1)
    })

    test('a long history is read in pages', async () => {
      const cluster = 'long'
      const owner = await own(store, cluster)
      const steps = Array.from({ length: 2_500 }, (_, index) => ticked(cluster, t(index)))
      await store.commitBatch(batch(owner, 1, [streamCommit(cluster, 0, steps)]))
      const positions = (await collect(store.readLedger(cluster))).map(({ position }) => position)
      expect(positions).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1))
      for await (const entry of store.readLedger(cluster)) {
        // Stopping in the middle must leave nothing hanging.
        if (entry.position === 3) break
      }
    })
  })

  describe('snapshots', () => {
    let store: Store
    beforeEach(() => {
      store = world().open()
    })
    afterEach(() => store.close())
    const snapshot = (position: number, core = 'test') => ({
      position,
      core,
      body: { pods: [position, 'ü'] },
      fingerprint: `f${position}`,
    })

    test('a stream that has not begun has no history', async () => {
      const history = await store.loadStream('unheard-of')
      expect(history).toMatchObject({ cluster: 'unheard-of', lastPosition: 0, snapshot: null })
      expect(await outline(history.entries)).toBe('')
    })

    test('without one, all of the ledger is the history', async () => {
      const owner = await own(store, 'bare')
      await store.commitBatch(
        batch(owner, 1, [streamCommit('bare', 0, [ticked('bare', t())], { decisionPoint: decided(1, []) })]),
      )
      const history = await store.loadStream('bare')
      expect(history).toMatchObject({ lastPosition: 1, snapshot: null })
      expect(await outline(history.entries)).toBe('1 1d')
    })

    test('the newest is loaded, with exactly the entries behind it', async () => {
      const cluster = 'snapped'
      const owner = await own(store, cluster)
      const tick = ticked(cluster, t())
      await store.commitBatch(
        batch(owner, 2, [
          streamCommit(cluster, 0, [tick, tick], { decisionPoint: decided(2, []), snapshot: snapshot(2) }),
        ]),
      )
      expect(await outline((await store.loadStream(cluster)).entries)).toBe('')
      // Another decision at the very position of the snapshot is behind it.
      await store.commitBatch(batch(owner, 2, [streamCommit(cluster, 2, [], { decisionPoint: decided(2, []) })]))
      await store.commitBatch(batch(owner, 3, [streamCommit(cluster, 2, [tick])]))
      const history = await store.loadStream(cluster)
      expect(history).toMatchObject({ lastPosition: 3, snapshot: snapshot(2) })
      expect(await outline(history.entries)).toBe('2d 3')
    })

    test('the newest three are kept, and the first of its day and stretch; one of another core can be passed over', async () => {
      const cluster = 'cores'
      const owner = await own(store, cluster)
      for (let position = 1; position <= 5; position++) {
        const core = position < 5 ? 'old' : 'new'
        await store.commitBatch(
          batch(owner, position, [
            streamCommit(cluster, position - 1, [ticked(cluster, t())], { snapshot: snapshot(position, core) }),
          ]),
        )
      }
      expect(await world().snapshotPositions(cluster)).toEqual([1, 3, 4, 5])
      expect((await store.loadStream(cluster)).snapshot?.position).toBe(5)
      const history = await store.loadStream(cluster, { acceptsCore: core => core === 'old' })
      expect(history.snapshot).toMatchObject({ position: 4, core: 'old' })
      expect(await outline(history.entries)).toBe('5')
      const bare = await store.loadStream(cluster, { acceptsCore: () => false })
      expect(bare.snapshot).toBeNull()
      expect(await outline(bare.entries)).toBe('1 2 3 4 5')
    })

    test('of an earlier moment the newest at or before it is loaded', async () => {
      const cluster = 'earlier'
      const owner = await own(store, cluster)
      for (let position = 1; position <= 4; position++) {
        const [commit, next] = [streamCommit(cluster, position - 1, [ticked(cluster, t(position))]), position + 1]
        const taken = position % 2 === 1 ? snapshot(position) : null
        await store.commitBatch(batch(owner, next, [{ ...commit, snapshot: taken }]))
      }
      const at = async (upTo: Moment) => (await store.loadStream(cluster, { upTo })).snapshot?.position ?? null
      expect(await Promise.all([0, 1, 2, 3, 9].map(position => at({ position })))).toEqual([null, 1, 1, 3, 3])
      expect(await Promise.all([0, 1, 2, 3, 9].map(ms => at({ time: t(ms) })))).toEqual([null, 1, 1, 3, 3])
      expect(await outline((await store.loadStream(cluster, { upTo: { position: 2 } })).entries)).toBe('2 3 4')
    })

    test('taken again at the same place, the newer one counts', async () => {
      const owner = await own(store, 'again')
      await store.commitBatch(
        batch(owner, 1, [streamCommit('again', 0, [ticked('again', t())], { snapshot: snapshot(1) })]),
      )
      await store.commitBatch(batch(owner, 1, [streamCommit('again', 1, [], { snapshot: snapshot(1, 'newer') })]))
      expect((await store.loadStream('again')).snapshot?.core).toBe('newer')
      expect(await world().snapshotPositions('again')).toEqual([1])
    })

    test('one that does not stand at the end of the stream is a broken invariant', async () => {
      const owner = await own(store, 'early')
      const commit = streamCommit('early', 0, [ticked('early', t())], { snapshot: snapshot(4) })
      await expect(store.commitBatch(batch(owner, 1, [commit]))).rejects.toThrow(/a snapshot must stand at/)
    })
  })
}
