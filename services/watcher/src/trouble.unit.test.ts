import { ApiError, UnreachableError } from '@rollcall/kube'
import { settled } from '@rollcall/service'
import { afterEach, describe, expect, it } from 'vitest'
import type { WatcherSettings } from './ports.ts'
import { FakeCluster } from './testing/fake-cluster.ts'
import { createHarness, type Harness, node } from './testing/harness.ts'

let harness: Harness

const start = (
  cluster: FakeCluster,
  changes: Partial<WatcherSettings> = {},
  prepare?: Parameters<typeof createHarness>[2],
) => {
  harness = createHarness([cluster], changes, prepare)
  return harness
}

afterEach(async () => {
  const stopped = harness.watcher.stop()
  await harness.time.advance(10_000)
  await stopped
  // Nothing may be left that would keep the process alive.
  expect(harness.time.armed()).toBe(0)
})

describe('trouble', () => {
  it('an unreachable cluster is told once, shows in readiness, and comes back by itself', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Node', node('n1'))
    const { told, time, logger, health } = start(cluster)
    await told()
    cluster.fail(new UnreachableError('nothing listens there'))
    await time.advance(600_000)
    const warnings = logger.lines.filter(line => line.level === 'warn')
    expect(warnings.map(line => line.message)).toEqual(['the cluster cannot be watched; keeps trying'])
    expect((await health.readiness()).checks['cluster east']).toContain('nothing listens there')
    cluster.put('Node', node('n2'))
    cluster.fail(null)
    await time.advance(30_000)
    expect(await told()).toEqual(['NodeObserved n2'])
    expect((await health.readiness()).ready).toBe(true)
    expect(logger.lines.at(-1)?.message).toBe('the cluster is watched again')
  })

  it('a cluster that is unreachable from the start comes up later', async () => {
    const cluster = new FakeCluster('east')
    cluster.fail(new UnreachableError('nothing listens there'))
    const { told, time, logger } = start(cluster)
    await time.advance(120_000)
    expect(await told()).toEqual([])
    expect(logger.lines.filter(line => line.level === 'warn')).toHaveLength(1)
    cluster.fail(null)
    await time.advance(30_000)
    expect((await told())[0]).toBe('ClusterIdentified cluster-1 observe')
  })

  it('missing rights are named, others are not disturbed, and granting them helps', async () => {
    const east = new FakeCluster('east')
    const west = new FakeCluster('west')
    east.missing = [{ verb: 'watch', group: 'apps', resource: 'daemonsets' }]
    harness = createHarness([east, west])
    const { told, time, logger, health } = harness
    expect(await told()).toContain('ClusterIdentified cluster-1 observe')
    await time.advance(130_000)
    const said = logger.lines.filter(line => line.level === 'warn').map(line => line.message)
    expect(said).toEqual([
      'the credentials for east lack rights: watch daemonsets.apps. Until they are granted (infra/rbac/watcher.yaml) nothing of it is observed; keeps trying',
    ])
    expect((await health.readiness()).checks).toMatchObject({
      'cluster east': expect.stringContaining('lack rights: watch daemonsets.apps'),
      'cluster west': 'ok',
    })
    east.missing = []
    await time.advance(61_000)
    expect(await told()).toContain('ClusterIdentified cluster-1 observe')
    expect((await health.readiness()).ready).toBe(true)
  })

  it('another cluster under the address: identified again and everything listed', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Node', node('n1'))
    const { told, time } = start(cluster)
    await told()
    cluster.replace('cluster-2', 900)
    cluster.put('Node', node('n1'))
    await time.advance(30_000)
    const words = await told()
    expect(words[0]).toBe('ClusterIdentified cluster-2 observe')
    expect(words.filter(word => /Node/.test(word))).toEqual([
      'RelistStarted Node',
      'RelistListed Node n1',
      'NodeObserved n1',
      'RelistCompleted Node 901',
    ])
  })

  it('a log that takes nothing slows the watch, loses nothing, and is told once', async () => {
    const cluster = new FakeCluster('east')
    const { told, time, logger, state, health } = start(cluster, { queueMax: 5 })
    await told()
    state.appendFailure = new Error('Kafka is away')
    for (let index = 0; index < 50; index++) cluster.put('Node', node(`n${index}`))
    await time.advance(120_000)
    expect((await health.readiness()).checks['cluster east']).toContain('the log takes no events: Kafka is away')
    state.appendFailure = null
    await time.advance(30_000)
    expect(await told()).toEqual(Array.from({ length: 50 }, (_, index) => `NodeObserved n${index}`))
    expect(logger.lines.filter(line => line.level === 'warn')).toHaveLength(1)
  })

  it('a record that is too large is left out and told; the rest gets through', async () => {
    const cluster = new FakeCluster('east')
    const { told, logger, state } = start(cluster)
    await told()
    const gate = Promise.withResolvers<void>()
    state.gate = gate.promise
    for (const name of ['a', 'b']) cluster.put('Node', node(name))
    await settled()
    state.appendFailure = Object.assign(new Error('1 MB'), { code: 'record-too-large' })
    gate.resolve()
    await settled()
    state.appendFailure = null
    cluster.put('Node', node('c'))
    expect(await told()).toEqual(['NodeObserved c'])
    expect(logger.lines.filter(line => line.level === 'error').map(line => line.message)).toEqual([
      expect.stringMatching(/one NodeObserved is too large/),
      expect.stringMatching(/one NodeObserved is too large/),
    ])
  })
})

