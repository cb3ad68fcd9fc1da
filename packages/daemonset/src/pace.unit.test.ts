import type { EventOf } from '@rollcall/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fingerprint, restore, snapshotOf, wakeAt } from './index.ts'
import { allowedAt, allowedNow, atOnce, type Pace, paceAfter } from './pace.ts'
import { FakeCluster } from './testing/fake-cluster.ts'
import { aDaemonSet, aNode, aTemplate } from './testing/objects.ts'

const rates = fc.record({ count: fc.integer({ min: 1, max: 5000 }), perMs: fc.constantFrom(1000, 60_000, 3_600_000) })

test('in no time more than the rate allows is created, and whoever waits is woken at the exact time', () => {
  fc.assert(
    fc.property(rates, fc.array(fc.nat({ max: 5000 }), { maxLength: 50 }), (rate, idle) => {
      const made: number[] = []
      let pace: Pace | null = null
      let now = 1_000_000
      for (const wait of idle) {
        const may = allowedNow(rate, pace, now)
        for (let count = 0; count < may; count++) made.push(now)
        if (may > 0) pace = paceAfter(rate, pace, now, may)
        const due: number = pace ? allowedAt(rate, pace, 1) : now
        if (due > now) {
          expect(allowedNow(rate, pace, due - 1)).toBe(0)
          expect(allowedNow(rate, pace, due)).toBeGreaterThan(0)
        }
        now = Math.max(now + wait, wait % 2 === 0 ? due : 0)
      }
      for (const [index, from] of made.entries()) {
        const within = made.slice(index).filter(at => at < from + rate.perMs).length
        expect(within).toBeLessThanOrEqual(rate.count + atOnce(rate))
      }
    }),
  )
})

test('over a long time it is exactly the rate', () => {
  const rate = { count: 3, perMs: 1000 }
  let pace: Pace = { since: 0, made: 1 }
  for (let made = 1; made < 300; made++) {
    const now = allowedAt(rate, pace, 1)
    expect(now).toBe(Math.ceil((made * 1000) / 3))
    pace = paceAfter(rate, pace, now, 1)
  }
})

describe('a DaemonSet with a creation rate', () => {
  const created = (cluster: FakeCluster) => cluster.commands.filter(({ type }) => type === 'CreatePod')
  const withRate = (rate: string, nodes = 6) => {
    const cluster = new FakeCluster()
    for (let index = 0; index < nodes; index++) cluster.putNode(aNode(`n${index}`))
    cluster.putDaemonSet(aDaemonSet({ annotations: { 'rollcall.dev/creation-rate': rate } }))
    return cluster
  }

  test('creates one after the other, by node name, and wakes when the next is due', () => {
    const cluster = withRate('2/s')
    cluster.run()
    expect(created(cluster)).toHaveLength(1)
    const start = cluster.now
    for (let count = 2; count <= 6; count++) {
      while (created(cluster).length < count) {
        const due = wakeAt(cluster.state) ?? Number.NaN
        expect(due).toBeGreaterThan(cluster.now)
        cluster.pass(due - cluster.now)
        cluster.run()
      }
      expect(cluster.now - start).toBe((count - 1) * 500)
    }
    expect(created(cluster).map(command => 'node' in command && command.node)).toEqual([
      'n0',
      'n1',
      'n2',
      'n3',
      'n4',
      'n5',
    ])
  })

  test('says so of each node that waits, once', () => {
    const cluster = withRate('1/m', 3)
    cluster.run()
    cluster.pass(30_000)
    cluster.run()
    const waits = cluster.log.flatMap(({ point }) => point?.decisions ?? []).filter(({ action }) => action === 'wait')
    expect(waits.map(({ node, reason }) => [node, reason.rule, reason.facts])).toEqual([
      ['n1', 'creation-rate', { count: 1, perMs: 60_000, of: 'daemonSet' }],
      ['n2', 'creation-rate', { count: 1, perMs: 60_000, of: 'daemonSet' }],
    ])
  })

  test('a node that joins takes its turn, and those before it are not forgotten', () => {
    const cluster = withRate('1/s', 2)
    cluster.run()
    cluster.pass(1000)
    cluster.putNode(aNode('a'))
    cluster.run()
    for (let second = 0; second < 3; second++) {
      cluster.pass(1000)
      cluster.run()
    }
    expect(created(cluster)).toHaveLength(3)
  })

  test('a rollout with surge keeps to it, and repeats itself for no node', () => {
    const cluster = withRate('60/m')
    for (let second = 0; second < 8; second++) {
      cluster.run()
      cluster.pass(1000)
    }
    cluster.run()
    expect(created(cluster)).toHaveLength(6)
    const facts = cluster.daemonSets.get('uid-ds')
    const updateStrategy = { type: 'RollingUpdate', maxUnavailable: 0, maxSurge: '100%' }
    if (facts) cluster.putDaemonSet({ ...facts, updateStrategy, template: aTemplate({ images: ['image:2'] }) })
    const from = cluster.log.length
    for (let second = 1; second <= 7; second++) {
      cluster.run()
      expect(created(cluster)).toHaveLength(6 + Math.min(6, second))
      cluster.pass(1000)
    }
    const said = cluster.log.slice(from).flatMap(({ point }) => point?.decisions ?? [])
    expect(said.filter(({ action }) => action === 'wait')).toEqual([])
    expect([...cluster.pods.values()].every(pod => pod.labels['pod-template-generation'] === '2')).toBe(true)
  })

  test('without the rate, all that wait are created at once', () => {
    const cluster = withRate('1/h')
    cluster.run()
    const facts = cluster.daemonSets.get('uid-ds')
    if (facts) cluster.putDaemonSet({ ...facts, annotations: {} })
    cluster.run()
    expect(created(cluster)).toHaveLength(6)
  })

  test('a rate that makes no sense is none, and is told', () => {
    const cluster = withRate('fast')
    cluster.run()
    expect(created(cluster)).toHaveLength(6)
    expect(cluster.events).toContain('Warning InvalidAnnotation')
  })
})

