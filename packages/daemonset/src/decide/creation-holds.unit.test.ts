import type { DaemonSetFacts, NodeFacts, PodFacts } from '@rollcall/contracts'
import { describe, expect, test } from 'vitest'
import { restore, snapshotOf, wakeAt } from '../index.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { aDaemonSet, aNode, aPod, aTemplate } from '../testing/objects.ts'

function clusterOf(nodes: number, change: Partial<DaemonSetFacts> = {}): FakeCluster {
  const cluster = new FakeCluster()
  for (let index = 0; index < nodes; index++) cluster.putNode(aNode(`n${index}`))
  cluster.putDaemonSet(aDaemonSet(change))
  cluster.run()
  return cluster
}

const created = ({ commands }: FakeCluster) => commands.filter(({ type }) => type === 'CreatePod').length
const lastOn = ({ log }: FakeCluster, node: string) =>
  log
    .flatMap(({ point }) => point?.decisions ?? [])
    .filter(decision => decision.node === node)
    .at(-1)

/** What was said last of the DaemonSet's rollout as a whole. */
const heldBy = ({ log }: FakeCluster) =>
  log
    .flatMap(({ point }) => point?.decisions ?? [])
    .findLast(({ node, reason }) => node === null && reason.rule.startsWith('rollout-'))?.reason

const change = (cluster: FakeCluster, node: string, facts: Partial<NodeFacts>) => {
  cluster.putNode({ ...(cluster.nodes.get(node) ?? aNode(node)), ...facts })
  cluster.run()
}
const fails = (cluster: FakeCluster, node: string) => {
  for (const pod of [...cluster.pods.values()]) {
    if ((pod.nodeName ?? pod.target) !== node || pod.deletedAt !== null) continue
    cluster.putPod({ ...pod, nodeName: node, phase: 'Failed', ready: false })
  }
  cluster.run()
}

describe('back-off with surge (k/k#124388)', () => {
  const surge = { type: 'RollingUpdate', maxUnavailable: 0, maxSurge: 1 }
  /** A kubelet that rejects whatever comes, for a minute. */
  function creationsIn(annotations: Record<string, string>, template = false): number {
    const cluster = clusterOf(1, { updateStrategy: surge, annotations })
    const facts = cluster.daemonSets.get('uid-ds')
    if (template && facts) cluster.putDaemonSet({ ...facts, template: aTemplate({ images: ['image:2'] }) })
    cluster.kubelet = false
    const before = created(cluster)
    for (let second = 0; second < 60; second++) {
      fails(cluster, 'n0')
      cluster.pass(1000)
      cluster.run()
    }
    return created(cluster) - before
  }

  test('a rejected pod is replaced without end; when asked, ever more slowly', () => {
    expect(creationsIn({})).toBeGreaterThan(50)
    expect(creationsIn({ 'rollcall.dev/surge-back-off': 'true' })).toBeLessThan(10)
  })

  test('also in the middle of a rollout', () => {
    expect(creationsIn({ 'rollcall.dev/surge-back-off': 'true' }, true)).toBeLessThan(10)
  })

  test('a node whose pods do not fail surges as before', () => {
    const cluster = clusterOf(2, { updateStrategy: surge, annotations: { 'rollcall.dev/surge-back-off': 'true' } })
    const facts = cluster.daemonSets.get('uid-ds')
    if (facts) cluster.putDaemonSet({ ...facts, template: aTemplate({ images: ['image:2'] }) })
    cluster.run()
    expect(created(cluster)).toBe(4)
    expect(cluster.pods.size).toBe(2)
  })
})

