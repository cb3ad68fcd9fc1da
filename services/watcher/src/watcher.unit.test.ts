import { UnreachableError } from '@rollcall/kube'
import { settled } from '@rollcall/service'
import { afterEach, describe, expect, it } from 'vitest'
import type { WatcherSettings } from './ports.ts'
import { FakeCluster } from './testing/fake-cluster.ts'
import { createHarness, type Harness, node, pod } from './testing/harness.ts'

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

const emptyRelist = (kind: string, version: number) => [`RelistStarted ${kind}`, `RelistCompleted ${kind} ${version}`]

describe('first start', () => {
  it('identifies the cluster, then lists all four kinds in brackets', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Node', node('n1'))
    cluster.put('Pod', pod('p1', 'daemonSet'))
    cluster.put('Pod', pod('web', 'replicaSet'))
    cluster.put('Pod', pod('orphan', null))
    cluster.put('Pod', pod('bare', null, { labels: {} }))
    const told = await start(cluster).told()
    expect(told[0]).toBe('ClusterIdentified cluster-1 observe')
    expect(told.filter(word => /Node/.test(word))).toEqual([
      'RelistStarted Node',
      'RelistListed Node n1',
      'NodeObserved n1',
      'RelistCompleted Node 105',
    ])
    expect(told.filter(word => /Pod/.test(word))).toEqual([
      'RelistStarted Pod',
      'RelistListed Pod ns/p1,ns/orphan',
      'PodObserved ns/p1',
      'PodObserved ns/orphan',
      'RelistCompleted Pod 105',
    ])
    expect(told.filter(word => /DaemonSet|Revision/.test(word)).sort()).toEqual(
      [...emptyRelist('ControllerRevision', 105), ...emptyRelist('DaemonSet', 105)].sort(),
    )
    expect((await harness.health.readiness()).ready).toBe(true)
  })

  it('all pods by option, and control where it is asked for', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Pod', pod('web', 'replicaSet'))
    const told = await start(cluster, { pods: 'all', controlClusters: ['east'] }).told()
    expect(told).toContain('PodObserved ns/web')
    expect(told[0]).toBe('ClusterIdentified cluster-1 control')
  })

  it('names are listed 500 at a time', async () => {
    const cluster = new FakeCluster('east')
    for (let index = 0; index < 1001; index++) cluster.put('Node', node(`n${index}`))
    const told = await start(cluster, { pageSize: 5000, queueMax: 10 }).told()
    const listed = told.filter(word => word.startsWith('RelistListed'))
    expect(listed.map(word => word.split(',').length)).toEqual([500, 500, 1])
  })
})

describe('changes', () => {
  it('are published as they come; those of nothing kept are dropped', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Pod', pod('p1', 'daemonSet'))
    const { told, registry } = start(cluster)
    await told()
    cluster.put('Pod', pod('p1', 'daemonSet'))
    expect(await told()).toEqual([])
    cluster.put('Pod', pod('p1', 'daemonSet', { phase: 'Failed' }))
    cluster.put('Node', node('n1'))
    expect(await told()).toEqual(['PodObserved ns/p1', 'NodeObserved n1'])
    cluster.remove('Pod', 'ns', 'p1')
    expect(await told()).toEqual(['PodGone ns/p1'])
    expect(await registry.metrics()).toMatch(
      /rollcall_watcher_changes_dropped_total\{cluster="east",kind="Pod",reason="unchanged".*\} 1/,
    )
  })

  it('a pod that leaves the set is published once, and once when it is gone', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Pod', pod('p1', null))
    const { told } = start(cluster)
    await told()
    cluster.put('Pod', pod('p1', 'replicaSet'))
    expect(await told()).toEqual(['PodObserved ns/p1'])
    cluster.put('Pod', pod('p1', 'replicaSet', { phase: 'Failed' }))
    expect(await told()).toEqual([])
    cluster.remove('Pod', 'ns', 'p1')
    expect(await told()).toEqual(['PodGone ns/p1'])
  })

  it('pods that never belonged are never published', async () => {
    const cluster = new FakeCluster('east')
    const { told } = start(cluster)
    await told()
    cluster.put('Pod', pod('web', 'replicaSet'))
    cluster.remove('Pod', 'ns', 'web')
    expect(await told()).toEqual([])
  })

  it('an object that cannot be read is left out and told, the others go on', async () => {
    const cluster = new FakeCluster('east')
    const { told, logger } = start(cluster)
    await told()
    cluster.put('Node', { metadata: { name: 'odd' } })
    cluster.put('Node', node('n2'))
    expect(await told()).toEqual(['NodeObserved n2'])
    expect(JSON.stringify(logger.lines)).toContain('Node odd: metadata.uid is missing')
  })

  it('what arrives during an append goes into the next one', async () => {
    const cluster = new FakeCluster('east')
    const { told, state, appends } = start(cluster)
    await told()
    const gate = Promise.withResolvers<void>()
    state.gate = gate.promise
    for (let index = 0; index < 20; index++) {
      cluster.put('Node', node(`n${index}`))
      await settled(2)
    }
    gate.resolve()
    await settled()
    expect(appends.map(append => append.length)).toEqual([1, 19])
  })
})

