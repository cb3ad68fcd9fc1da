import { describe, expect, test } from 'vitest'
import type { FakeCluster } from './testing/fake-cluster.ts'
import { aNode } from './testing/objects.ts'
import {
  type Asked,
  annotated,
  apply,
  daemonSetOf,
  lastReason,
  named,
  nodesOn,
  pass,
  ready,
  rolling,
  rulesOf,
  settled,
} from './testing/rollouts.ts'

describe.each(['maxUnavailable', 'maxSurge'] as const)('a rollout by %s', by => {
  const strategy = rolling(by, 1)

  test('that is paused replaces nothing, says so once, and goes on when it is resumed', () => {
    const cluster = settled(named(3), { ...strategy, annotations: annotated({ paused: 'true' }) })
    apply(cluster, { image: 'image:2' })
    cluster.run()
    pass(cluster, 5)
    expect(nodesOn(cluster, 'older')).toEqual(['n0', 'n1', 'n2'])
    expect(rulesOf(cluster).filter(rule => rule === 'rollout-paused')).toHaveLength(1)
    expect(lastReason(cluster, 'rollout-paused')).toMatchObject({ waiting: 3 })
    apply(cluster, { asked: {} })
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1', 'n2'])
  })

  test('that is paused by nonsense is held as well', () => {
    const cluster = settled(named(2), { ...strategy, annotations: annotated({ canary: 'some' }) })
    apply(cluster, { image: 'image:2' })
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual([])
    expect(lastReason(cluster, 'rollout-annotation-unreadable')).toMatchObject({ annotations: ['rollcall.dev/canary'] })
    apply(cluster, { asked: { canary: '1' } })
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n0'])
  })

  test('while paused, a pod that has to be made is of the older template', () => {
    const cluster = settled(named(2), { ...strategy, annotations: annotated({ paused: 'true' }) })
    apply(cluster, { image: 'image:2' })
    cluster.run()
    cluster.putNode(aNode('late'))
    cluster.run()
    expect(nodesOn(cluster, 'older')).toEqual(['late', 'n0', 'n1'])
    const creation = cluster.commands.findLast(({ type }) => type === 'CreatePod')
    expect(creation).toMatchObject({ node: 'late', templateGeneration: null })
  })

  test.each([[{ canary: '2' }], [{ canary: '50%' }], [{ partition: '2' }], [{ partition: '50%' }]])(
    'with %o stops after two of four, also when a pod is made again; then goes on',
    asked => {
      const cluster = settled(named(4), { ...strategy, annotations: annotated(asked as Asked) })
      apply(cluster, { image: 'image:2' })
      cluster.run()
      pass(cluster, 3)
      expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1'])
      for (const [name, pod] of cluster.pods) if (pod.nodeName === 'n0' || pod.nodeName === 'n3') cluster.dropPod(name)
      cluster.run()
      expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1'])
      expect(nodesOn(cluster, 'older')).toEqual(['n2', 'n3'])
      expect(lastReason(cluster, 'rollout-canary-size')).toMatchObject({ limit: 2, updated: 2, waiting: 2 })
      apply(cluster, { asked: {} })
      cluster.run()
      expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1', 'n2', 'n3'])
    },
  )

  test('with canary-nodes touches those alone; a node that becomes one follows', () => {
    const nodes = [aNode('n0'), aNode('n1', { labels: { pool: 'canary' } }), aNode('n2')]
    const cluster = settled(nodes, { ...strategy, annotations: annotated({ 'canary-nodes': 'pool=canary' }) })
    apply(cluster, { image: 'image:2' })
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n1'])
    expect(lastReason(cluster, 'rollout-canary-nodes')).toMatchObject({ waiting: 2 })
    cluster.putNode(aNode('n2', { labels: { pool: 'canary' } }))
    cluster.putNode(aNode('late'))
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n1', 'n2'])
    expect(nodesOn(cluster, 'older')).toEqual(['late', 'n0'])
  })

  test('in order of zones finishes one, soaks, and begins the next', () => {
    const zone = (name: string, value: string) => aNode(name, { labels: { zone: value } })
    const nodes = [zone('n0', 'b'), zone('n1', 'a'), zone('n2', 'b'), zone('n3', 'a')]
    const asked = { 'rollout-order': 'zone', 'rollout-soak': '10s' }
    const cluster = settled(nodes, { ...strategy, annotations: annotated(asked) })
    apply(cluster, { image: 'image:2' })
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n1', 'n3'])
    pass(cluster, 9)
    expect(nodesOn(cluster, 'present')).toEqual(['n1', 'n3'])
    pass(cluster, 2)
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1', 'n2', 'n3'])
    expect(rulesOf(cluster).filter(rule => rule === 'rollout-soaking')).toHaveLength(1)
  })

  test('in order of zones waits for a zone that does not become available', () => {
    const zone = (name: string, value: string) => aNode(name, { labels: { zone: value } })
    const cluster = settled([zone('n0', 'a'), zone('n1', 'b')], {
      ...rolling(by, 2),
      annotations: annotated({ 'rollout-order': 'zone' }),
    })
    cluster.kubelet = false
    apply(cluster, { image: 'image:2' })
    cluster.run()
    expect(nodesOn(cluster, 'older')).toContain('n1')
    cluster.kubelet = true
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1'])
  })

  test('in order of zones of which one name begins another takes them by their names', () => {
    const zones = ['a', 'a-b', 'a.c']
    const nodes = zones.map((zone, index) => aNode(`n${index}`, { labels: { zone } }))
    const cluster = settled(nodes, {
      ...strategy,
      annotations: annotated({ 'rollout-order': 'zone', 'rollout-soak': '10s' }),
    })
    apply(cluster, { image: 'image:2' })
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n0'])
    pass(cluster, 11)
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1'])
    pass(cluster, 11)
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1', 'n2'])
  })

  test('in batches replaces so many, waits until they are available, soaks, and goes on', () => {
    const asked = { 'rollout-batch': '2', 'rollout-soak': '1m' }
    const cluster = settled(named(5), { ...rolling(by, 5), annotations: annotated(asked) })
    apply(cluster, { image: 'image:2' })
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1'])
    pass(cluster, 58)
    expect(nodesOn(cluster, 'present')).toHaveLength(2)
    pass(cluster, 5)
    expect(nodesOn(cluster, 'present')).toHaveLength(4)
    pass(cluster, 62)
    expect(nodesOn(cluster, 'present')).toHaveLength(5)
  })

  test('with an interval replaces one pod at a time', () => {
    const cluster = settled(named(3), { ...rolling(by, 5), annotations: annotated({ 'replacement-interval': '30s' }) })
    apply(cluster, { image: 'image:2' })
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n0'])
    pass(cluster, 29)
    expect(nodesOn(cluster, 'present')).toEqual(['n0'])
    pass(cluster, 1)
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1'])
    pass(cluster, 30)
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1', 'n2'])
  })
})