describe('a cluster with a creation rate', () => {
  const many = 30
  const world = () => {
    const cluster = new FakeCluster({ creationRate: { count: 2, perMs: 1000 } })
    for (let index = 0; index < many; index++)
      cluster.putNode(aNode(`n${index}`, { labels: index < 2 ? { ssd: 'true' } : {} }))
    const labelled = (name: string, nodeSelector: Record<string, string>) =>
      aDaemonSet({
        name,
        uid: `uid-${name}`,
        selector: { matchLabels: { app: name }, matchExpressions: [] },
        template: aTemplate({ labels: { app: name }, nodeSelector }),
      })
    cluster.putDaemonSet(labelled('big', {}))
    cluster.putDaemonSet(labelled('small', { ssd: 'true' }))
    cluster.run()
    return cluster
  }
  const createdAt = (cluster: FakeCluster) =>
    cluster.commands.flatMap(command =>
      command.type === 'CreatePod' ? [[command.issuedAt, command.daemonSet.name] as const] : [],
    )
  function until(cluster: FakeCluster, count: number): void {
    for (let wakes = 0; createdAt(cluster).length < count; wakes++) {
      expect(wakes).toBeLessThan(10 * count)
      const due = wakeAt(cluster.state) ?? 0
      cluster.pass(Math.max(1, due - cluster.now))
      cluster.run()
    }
  }

  test('creates so many in all, of all DaemonSets; who waits for few comes first, and none is forgotten', () => {
    const cluster = world()
    const start = cluster.now
    until(cluster, many + 2)
    const all = createdAt(cluster)
    for (const [from] of all) expect(all.filter(([at]) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(3)
    expect(cluster.now - start).toBe(((many + 2 - 1) * 1000) / 2)
    const names = all.map(([, name]) => name)
    expect(names.lastIndexOf('small')).toBeLessThan(4)
    expect(fingerprint(cluster.foldAgain())).toBe(fingerprint(cluster.state))
    expect(fingerprint(restore(JSON.parse(JSON.stringify(snapshotOf(cluster.state)))))).toBe(fingerprint(cluster.state))
  })

  test('says of each node that waits whose rate it is', () => {
    const cluster = world()
    const waits = cluster.log
      .flatMap(({ point }) => point?.decisions ?? [])
      .filter(({ reason }) => reason.rule === 'creation-rate')
    expect(waits.length).toBeGreaterThan(20)
    expect(waits.every(({ reason }) => reason.facts.of === 'cluster' && reason.facts.perMs === 1000)).toBe(true)
  })

  test('the rate goes with the next word of the watcher, and all that wait come', () => {
    const cluster = world()
    const identified = cluster.told.find(({ type }) => type === 'ClusterIdentified') as EventOf<'ClusterIdentified'>
    cluster.watch.push({ ...identified, at: cluster.now, creationRate: null })
    cluster.run()
    expect(createdAt(cluster)).toHaveLength(many + 2)
  })
})