describe('nodes that are being stopped on purpose', () => {
  const asks = (words: string) => ({ annotations: { 'rollcall.dev/hold-creation-on': words } })
  const condition = (type: string, status = 'True') => ({ conditions: [{ type, status, since: 7 }] })

  test.each([
    ['shutdown', condition('GracefulNodeShutdownInProgress'), 'condition GracefulNodeShutdownInProgress'],
    ['maintenance', condition('MaintenanceInProgress'), 'condition MaintenanceInProgress'],
    ['drain', condition('DrainInProgress'), 'condition DrainInProgress'],
    ['drain', { labels: { 'rollcall.dev/drain': 'true' } }, 'label rollcall.dev/drain'],
    [
      'drain',
      { taints: [{ key: 'rollcall.dev/drain', value: '', effect: 'PreferNoSchedule' }] },
      'taint rollcall.dev/drain',
    ],
    ['cordon', { unschedulable: true }, 'spec.unschedulable'],
  ])('%s: nothing is created there while it lasts (%o)', (word, facts, sign) => {
    const cluster = clusterOf(1, asks(word))
    change(cluster, 'n0', facts)
    fails(cluster, 'n0')
    expect(created(cluster)).toBe(1)
    expect(cluster.pods.size).toBe(0)
    expect(lastOn(cluster, 'n0')).toMatchObject({
      action: 'wait',
      reason: { rule: 'node-being-stopped', facts: { on: word, sign } },
    })
    change(cluster, 'n0', { conditions: [], labels: {}, taints: [], unschedulable: false })
    expect(created(cluster)).toBe(2)
  })

  test('what was not asked for holds nothing', () => {
    const cluster = clusterOf(1, asks('maintenance'))
    change(cluster, 'n0', condition('GracefulNodeShutdownInProgress'))
    fails(cluster, 'n0')
    expect(created(cluster)).toBe(2)
  })

  test('a marker with the value false is none, a condition that is over neither', () => {
    const cluster = clusterOf(1, asks('shutdown,drain'))
    change(cluster, 'n0', {
      labels: { 'rollcall.dev/drain': 'false' },
      ...condition('GracefulNodeShutdownInProgress', 'False'),
    })
    fails(cluster, 'n0')
    expect(created(cluster)).toBe(2)
  })

  test.each([
    { type: 'RollingUpdate', maxUnavailable: 1, maxSurge: 0 },
    { type: 'RollingUpdate', maxUnavailable: 0, maxSurge: 1 },
  ])('a rollout leaves their pods alone, and goes on elsewhere (%o)', updateStrategy => {
    const cluster = clusterOf(3, { ...asks('drain'), updateStrategy })
    change(cluster, 'n0', { labels: { 'rollcall.dev/drain': '' } })
    const facts = cluster.daemonSets.get('uid-ds')
    if (facts) cluster.putDaemonSet({ ...facts, template: aTemplate({ images: ['image:2'] }) })
    cluster.run()
    const hashes = [...cluster.pods.values()].map(pod => [pod.nodeName, pod.labels['pod-template-generation']])
    expect(hashes.sort()).toEqual([
      ['n0', '1'],
      ['n1', '2'],
      ['n2', '2'],
    ])
    expect(lastOn(cluster, 'n0')).toMatchObject({
      action: 'keep',
      reason: { rule: 'old-pod-on-stopped-node', facts: { on: 'drain', sign: 'label rollcall.dev/drain' } },
    })
    expect(heldBy(cluster)).toMatchObject({ rule: 'rollout-nodes-stopped', facts: { nodes: ['n0'], waiting: 1 } })
    cluster.pass(1000)
    cluster.run()
    const [progressing] = cluster.daemonSets.get('uid-ds')?.conditions ?? []
    expect(progressing).toMatchObject({ reason: 'WaitingForNodes', message: expect.stringMatching(/stopped: n0$/) })
    change(cluster, 'n0', { labels: {} })
    expect([...cluster.pods.values()].every(pod => pod.labels['pod-template-generation'] === '2')).toBe(true)
    expect(heldBy(cluster)).toMatchObject({ rule: 'rollout-goes-on' })
  })

  test('with rollout-order, the next group does not wait for them; a canary leaves them out as well', () => {
    const order = { 'rollcall.dev/rollout-order': 'zone', 'rollcall.dev/canary': '2' }
    const cluster = clusterOf(0, { annotations: { ...asks('cordon').annotations, ...order } })
    for (const [index, zone] of ['a', 'b', 'b', 'b'].entries()) change(cluster, `n${index}`, { labels: { zone } })
    change(cluster, 'n0', { unschedulable: true })
    const facts = cluster.daemonSets.get('uid-ds')
    if (facts) cluster.putDaemonSet({ ...facts, template: aTemplate({ images: ['image:2'] }) })
    cluster.run()
    const updated = () =>
      [...cluster.pods.values()].filter(pod => pod.labels['pod-template-generation'] === '2').map(pod => pod.nodeName)
    expect(updated().sort()).toEqual(['n1', 'n2'])
    expect(heldBy(cluster)).toMatchObject({ rule: 'rollout-canary-size' })
  })
})