describe('strict-max-unavailable', () => {
  const replaced = (asked: Asked) => {
    const cluster = settled(named(4), { annotations: annotated(asked) })
    for (const pod of [...cluster.pods.values()]) cluster.putPod({ ...pod, ready: false, readySince: null })
    cluster.run()
    cluster.kubelet = false
    apply(cluster, { image: 'image:2' })
    return cluster.run().filter(({ type }) => type === 'DeletePod').length
  }

  test('replaces pods that are not available one by one, not all at once (k/k#111073)', () => {
    expect(replaced({})).toBe(4)
    expect(replaced({ 'strict-max-unavailable': 'true' })).toBe(1)
  })
})

describe('unhealthy-nodes', () => {
  const asked = annotated({ 'unhealthy-nodes': 'ignore' })
  /** A node dies: it is not Ready, nor is its pod, and a pod that is deleted there stays. */
  function die(cluster: FakeCluster, name: string): void {
    cluster.deadNodes.add(name)
    cluster.putNode(aNode(name, { uid: `uid-${name}`, ...ready('False') }))
    for (const pod of [...cluster.pods.values()])
      if (pod.nodeName === name) cluster.putPod({ ...pod, ready: false, readySince: null })
    cluster.run()
  }

  test('1,000 nodes with 100 dead ones roll out with maxUnavailable 10; without it, not one healthy node does', () => {
    const rollOut = (annotations: Asked) => {
      const updateStrategy = { type: 'RollingUpdate', maxUnavailable: 10, maxSurge: 0 }
      const cluster = settled(named(1000, ready('True')), { updateStrategy, annotations })
      for (let index = 0; index < 100; index++) die(cluster, `n${index * 10}`)
      apply(cluster, { image: 'image:2' })
      let most = 0
      const fold = cluster.fold.bind(cluster)
      cluster.fold = (event, deciding) => {
        fold(event, deciding)
        most = Math.max(most, cluster.state.daemonSets.get('uid-ds')?.totals.unsettled ?? 0)
      }
      cluster.run(1000)
      pass(cluster, 2)
      return { updated: nodesOn(cluster, 'present').length, most }
    }
    expect(rollOut(asked)).toEqual({ updated: 900, most: 10 })
    expect(rollOut({}).updated).toBe(0)
  })

  test('a dead node has its turn when it is Ready again', () => {
    const cluster = settled(named(3, ready('True')), { annotations: asked })
    die(cluster, 'n0')
    apply(cluster, { image: 'image:2' })
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n1', 'n2'])
    cluster.deadNodes.delete('n0')
    cluster.putNode(aNode('n0', ready('True')))
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1', 'n2'])
  })

  test('a new pod that kills its node stops the rollout, until the node is Ready again or gone', () => {
    const updateStrategy = { type: 'RollingUpdate', maxUnavailable: 3, maxSurge: 0 }
    const wide = { annotations: { ...asked, ...annotated({ 'replacement-interval': '10s' }) }, updateStrategy }
    const cluster = settled(named(6, ready('True')), wide)
    apply(cluster, { image: 'image:2' })
    cluster.run()
    die(cluster, 'n0')
    pass(cluster, 60)
    expect(nodesOn(cluster, 'present')).toEqual(['n0'])
    expect(lastReason(cluster, 'rollout-node-lost')).toMatchObject({ nodes: ['n0'], count: 1, waiting: 5 })
    cluster.dropNode('n0')
    cluster.run()
    pass(cluster, 60)
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5'])
  })
})

