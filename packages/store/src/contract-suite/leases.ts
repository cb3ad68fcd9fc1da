import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../store.ts'
import type { StoreWorld } from './harness.ts'

export function leaseContract(world: () => StoreWorld): void {
  describe('leases', () => {
    let [one, other]: Store[] = []
    beforeEach(() => {
      one = world().open()
      other = world().open()
    })
    afterEach(() => Promise.all([one?.close(), other?.close()]))
    const stores = () => {
      if (!one || !other) throw new Error('two stores')
      return [one, other] as const
    }

    test('one process holds it, nobody else gets it, not even itself; released, it is free', async () => {
      const [a, b] = stores()
      const lease = await a.tryLease('watch/one')
      expect(lease).not.toBeNull()
      expect(await b.tryLease('watch/one')).toBeNull()
      expect(await a.tryLease('watch/one')).toBeNull()
      expect(await b.tryLease('watch/two')).not.toBeNull()
      await lease?.release()
      await lease?.release()
      expect(lease?.lost.aborted).toBe(false)
      expect(await b.tryLease('watch/one')).not.toBeNull()
    })

    test('of many who ask at once, one gets it', async () => {
      const [a, b] = stores()
      const asked = await Promise.all([a, b, a, b].map(store => store.tryLease('watch/race')))
      expect(asked.filter(lease => lease !== null)).toHaveLength(1)
    })

    test('when the session ends, whoever works under the lease is told, and others may have it', async () => {
      const [a, b] = stores()
      const lease = await a.tryLease('watch/lost')
      if (!lease) throw new Error('a lease')
      const lost = new Promise(resolve => lease.lost.addEventListener('abort', resolve))
      await world().breakLeases()
      await lost
      const next = await b.tryLease('watch/lost')
      expect(next).not.toBeNull()
      await lease.release()
      expect(await a.tryLease('watch/lost')).toBeNull()
      await next?.release()
      expect(await a.tryLease('watch/lost')).not.toBeNull()
    })

    test('closing the store gives its leases back', async () => {
      const [a, b] = stores()
      const lease = await a.tryLease('watch/closing')
      await a.close()
      expect(lease?.lost.aborted).toBe(true)
      await expect.poll(() => b.tryLease('watch/closing')).not.toBeNull()
    })
  })
}
