import { createManualTime } from '@rollcall/service'
import { createSimulatedCluster } from '@rollcall/simulator'
import { createSimulatedClusterApi } from '@rollcall/simulator/cluster-api'
import { expect, test } from 'vitest'
import { readingOnly } from './reading-only.ts'

test('what reads goes through, what writes does not reach the cluster', async () => {
  const time = createManualTime()
  const cluster = createSimulatedCluster({ name: 'theirs', seed: '1', clock: time.clock, timers: time.timers })
  const asked: string[] = []
  cluster.faults.tell({
    when({ verb }) {
      asked.push(verb)
      return false
    },
  })
  // The credentials would allow everything.
  const api = readingOnly(createSimulatedClusterApi(cluster, { timers: time.timers }))
  expect((await api.list('Namespace', { limit: 10 })).items.length).toBeGreaterThan(0)
  const address = { resource: 'Namespace', name: 'default' } as const
  const before = cluster.store.resourceVersion()
  for (const write of [
    api.create('Namespace', '', { metadata: { name: 'new' } }),
    api.delete(address, {}),
    api.evict({ resource: 'Pod', namespace: 'default', name: 'p' }, { uid: 'u' }),
    api.patch(address, 'merge', { metadata: { labels: { a: 'b' } } }),
  ]) {
    await expect(write).rejects.toThrow('theirs is only observed')
  }
  expect(cluster.store.resourceVersion()).toBe(before)
  expect(new Set(asked)).toEqual(new Set(['list']))
  await api.close()
})