describe('auto-pause', () => {
  const strategy = rolling('maxUnavailable', 1)
  const hashOf = (cluster: FakeCluster) => cluster.state.daemonSets.get('uid-ds')?.current?.hash ?? ''

  function rollOutBroken(asked: Asked, trouble: { trouble?: string; restarts?: number }): FakeCluster {
    const cluster = settled(named(4), { ...strategy, annotations: annotated(asked) })
    cluster.becomes = pod =>
      pod.labels['controller-revision-hash'] === hashOf(cluster) ? { ready: false, readySince: null, ...trouble } : {}
    apply(cluster, { image: 'broken:2' })
    cluster.run()
    return cluster
  }

  test.each([
    [{ 'auto-pause': 'true' }, { trouble: 'CrashLoopBackOff', restarts: 2 }, 'CrashLoopBackOff'],
    [{ 'auto-pause-restarts': '3' }, { restarts: 5 }, '5 restarts'],
  ])('%o: pauses itself, says why in an Event, and goes on when that revision is resumed', (asked, trouble, what) => {
    const cluster = rollOutBroken(asked as Asked, trouble)
    expect(cluster.events).toContain('Warning RolloutPaused')
    expect(lastReason(cluster, 'rollout-pauses-itself')).toMatchObject({ nodes: ['n0'], count: 1, trouble: what })
    // The pod of the broken node is made well: that alone resumes nothing.
    cluster.becomes = () => ({})
    for (const pod of [...cluster.pods.values()])
      cluster.putPod({ ...pod, ready: true, readySince: cluster.now, trouble: null, restarts: 0 })
    cluster.run()
    pass(cluster, 60)
    expect(nodesOn(cluster, 'present')).toEqual(['n0'])
    expect(cluster.events.filter(event => event === 'Warning RolloutPaused')).toHaveLength(1)
    apply(cluster, { asked: { ...(asked as Asked), resume: hashOf(cluster) } })
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1', 'n2', 'n3'])
  })

  test('pods that are not ready in time pause it, at that very time', () => {
    const cluster = rollOutBroken({ 'auto-pause-not-ready': '2m' }, {})
    pass(cluster, 119)
    expect(cluster.events).not.toContain('Warning RolloutPaused')
    pass(cluster, 1)
    expect(cluster.events).toContain('Warning RolloutPaused')
  })

  test('fewer nodes than asked for do not pause it', () => {
    const cluster = rollOutBroken({ 'auto-pause': 'true', 'auto-pause-nodes': '2' }, { trouble: 'ImagePullBackOff' })
    expect(cluster.events).not.toContain('Warning RolloutPaused')
  })

  test('a new template begins anew', () => {
    const cluster = rollOutBroken({ 'auto-pause': 'true' }, { trouble: 'ImagePullBackOff' })
    cluster.becomes = () => ({})
    apply(cluster, { image: 'mended:3' })
    cluster.run()
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1', 'n2', 'n3'])
  })

  test('a rollout that was complete does not pause itself any more', () => {
    const cluster = settled(named(2), {
      ...strategy,
      annotations: annotated({ 'auto-pause': 'true', 'auto-rollback': 'true' }),
    })
    apply(cluster, { image: 'image:2' })
    cluster.run()
    for (const pod of [...cluster.pods.values()])
      cluster.putPod({ ...pod, ready: false, readySince: null, trouble: 'CrashLoopBackOff', restarts: 3 })
    cluster.run()
    expect(cluster.events).not.toContain('Warning RolloutPaused')
  })

  test('auto-rollback gives it the earlier template again, once', () => {
    const asked = { 'auto-pause': 'true', 'auto-rollback': 'true' }
    const cluster = rollOutBroken(asked, { trouble: 'ImagePullBackOff' })
    pass(cluster, 120)
    expect(cluster.commands.filter(({ type }) => type === 'RollBack')).toHaveLength(1)
    expect(daemonSetOf(cluster).template.images).toEqual(['image:1'])
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1', 'n2', 'n3'])
    expect(rulesOf(cluster)).toContain('rollout-goes-back')
    // What was gone back to is not gone back from: the broken revision is the newest earlier one now.
    for (const pod of [...cluster.pods.values()])
      cluster.putPod({ ...pod, ready: false, readySince: null, trouble: 'CrashLoopBackOff', restarts: 3 })
    cluster.run()
    pass(cluster, 120)
    expect(cluster.commands.filter(({ type }) => type === 'RollBack')).toHaveLength(1)
  })

  test('a rollback that is refused is tried again', () => {
    const cluster = settled(named(2), {
      ...strategy,
      annotations: annotated({ 'auto-pause': 'true', 'auto-rollback': 'true' }),
    })
    cluster.becomes = pod =>
      pod.labels['controller-revision-hash'] === hashOf(cluster) ? { ready: false, readySince: null, trouble: 'X' } : {}
    cluster.refuse = ({ type }) =>
      type === 'RollBack' ? { result: 'refused', code: 403, reason: 'Forbidden', cause: '' } : null
    apply(cluster, { image: 'broken:2' })
    cluster.run()
    pass(cluster, 30)
    expect(daemonSetOf(cluster).template.images).toEqual(['broken:2'])
    cluster.refuse = null
    pass(cluster, 400)
    expect(daemonSetOf(cluster).template.images).toEqual(['image:1'])
  })
})