describe('the lease', () => {
  it('a standby watches nothing until the lease is free', async () => {
    const cluster = new FakeCluster('east')
    const { told, time, health } = start(cluster, {}, ({ state }) => {
      state.leaseIsFree = false
    })
    await time.advance(60_000)
    expect(await told()).toEqual([])
    expect(cluster.lists).toBe(0)
    expect((await health.readiness()).ready).toBe(true)
    harness.state.leaseIsFree = true
    await time.advance(5_000)
    expect((await told())[0]).toMatch(/^ClusterIdentified/)
  })

  it('when it is lost, nothing more is published, and what was known is forgotten', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Node', node('n1'))
    const { told, time, state } = start(cluster)
    await told()
    state.leaseIsFree = false
    state.lease?.abort(new Error('session ended'))
    await settled()
    expect(state.released).toBe(1)
    cluster.put('Node', node('n2'))
    expect(await told()).toEqual([])
    state.leaseIsFree = true
    await time.advance(10_000)
    expect((await told()).filter(word => /NodeObserved/.test(word))).toEqual(['NodeObserved n1', 'NodeObserved n2'])
  })

  it('stopping publishes what was seen and gives the lease back', async () => {
    const cluster = new FakeCluster('east')
    const { told, state, watcher, time } = start(cluster)
    await told()
    const gate = Promise.withResolvers<void>()
    state.gate = gate.promise
    cluster.put('Node', node('n1'))
    cluster.put('Node', node('n2'))
    await settled()
    const stopped = watcher.stop()
    await settled()
    expect(state.released).toBe(0)
    gate.resolve()
    await stopped
    expect(state.released).toBe(1)
    expect(await told()).toEqual(['NodeObserved n1', 'NodeObserved n2'])
    await time.advance(0)
  })

  it('stopping does not wait for a log that is away', async () => {
    const cluster = new FakeCluster('east')
    const { told, state, watcher, time } = start(cluster)
    await told()
    state.appendFailure = new Error('away')
    cluster.put('Node', node('n1'))
    await settled()
    const stopped = watcher.stop()
    await time.advance(6_000)
    await stopped
    expect(state.released).toBe(1)
  })
})

it('a refused request names the status in readiness', async () => {
  const cluster = new FakeCluster('east')
  cluster.fail(
    new ApiError({ code: 401, reason: 'Unauthorized', cause: '', message: 'Unauthorized', retryAfterMs: null }),
  )
  const { health } = start(cluster)
  await settled()
  expect((await health.readiness()).checks['cluster east']).toContain('HTTP 401 Unauthorized')
})