describe('labels and taints that flap', () => {
  const ssd = { labels: { ssd: 'true' } }
  const none = { labels: {} }
  const flapping = () => {
    const cluster = clusterOf(0, {
      annotations: { 'rollcall.dev/debounce': '30s' },
      template: aTemplate({ nodeSelector: { ssd: 'true' } }),
    })
    change(cluster, 'n0', ssd)
    return cluster
  }
  const deleted = ({ commands }: FakeCluster) => commands.filter(({ type }) => type === 'DeletePod').length
  const pass = (cluster: FakeCluster, ms: number) => {
    cluster.pass(ms)
    cluster.run()
  }

  test('a pod is removed only when its node has not fitted for the whole time', () => {
    const cluster = flapping()
    expect(created(cluster)).toBe(1)
    change(cluster, 'n0', none)
    expect(lastOn(cluster, 'n0')).toMatchObject({
      action: 'wait',
      verdict: 'shouldNotRun',
      reason: { rule: 'node-flaps', facts: { fits: false, flips: 1, until: cluster.now + 30_000 } },
    })
    expect(wakeAt(cluster.state)).toBeLessThanOrEqual(cluster.now + 30_000)
    pass(cluster, 29_999)
    expect(deleted(cluster)).toBe(0)
    pass(cluster, 1)
    expect(deleted(cluster)).toBe(1)
    expect(lastOn(cluster, 'n0')).toMatchObject({ action: 'none', reason: { rule: 'node-selector-mismatch' } })
  })

  test('one that fits again in time keeps its pod, however often; the flips are counted', () => {
    const cluster = flapping()
    for (let flip = 0; flip < 10; flip++) {
      pass(cluster, 20_000)
      change(cluster, 'n0', flip % 2 === 0 ? none : ssd)
    }
    expect([created(cluster), deleted(cluster)]).toEqual([1, 0])
    const flips = cluster.log
      .flatMap(({ point }) => point?.decisions ?? [])
      .filter(({ reason }) => reason.rule === 'node-flaps')
      .map(({ reason }) => reason.facts.flips)
    expect(flips).toEqual([1, 3, 5, 7, 9])
  })

  test('a node that flapped gets its pod when it has settled; one that begins to fit gets it at once', () => {
    const cluster = flapping()
    change(cluster, 'n0', none)
    pass(cluster, 30_000)
    change(cluster, 'n0', ssd)
    pass(cluster, 1000)
    expect([created(cluster), deleted(cluster)]).toEqual([1, 1])
    expect(lastOn(cluster, 'n0')).toMatchObject({
      action: 'wait',
      reason: { rule: 'node-flaps', facts: { fits: true } },
    })
    pass(cluster, 29_000)
    expect(created(cluster)).toBe(2)
    pass(cluster, 60_000)
    change(cluster, 'n1', none)
    change(cluster, 'n1', ssd)
    expect(created(cluster)).toBe(3)
  })

  test('without it, every flip counts at once', () => {
    const cluster = clusterOf(0, { template: aTemplate({ nodeSelector: { ssd: 'true' } }) })
    for (const facts of [ssd, none, ssd, none]) change(cluster, 'n0', facts)
    expect([created(cluster), deleted(cluster)]).toEqual([2, 2])
    expect(cluster.state.daemonSets.get('uid-ds')?.flips.size).toBe(0)
  })
})