describe('conditions', () => {
  const shown = (cluster: FakeCluster) =>
    daemonSetOf(cluster).conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`)

  test('are there for a DaemonSet that asks for something, and go with the annotations', () => {
    const cluster = settled(named(3), { annotations: annotated({ paused: 'true' }) })
    pass(cluster, 10)
    const fine = ['Available=True AllAvailable', 'Degraded=False AsWanted', 'AnnotationsAccepted=True Accepted']
    expect(shown(cluster)).toEqual(['Progressing=False Complete', ...fine])
    apply(cluster, { image: 'image:2' })
    cluster.run()
    pass(cluster, 10)
    expect(shown(cluster)).toEqual(['Progressing=False Paused', ...fine])
    apply(cluster, { asked: { puased: 'true' } })
    cluster.run()
    pass(cluster, 10)
    expect(shown(cluster)).toEqual([
      'Progressing=False Complete',
      'Available=True AllAvailable',
      'Degraded=False AsWanted',
      'AnnotationsAccepted=False InvalidAnnotation',
    ])
    apply(cluster, { asked: {} })
    cluster.run()
    pass(cluster, 10)
    expect(shown(cluster)).toEqual([])
  })

  test('name the nodes, and keep their time while the status stays', () => {
    const cluster = settled(named(6), { annotations: annotated({ conditions: 'true' }) })
    pass(cluster, 10)
    for (const pod of [...cluster.pods.values()])
      cluster.putPod({ ...pod, ready: false, readySince: null, trouble: 'CrashLoopBackOff', restarts: 3 })
    cluster.run()
    pass(cluster, 10)
    const [, available, degraded] = daemonSetOf(cluster).conditions
    expect(available).toMatchObject({ status: 'False', reason: 'TooFewAvailable' })
    expect(available?.message).toBe('0 of 6 nodes have an available pod; without: n0, n1, n2 and 3 more')
    expect(degraded).toMatchObject({ status: 'True', reason: 'PodsInTrouble' })
    const first = [...cluster.pods.values()][0]
    if (first) cluster.putPod({ ...first, ready: true, readySince: cluster.now, trouble: null })
    cluster.run()
    pass(cluster, 10)
    expect(daemonSetOf(cluster).conditions[1]).toMatchObject({ status: 'False', since: available?.since })
  })

  test('cost a rollout no write that its numbers do not cost anyway, but a few at its end', () => {
    const writes = (annotations: Record<string, string>) => {
      const cluster = settled(named(50), { annotations })
      apply(cluster, { image: 'image:2' })
      cluster.run(1000)
      pass(cluster, 20)
      return cluster.commands.filter(({ type }) => type === 'WriteStatus').length
    }
    expect(writes(annotated({ conditions: 'true' })) - writes({})).toBeLessThanOrEqual(3)
  })
})