describe('bookmarks', () => {
  it('move the position at most once a minute, and not when nothing moved', async () => {
    const cluster = new FakeCluster('east')
    const { told, time } = start(cluster)
    await told()
    cluster.bookmark('Node')
    cluster.bookmark('Node')
    expect(await told()).toEqual(['WatchProgressed Node 101'])
    await time.advance(60_000)
    cluster.bookmark('Node')
    expect(await told()).toEqual(['WatchProgressed Node 103'])
  })
})

describe('resume', () => {
  const resumed = (cluster: FakeCluster, changes: Parameters<typeof start>[1] = {}) =>
    start(cluster, changes, ({ positions }) => {
      for (const kind of ['Node', 'Pod', 'DaemonSet', 'ControllerRevision'] as const) positions.set(kind, '102')
    })

  it('watches from the stored positions and lists nothing', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Node', node('n1'))
    cluster.put('Node', node('n2'))
    cluster.put('Node', node('n3'))
    expect(await resumed(cluster).told()).toEqual(['ClusterIdentified cluster-1 observe', 'NodeObserved n3'])
  })

  it('lists all the same when it is told to', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Node', node('n1'))
    const told = await resumed(cluster, { relist: true }).told()
    expect(told.filter(word => /Node/.test(word))).toEqual([
      'RelistStarted Node',
      'RelistListed Node n1',
      'NodeObserved n1',
      'RelistCompleted Node 101',
    ])
  })

  it('lists when the positions are too old', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Node', node('n1'))
    cluster.version = 200
    cluster.compacted = 150
    const told = await resumed(cluster).told()
    expect(told.filter(word => /Node/.test(word))).toEqual([
      'RelistStarted Node',
      'RelistListed Node n1',
      'NodeObserved n1',
      'RelistCompleted Node 200',
    ])
  })

  it('a pod an earlier process may have published is published once more as it leaves', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Pod', pod('p1', null))
    cluster.put('Pod', pod('p2', null))
    const { told } = resumed(cluster)
    await told()
    cluster.put('Pod', pod('p1', 'replicaSet'))
    cluster.put('Pod', pod('new', 'replicaSet'))
    expect(await told()).toEqual(['PodObserved ns/p1'])
    cluster.put('Pod', pod('p1', 'replicaSet', { phase: 'Failed' }))
    cluster.put('Pod', pod('new', 'replicaSet', { phase: 'Failed' }))
    expect(await told()).toEqual([])
    cluster.remove('Pod', 'ns', 'new')
    cluster.remove('Pod', 'ns', 'p1')
    expect(await told()).toEqual(['PodGone ns/p1'])
  })

  it('positions of a cluster that was re-created meanwhile do not count', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Node', node('n1'))
    cluster.version = 500
    const { told } = start(cluster, {}, ({ state, positions }) => {
      state.storedUid = 'cluster-0'
      positions.set('Node', '400')
    })
    expect(await told()).toContain('RelistStarted Node')
  })
})

describe('410 in a running watcher', () => {
  it('lists names again, but publishes only what changed', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Node', node('n1'))
    cluster.put('Node', node('n2'))
    cluster.put('Node', node('n3'))
    const { told, time } = start(cluster)
    await told()
    cluster.fail(new UnreachableError('cut'))
    await settled()
    cluster.put('Node', node('n2', { zone: 'b' }))
    cluster.remove('Node', '', 'n3')
    cluster.compacted = cluster.version
    cluster.fail(null)
    await time.advance(30_000)
    expect((await told()).filter(word => /Node/.test(word))).toEqual([
      'RelistStarted Node',
      'RelistListed Node n1,n2',
      'NodeObserved n2',
      'RelistCompleted Node 105',
    ])
    cluster.put('Node', node('n3'))
    expect(await told()).toEqual(['NodeObserved n3'])
  })

  it('history that went back publishes everything again', async () => {
    const cluster = new FakeCluster('east')
    cluster.put('Node', node('n1'))
    const { told, time } = start(cluster)
    await told()
    cluster.version = 50
    cluster.cutWatches()
    await time.advance(30_000)
    expect((await told()).filter(word => /Node/.test(word))).toEqual([
      'RelistStarted Node (history reset)',
      'RelistListed Node n1',
      'NodeObserved n1',
      'RelistCompleted Node 50',
    ])
  })
})