describe('predecessors that have not ended', () => {
  const waits = { annotations: { 'rollcall.dev/wait-for-predecessor': 'true' } }
  const before = { owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'ds', uid: 'uid-before' } }
  const withStray = (facts: Partial<PodFacts>, change: Partial<DaemonSetFacts> = waits) => {
    const cluster = new FakeCluster()
    cluster.putNode(aNode('n0'))
    cluster.putNode(aNode('n1'))
    cluster.putPod(aPod('stray', { nodeName: 'n0', ...before, ...facts }))
    cluster.putDaemonSet(aDaemonSet(change))
    cluster.kubelet = true
    while (cluster.deliver());
    cluster.execute()
    while (cluster.deliver());
    return cluster
  }

  test('a pod of an earlier DaemonSet of the name is waited for', () => {
    const cluster = withStray({})
    expect(created(cluster)).toBe(1)
    expect(lastOn(cluster, 'n0')).toMatchObject({
      action: 'wait',
      reason: { rule: 'predecessor-on-node', facts: { pod: 'stray', isOwn: false } },
    })
    const state = restore(JSON.parse(JSON.stringify(snapshotOf(cluster.state))))
    expect(state.strays).toEqual(cluster.state.strays)
    cluster.dropPod('stray')
    cluster.run()
    expect(created(cluster)).toBe(2)
    expect(cluster.state.strays.size).toBe(0)
  })

  test('one that is being deleted too; one that has ended, or has nothing to do with it, not', () => {
    const other = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'other', uid: 'uid-other' }
    expect(created(withStray({ deletedAt: 5 }))).toBe(1)
    expect(created(withStray({ owner: other }))).toBe(1)
    expect(created(withStray({ phase: 'Failed' }))).toBe(2)
    expect(created(withStray({ owner: other, labels: { app: 'other' } }))).toBe(2)
    expect(created(withStray({ namespace: 'elsewhere' }))).toBe(2)
    expect(created(withStray({}, {}))).toBe(2)
  })

  test('a DaemonSet that is deleted and made anew waits for what it left behind', () => {
    const cluster = clusterOf(2, waits)
    cluster.dropDaemonSet('uid-ds')
    cluster.putDaemonSet(aDaemonSet({ ...waits, uid: 'uid-new' }))
    while (cluster.deliver());
    cluster.execute()
    while (cluster.deliver());
    expect(created(cluster)).toBe(2)
    for (const { name } of [...cluster.pods.values()]) cluster.dropPod(name)
    cluster.run()
    expect(created(cluster)).toBe(4)
  })

  test('with surge, one of its own that is being deleted is waited for; an old one that lives is not', () => {
    const updateStrategy = { type: 'RollingUpdate', maxUnavailable: 0, maxSurge: 1 }
    const endings = (annotations: Record<string, string>) => {
      const cluster = clusterOf(1, { updateStrategy, annotations })
      const [pod] = cluster.pods.values()
      if (pod) cluster.putPod({ ...pod, deletedAt: cluster.now })
      while (cluster.deliver());
      return created(cluster)
    }
    expect([endings({}), endings(waits.annotations)]).toEqual([2, 1])
    const cluster = clusterOf(1, { updateStrategy, ...waits })
    const facts = cluster.daemonSets.get('uid-ds')
    if (facts) cluster.putDaemonSet({ ...facts, template: aTemplate({ images: ['image:2'] }) })
    cluster.run()
    expect(created(cluster)).toBe(2)
  })
})

