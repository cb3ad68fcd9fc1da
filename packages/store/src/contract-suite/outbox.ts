import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../store.ts'
import {
  batch,
  createPod,
  decided,
  endPod,
  podFacts,
  type Step,
  settled,
  streamCommit,
  t,
  ticked,
} from '../testing/fixtures.ts'
import { own, type StoreWorld } from './harness.ts'

export function outboxContract(world: () => StoreWorld): void {
  describe('the outbox', () => {
    let store: Store
    beforeEach(() => {
      store = world().open()
    })
    afterEach(() => store.close())

    test('commands come out as they went in, oldest first, until they are marked published', async () => {
      const cluster = 'outbox'
      const owner = await own(store, cluster)
      const first = [createPod(cluster, 1, 'n9'), endPod('DeletePod', cluster, 1, podFacts('a', 'n1'))]
      const second = [createPod(cluster, 2, 'n1')]
      const tick = ticked(cluster, t())
      await store.commitBatch(batch(owner, 1, [streamCommit(cluster, 0, [tick], { decisionPoint: decided(1, first) })]))
      await store.commitBatch(
        batch(owner, 2, [streamCommit(cluster, 1, [tick], { decisionPoint: decided(2, second) })]),
      )
      expect(await store.unpublishedCommands([cluster])).toEqual([...first, ...second])
      expect(await store.unpublishedCommands([])).toEqual([])
      expect(await store.unpublishedCommands(['unheard-of'])).toEqual([])

      await store.markPublished(first.map(({ id }) => id))
      await store.markPublished([...first.map(({ id }) => id), 'unheard-of'])
      await store.markPublished([])
      expect(await store.unpublishedCommands([cluster])).toEqual(second)
    })

    test('a crash between commit and publishing: the next owner finds them', async () => {
      const cluster = 'crash'
      const command = createPod(cluster, 1, 'n1')
      const owner = await own(store, cluster)
      await store.commitBatch(
        batch(owner, 1, [streamCommit(cluster, 0, [ticked(cluster, t())], { decisionPoint: decided(1, [command]) })]),
      )
      await store.close()
      const next = world().open()
      try {
        const { nextOffset } = await next.takeOwnership(cluster, 'rollcall.events', 0, 'p2')
        expect(nextOffset).toBe(1n)
        expect(await next.unpublishedCommands([cluster])).toEqual([command])
      } finally {
        await next.close()
      }
    })

    test('settled commands are known, with their answer, and need no publishing', async () => {
      const cluster = 'settling'
      const owner = await own(store, cluster)
      const [done, refused, shown, flying] = ['n1', 'n2', 'n3', 'n4'].map(node => createPod(cluster, 1, node))
      if (!done || !refused || !shown || !flying) throw new Error('four commands')
      const shownDone: Step = {
        ...ticked(cluster, t(30)),
        effects: [{ kind: 'commandSettled', commandId: shown.id, settled: null }],
      }
      await store.commitBatch(
        batch(owner, 1, [
          streamCommit(cluster, 0, [ticked(cluster, t())], {
            decisionPoint: decided(1, [done, refused, shown, flying]),
          }),
          // Settled in the batch that issued it, which the port allows.
          streamCommit(cluster, 1, [settled(done, t(10))]),
        ]),
      )
      await store.commitBatch(
        batch(owner, 2, [
          streamCommit(cluster, 2, [
            settled(refused, t(20), 'refused'),
            shownDone,
            settled(createPod(cluster, 9, 'n'), t(40)),
          ]),
        ]),
      )
      const ids = [done, refused, shown, flying].map(({ id }) => id)
      expect(await store.settledCommands([...ids, 'unheard-of'])).toEqual(new Set(ids.slice(0, 3)))
      expect(await store.settledCommands([])).toEqual(new Set())
      expect(await store.unpublishedCommands([cluster])).toEqual([flying])
      expect(await world().settlement(done.id)).toEqual({ position: 2, at: t(10), result: 'done', answer: null })
      expect(await world().settlement(refused.id)).toMatchObject({ result: 'refused', answer: { code: 403 } })
      expect(await world().settlement(shown.id)).toMatchObject({ position: 4, result: null })
      expect(await world().settlement(flying.id)).toBeNull()
    })

    test('an outcome completes what the watched object had shown; a second outcome changes nothing', async () => {
      const cluster = 'late-outcome'
      const owner = await own(store, cluster)
      const command = createPod(cluster, 1, 'n1')
      const shown: Step = {
        ...ticked(cluster, t(5)),
        effects: [{ kind: 'commandSettled', commandId: command.id, settled: null }],
      }
      const turns = [[shown], [settled(command, t(10), 'alreadyDone')], [settled(command, t(20), 'skipped'), shown]]
      await store.commitBatch(
        batch(owner, 1, [streamCommit(cluster, 0, [ticked(cluster, t())], { decisionPoint: decided(1, [command]) })]),
      )
      let position = 1
      for (const steps of turns) {
        await store.commitBatch(batch(owner, 1, [streamCommit(cluster, position, steps)]))
        position += steps.length
      }
      expect(await world().settlement(command.id)).toMatchObject({ position: 2, at: t(5), result: 'alreadyDone' })
    })
  })
}
