import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BrokenInvariantError, StaleOwnerError, type Store } from '../store.ts'
import { batch, createPod, decided, nodeFacts, nodeSeen, streamCommit, t, ticked } from '../testing/fixtures.ts'
import { eventsTopic, outline, own, type StoreWorld } from './harness.ts'

export function commitContract(world: () => StoreWorld): void {
  describe('commits', () => {
    let store: Store
    beforeEach(() => {
      store = world().open()
    })
    afterEach(() => store.close())

    test('ownership begins with epoch 1 and no offset, and counts up by one', async () => {
      const first = await store.takeOwnership('counting', eventsTopic, 3, 'p1')
      expect(first).toEqual({
        owner: { group: 'counting', topic: eventsTopic, partition: 3, epoch: 1 },
        nextOffset: null,
      })
      expect((await store.takeOwnership('counting', eventsTopic, 3, 'p2')).owner.epoch).toBe(2)
      expect((await store.takeOwnership('counting', eventsTopic, 4, 'p2')).owner.epoch).toBe(1)
      expect((await store.takeOwnership('other group', eventsTopic, 3, 'p2')).owner.epoch).toBe(1)
    })

    test('results and offset commit together, and the next owner goes on from there', async () => {
      const owner = await own(store, 'together')
      await store.commitBatch(batch(owner, 7, [streamCommit('together', 0, [ticked('together', t())])]))
      const next = await store.takeOwnership('together', eventsTopic, 0, 'p2')
      expect(next.nextOffset).toBe(7n)
      expect(await outline(store.readLedger('together'))).toBe('1')
    })

    test('offsets beyond 2^53 are exact', async () => {
      const owner = await own(store, 'far')
      const far = 2n ** 62n + 1n
      await store.commitBatch({ ...batch(owner, 0, []), nextOffset: far })
      expect((await store.takeOwnership('far', eventsTopic, 0, 'p2')).nextOffset).toBe(far)
    })

    test("a stale owner's transaction leaves nothing behind", async () => {
      const cluster = 'fenced'
      const stale = await own(store, cluster, 'p1')
      await store.commitBatch(batch(stale, 1, [streamCommit(cluster, 0, [ticked(cluster, t())])]))
      const other = world().open()
      try {
        const owner = await own(other, cluster, 'p2')
        const late = batch(stale, 9, [
          streamCommit(cluster, 1, [nodeSeen(cluster, t(1), nodeFacts('n1'))], {
            decisionPoint: decided(2, [createPod(cluster, 2, 'n1')]),
            watchPositions: new Map([['Node', '7']]),
            snapshot: { position: 2, core: 'test', body: {}, fingerprint: 'f' },
          }),
          streamCommit('fenced-new', 0, [ticked('fenced-new', t())]),
        ])
        await expect(store.commitBatch(late)).rejects.toThrow(StaleOwnerError)
        await expect(store.commitBatch(late)).rejects.toThrow(/epoch 1 .* is stale: another process holds epoch 2/)
        await expect(store.commitOffset(stale, 9n)).rejects.toThrow(StaleOwnerError)

        expect(await outline(other.readLedger(cluster))).toBe('1')
        expect(await outline(other.readLedger('fenced-new'))).toBe('')
        expect(await world().decisions(cluster)).toEqual([])
        expect(await world().nodes(cluster)).toEqual([])
        expect(await other.unpublishedCommands([cluster])).toEqual([])
        expect(await other.watchPositions(cluster)).toEqual(new Map())
        expect(await world().snapshotPositions(cluster)).toEqual([])
        expect(await other.streamsOf(cluster, eventsTopic, 0)).toEqual([cluster])
        // The new owner's own commit still fits.
        await other.commitBatch(batch(owner, 2, [streamCommit(cluster, 1, [ticked(cluster, t(2))])]))
        expect((await other.takeOwnership(cluster, eventsTopic, 0, 'p3')).nextOffset).toBe(2n)
      } finally {
        await other.close()
      }
    })

    test('an owner nobody has heard of is stale', async () => {
      const owner = { group: 'never', topic: eventsTopic, partition: 5, epoch: 1 } as const
      await expect(store.commitBatch(batch(owner, 1, []))).rejects.toThrow(StaleOwnerError)
    })

    test.each([
      ['a gap', 2, /position 4: the event leaves a gap behind the last position 2/],
      ['an overlap', 0, /position 2: the event overlaps the last position 2/],
    ])('%s in the positions is a broken invariant, and nothing of the batch is kept', async (what, after, message) => {
      const cluster = `positions-${what.replace(' ', '-')}`
      const owner = await own(store, cluster)
      await store.commitBatch(
        batch(owner, 2, [streamCommit(cluster, 0, [ticked(cluster, t()), ticked(cluster, t(1))])]),
      )
      const wrong = streamCommit(cluster, after + 1, [ticked(cluster, t(2)), ticked(cluster, t(3))])
      const error = await store.commitBatch(batch(owner, 4, [wrong])).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(BrokenInvariantError)
      expect((error as Error).message).toMatch(message)
      expect((error as Error).message).toContain(`stream ${cluster}`)
      expect(await outline(store.readLedger(cluster))).toBe('1 2')
      expect((await store.takeOwnership(cluster, eventsTopic, 0, 'p2')).nextOffset).toBe(2n)
    })

    test('an event of another stream, and a decision point elsewhere than at the end, are broken invariants', async () => {
      const owner = await own(store, 'misplaced')
      const foreign = streamCommit('misplaced', 0, [ticked('another', t())])
      await expect(store.commitBatch(batch(owner, 1, [foreign]))).rejects.toThrow(/belongs to stream another/)
      const early = streamCommit('misplaced', 0, [ticked('misplaced', t())], { decisionPoint: decided(2, []) })
      await expect(store.commitBatch(batch(owner, 1, [early]))).rejects.toThrow(/a decision point must stand at/)
    })

    test('a decision without events, and one more at the same position, are recorded in order', async () => {
      const cluster = 'twice-decided'
      const owner = await own(store, cluster)
      await store.commitBatch(batch(owner, 0, [streamCommit(cluster, 0, [], { decisionPoint: decided(0, []) })]))
      const [first, second] = [createPod(cluster, 1, 'n1'), createPod(cluster, 1, 'n2')]
      await store.commitBatch(
        batch(owner, 1, [
          streamCommit(cluster, 0, [ticked(cluster, t())], { decisionPoint: decided(1, [first]) }),
          streamCommit(cluster, 1, [], { decisionPoint: decided(1, [second]) }),
        ]),
      )
      expect(await outline(store.readLedger(cluster))).toBe('0d 1 1d 1d')
      expect((await world().decisions(cluster)).map(({ position, point }) => [position, point])).toEqual([
        [1, 1],
        [1, 2],
      ])
      expect(await store.unpublishedCommands([cluster])).toEqual([first, second])
    })

    test('a batch with nothing but an offset is allowed, also an unchanged one', async () => {
      const owner = await own(store, 'only-offset')
      await store.commitBatch(batch(owner, 3, []))
      await store.commitBatch(batch(owner, 3, []))
      await store.commitOffset(owner, 4n)
      expect((await store.takeOwnership('only-offset', eventsTopic, 0, 'p2')).nextOffset).toBe(4n)
    })

    test('an offset is stored with what was set aside before it; again is once', async () => {
      const owner = await own(store, 'set-aside')
      const letter = { offset: 6n, key: 'east', bytes: Buffer.from('{oops'), code: 'not-json', reason: 'not JSON' }
      await store.commitOffset(owner, 7n, [letter])
      await store.commitOffset(owner, 7n, [letter])
      const kept = (await world().deadLetters()).filter(({ bytes }) => Buffer.from(bytes).equals(letter.bytes))
      expect(kept).toEqual([expect.objectContaining({ ...letter, bytes: expect.anything() })])
      expect((await store.takeOwnership('set-aside', eventsTopic, 0, 'p2')).nextOffset).toBe(7n)
      await expect(store.commitOffset(owner, 8n, [{ ...letter, offset: 7n }])).rejects.toThrow(StaleOwnerError)
      expect((await world().deadLetters()).at(-1)).toMatchObject({ offset: 6n })
    })

    test('a partition knows the streams whose last commit came from it', async () => {
      const owner = await own(store, 'streams')
      const there = (await store.takeOwnership('streams', eventsTopic, 1, 'p1')).owner
      const watch = { watchPositions: new Map([['Pod', '5']] as const) }
      await store.commitBatch(
        batch(owner, 1, [streamCommit('b-stream', 0, [], watch), streamCommit('a-stream', 0, [], watch)]),
      )
      expect(await store.streamsOf('streams', eventsTopic, 0)).toEqual(['a-stream', 'b-stream'])
      // More partitions were added to the topic: the cluster's key leads elsewhere now.
      await store.commitBatch(batch(there, 1, [streamCommit('b-stream', 0, [ticked('b-stream', t())])]))
      expect(await store.streamsOf('streams', eventsTopic, 0)).toEqual(['a-stream'])
      expect(await store.streamsOf('streams', eventsTopic, 1)).toEqual(['b-stream'])
    })

    test('two owners that race for one partition: every commit is whole, none is lost, the loser is told', async () => {
      const cluster = 'race'
      const other = world().open()
      try {
        let position = 0
        const seen: number[] = []
        for (let round = 0; round < 5; round++) {
          const stale = await own(store, cluster, 'p1')
          const commit = batch(stale, position + 1, [streamCommit(cluster, position, [ticked(cluster, t(round))])])
          const [outcome, taken] = await Promise.allSettled([
            store.commitBatch(commit),
            other.takeOwnership(cluster, eventsTopic, 0, 'p2'),
          ])
          if (taken.status === 'rejected') throw taken.reason
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(StaleOwnerError)
          // What the new owner is told is what there is: the commit came before it, or never comes.
          const committed = Number(taken.value.nextOffset ?? 0n)
          expect(committed).toBe(outcome.status === 'fulfilled' ? position + 1 : position)
          position = committed
          if (outcome.status === 'fulfilled') seen.push(position)
        }
        expect(await outline(other.readLedger(cluster))).toBe(seen.join(' '))
      } finally {
        await other.close()
      }
    })
  })
}