describe('automatic tolerations that are not wanted', () => {
  const cordoned = { taints: [{ key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' }] }
  const asks = (words: string) => ({ annotations: { 'rollcall.dev/without-tolerations': words } })

  test('nodes are judged without them, and creations name them', () => {
    const cluster = clusterOf(1, asks('unschedulable'))
    cluster.putNode(aNode('n1', cordoned))
    cluster.run()
    expect(created(cluster)).toBe(1)
    expect(lastOn(cluster, 'n1')).toMatchObject({ verdict: 'mayContinue', reason: { rule: 'taint-not-tolerated' } })
    expect(cluster.commands.find(({ type }) => type === 'CreatePod')).toMatchObject({
      asked: { withoutTolerations: ['node.kubernetes.io/unschedulable'], override: null },
    })
  })

  test('a change of mind judges anew and starts no rollout: template, revision and pods stay', () => {
    const cluster = clusterOf(1)
    cluster.putNode(aNode('n1', cordoned))
    cluster.run()
    const before = [...cluster.pods.keys()]
    const facts = cluster.daemonSets.get('uid-ds')
    if (facts) cluster.putDaemonSet({ ...facts, ...asks('all') })
    cluster.run()
    cluster.pass(1000)
    cluster.run()
    expect([...cluster.pods.keys()]).toEqual(before)
    expect(cluster.revisions.size).toBe(1)
    expect(cluster.daemonSets.get('uid-ds')?.status).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 1 })
  })

  test('without any wish, creations ask for nothing', () => {
    expect(clusterOf(1).commands.find(({ type }) => type === 'CreatePod')).toMatchObject({ asked: null })
  })
})

describe('resource overrides per node class', () => {
  const override = (memory: string) => ({
    'rollcall.dev/resource-overrides': JSON.stringify([
      { name: 'large', nodes: 'pool=large', containers: { agent: { requests: { memory } } } },
      { name: 'any', nodes: 'pool', containers: { agent: { requests: { memory: '1Mi' } } } },
    ]),
  })
  const pool = (name: string) => ({ labels: { pool: name } })
  const labels = ({ pods }: FakeCluster) =>
    [...pods.values()].map(pod => [pod.nodeName, pod.labels['rollcall.dev/override']?.replace(/\..*/, '')]).sort()
  const three = () => {
    const cluster = new FakeCluster()
    cluster.putNode(aNode('n0'))
    cluster.putNode(aNode('n1', pool('large')))
    cluster.putNode(aNode('n2', pool('small')))
    cluster.putDaemonSet(aDaemonSet({ annotations: override('1Gi') }))
    cluster.run()
    return cluster
  }
  const ask = (cluster: FakeCluster, annotations: Record<string, string>) => {
    const facts = cluster.daemonSets.get('uid-ds')
    if (facts) cluster.putDaemonSet({ ...facts, annotations })
    cluster.run()
  }

  test('each creation names the first override that fits its node', () => {
    const cluster = three()
    expect(labels(cluster)).toEqual([
      ['n0', undefined],
      ['n1', 'large'],
      ['n2', 'any'],
    ])
    expect(cluster.revisions.size).toBe(1)
  })

  test('a changed override starts no rollout and counts as up to date; it is said of the pods that have another', () => {
    const cluster = three()
    const before = [...cluster.pods.keys()]
    ask(cluster, override('2Gi'))
    cluster.pass(1000)
    cluster.run()
    expect([...cluster.pods.keys()]).toEqual(before)
    expect(cluster.daemonSets.get('uid-ds')?.status).toMatchObject({ updatedNumberScheduled: 3 })
    expect(lastOn(cluster, 'n1')).toMatchObject({
      action: 'keep',
      reason: {
        rule: 'override-outdated',
        facts: { has: expect.stringMatching(/^large\./), wants: expect.stringMatching(/^large\./) },
      },
    })
    expect(lastOn(cluster, 'n2')?.reason.rule).not.toBe('override-outdated')
    ask(cluster, override('1Gi'))
    expect(lastOn(cluster, 'n1')).toMatchObject({ action: 'keep', reason: { rule: 'eligible' } })
    ask(cluster, {})
    expect(lastOn(cluster, 'n2')).toMatchObject({ reason: { rule: 'override-outdated', facts: { wants: null } } })
  })

  test('so is a node that changes its class', () => {
    const cluster = three()
    change(cluster, 'n0', pool('large'))
    expect(lastOn(cluster, 'n0')).toMatchObject({ reason: { rule: 'override-outdated', facts: { has: null } } })
    fails(cluster, 'n0')
    expect(labels(cluster)[0]).toEqual(['n0', 'large'])
  })
})
