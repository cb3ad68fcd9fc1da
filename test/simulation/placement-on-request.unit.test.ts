import { disruptionBudget } from '@rollcall/simulator'
import { expect, test } from 'vitest'
import { answersOf, readyOn } from './support/roll-call.ts'
import { whyNode } from './support/why.ts'
import { withFleet } from './support/with-fleet.ts'

// What a DaemonSet can ask of its placement (docs/annotations.md), each as one story of a whole fleet.

test('a creation rate: a new DaemonSet comes up evenly, and never faster', async () => {
  const { time, fleet, east, apply, everywhere, doubles } = await withFleet({}, 12)
  const made: number[] = []
  east.store.watch('pods', east.store.resourceVersion(), ({ type }) => {
    if (type === 'ADDED') made.push(time.clock.now())
  })
  apply({ name: 'agent', annotations: { 'rollcall.dev/creation-rate': '30/m' } })
  await everywhere('agent')
  expect(answersOf(east, 'agent')).toHaveLength(12)
  const [first = 0] = made
  expect((made.at(-1) ?? 0) - first).toBeGreaterThanOrEqual(22_000)
  expect((made.at(-1) ?? 0) - first).toBeLessThan(24_000)
  for (const from of made) expect(made.filter(at => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(31)
  expect(doubles).toEqual([])
  expect(fleet.complaints()).toEqual([])
  await fleet.stop()
})

/** Counts the pods that are made for a node, and lets its kubelet reject each when `rejects` says so. */
function watchNode({ time, east }: Awaited<ReturnType<typeof withFleet>>, node: string, rejects: () => boolean) {
  const seen = { made: 0 }
  east.store.watch('pods', east.store.resourceVersion(), ({ type, object: { metadata, spec, status } }) => {
    const isThere = JSON.stringify(spec).includes(`["${node}"]`)
    if (type === 'ADDED' && isThere) seen.made += 1
    const { nodeName } = spec as { nodeName?: string }
    const { phase } = (status ?? {}) as { phase?: string }
    if (type !== 'MODIFIED' || nodeName !== node || phase === 'Failed' || !rejects()) return
    time.timers.after(1, () => {
      if (east.store.find('pods', 'default', metadata.name)) east.failPod('default', metadata.name, 'NodeShutdown')
    })
  })
  return seen
}

test('back-off with surge: a kubelet that rejects its pods is not flooded with new ones', async () => {
  const world = await withFleet({}, 3)
  const { time, fleet, east, apply, everywhere } = world
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
  apply({ name: 'agent', updateStrategy, annotations: { 'rollcall.dev/surge-back-off': 'true' } })
  await everywhere('agent')
  let rejects = true
  const seen = watchNode(world, 'n1', () => rejects)
  const [first] = answersOf(east, 'agent').filter(([node]) => node === 'n1')
  east.failPod('default', first?.[1].metadata.name ?? '')
  await time.advance(600_000)
  // 1 s, doubling: ten in ten minutes.
  expect(seen.made).toBeGreaterThan(5)
  expect(seen.made).toBeLessThan(14)
  rejects = false
  await everywhere('agent')
  await fleet.stop()
})

test('a graceful shutdown: nothing is created while the kubelet ends its pods, and all comes back with the node', async () => {
  const world = await withFleet({}, 3)
  const { time, fleet, east, apply, everywhere, answersOn } = world
  apply({ name: 'agent', annotations: { 'rollcall.dev/hold-creation-on': 'shutdown, drain' } })
  await everywhere('agent')
  const shutdown = 'GracefulNodeShutdownInProgress'
  let isShuttingDown = true
  east.setNodeCondition('n1', shutdown, true)
  const seen = watchNode(world, 'n1', () => isShuttingDown)
  for (const [node, pod] of answersOf(east, 'agent')) if (node === 'n1') east.failPod('default', pod.metadata.name)
  await answersOn('elsewhere', () => ['n2', 'n3'], 'agent')
  await time.advance(600_000)
  expect(seen.made).toBe(0)
  isShuttingDown = false
  east.setNodeCondition('n1', shutdown, false)
  await everywhere('agent')
  expect(seen.made).toBe(1)
  // Somebody drains a node, daemons included.
  east.labelNode('n2', { 'rollcall.dev/drain': 'now' })
  for (const [node, pod] of answersOf(east, 'agent')) if (node === 'n2') east.killPod('default', pod.metadata.name)
  await answersOn('elsewhere', () => ['n1', 'n3'], 'agent')
  await time.advance(600_000)
  expect(
    answersOf(east, 'agent')
      .map(([node]) => node)
      .sort(),
  ).toEqual(['n1', 'n3'])
  east.labelNode('n2', { 'rollcall.dev/drain': null })
  await everywhere('agent')
  await fleet.stop()
})

test('a label that flaps: the pod stays, the flips are on record; a label that is gone for good takes it away', async () => {
  const { time, fleet, east, apply, answersOn } = await withFleet({}, 3)
  for (const node of ['n1', 'n2']) east.labelNode(node, { ssd: 'true' })
  apply({ name: 'agent', nodeSelector: { ssd: 'true' }, annotations: { 'rollcall.dev/debounce': '1m' } })
  await answersOn('on two nodes', () => ['n1', 'n2'], 'agent')
  const uids = () => answersOf(east, 'agent').map(([, pod]) => pod.metadata.uid)
  const before = uids()
  for (let flip = 1; flip <= 6; flip++) {
    east.labelNode('n1', { ssd: flip % 2 === 1 ? null : 'true' })
    await time.advance(20_000)
  }
  expect(uids()).toEqual(before)
  const decisions = []
  for await (const entry of fleet.store.readLedger('east')) {
    if (entry.kind === 'decision') decisions.push(...entry.point.decisions)
  }
  const flaps = decisions.filter(({ node, reason }) => node === 'n1' && reason.rule === 'node-flaps')
  expect(flaps.map(({ reason }) => reason.facts.flips)).toEqual([1, 3, 5])
  east.labelNode('n1', { ssd: null })
  const leftAt = time.clock.now()
  await answersOn('on one node', () => ['n2'], 'agent')
  expect(time.clock.now() - leftAt).toBeGreaterThanOrEqual(60_000)
  await fleet.stop()
})

test.each([
  ['asked to wait, pods never meet what an earlier DaemonSet of the name left behind', 'true', false],
  ['not asked, they do', 'false', true],
])('a DaemonSet is deleted and made anew at once: %s', async (_, waits, meets) => {
  const { time, fleet, east, apply, everywhere } = await withFleet({}, 4)
  const wish = { name: 'agent', annotations: { 'rollcall.dev/wait-for-predecessor': waits } }
  apply(wish)
  await everywhere('agent')
  const there = new Map(answersOf(east, 'agent').map(([node, pod]) => [pod.metadata.uid ?? '', node]))
  const met: string[] = []
  east.store.watch('pods', east.store.resourceVersion(), ({ type, object: { metadata, spec } }) => {
    const node = /\["(n\d)"\]/.exec(JSON.stringify(spec))?.[1] ?? ''
    if (type === 'ADDED' && [...there.values()].includes(node)) met.push(node)
    if (type === 'ADDED') there.set(metadata.uid ?? '', node)
    if (type === 'DELETED') there.delete(metadata.uid ?? '')
  })
  east.store.delete('daemonsets', 'default', 'agent', { propagationPolicy: 'Background' })
  await time.until('the DaemonSet is gone', () => east.store.find('daemonsets', 'default', 'agent') === null)
  apply(wish)
  await time.until('only new pods are there', () => there.size === 4 && new Set(there.values()).size === 4)
  await everywhere('agent')
  expect(met.length > 0).toBe(meets)
  await fleet.stop()
})

test('without the forever tolerations: pods leave a dead node when their own tolerationSeconds are over', async () => {
  const { time, fleet, east, apply, everywhere, answersOn } = await withFleet({}, 3)
  const unreachable = { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' }
  const tolerations = [{ ...unreachable, tolerationSeconds: 60 }]
  apply({ name: 'plain', tolerations })
  apply({
    name: 'agent',
    tolerations,
    annotations: { 'rollcall.dev/without-tolerations': 'unreachable, unschedulable' },
  })
  await everywhere('plain')
  await everywhere('agent')
  const revisions = east.store.list('controllerrevisions', 'default').map(({ metadata }) => metadata.name.split('-')[1])
  const on = (daemonSet: string) =>
    answersOf(east, daemonSet)
      .map(([node]) => node)
      .sort()
  east.setNodeSilent('n1', true)
  await time.until('the agent has left the dead node', () => !on('agent').includes('n1'), 600_000)
  expect(on('plain')).toEqual(['n1', 'n2', 'n3'])
  east.setNodeSilent('n1', false)
  await everywhere('agent')
  // No new pods on a cordoned node; those that are there stay.
  east.cordon('n2')
  const [, lost] = answersOf(east, 'agent').find(([node]) => node === 'n3') ?? []
  east.cordon('n3')
  await time.advance(10_000)
  expect(on('agent')).toEqual(['n1', 'n2', 'n3'])
  east.killPod('default', lost?.metadata.name ?? '')
  await answersOn('elsewhere', () => ['n1', 'n2'], 'agent')
  await time.advance(120_000)
  expect(on('agent')).toEqual(['n1', 'n2'])
  expect(on('plain')).toEqual(['n1', 'n2', 'n3'])
  expect(east.store.list('controllerrevisions', 'default').map(({ metadata }) => metadata.name.split('-')[1])).toEqual(
    revisions,
  )
  await fleet.stop()
})

test('eviction: a rollout waits for a disruption budget, says so, and goes on when it allows', async () => {
  const { time, fleet, east, apply, everywhere, doubles } = await withFleet({}, 4)
  const annotations = { 'rollcall.dev/voluntary-removal': 'evict' }
  apply({ name: 'agent', annotations })
  await everywhere('agent')
  const asked: string[] = []
  const allow = east.faults.tell({
    when({ verb, resource, subresource, name }) {
      const isEviction = verb === 'create' && resource === 'pods' && subresource === 'eviction'
      if (isEviction) asked.push(name)
      return isEviction
    },
    refuse: disruptionBudget('agent-budget'),
  })
  apply({ name: 'agent', annotations, image: 'registry/agent:2' })
  await time.until('evictions were refused', () => asked.length > 3)
  await time.advance(600_000)
  expect(readyOn(east, 'agent', 'registry/agent:1')).toHaveLength(4)
  // Two may be unavailable; all are asked for in turn, once or twice a minute in the end.
  expect(new Set(asked).size).toBe(4)
  expect(asked.length).toBeLessThan(80)
  const decisions = []
  for await (const entry of fleet.store.readLedger('east')) {
    if (entry.kind === 'decision') decisions.push(...entry.point.decisions)
  }
  expect(decisions.some(({ reason }) => reason.rule === 'eviction-refused')).toBe(true)
  allow()
  await everywhere('agent', 'registry/agent:2')
  expect(doubles).toEqual([])
  await fleet.stop()
})

test('resources per node class: large nodes get more, without a revision of their own; a change is seen, and taken up in time', async () => {
  const { fleet, east, apply, everywhere } = await withFleet({}, 4)
  for (const node of ['n1', 'n2']) east.labelNode(node, { pool: 'large' })
  const asking = (memory: string) => ({
    'rollcall.dev/resource-overrides': JSON.stringify([
      { name: 'large', nodes: 'pool=large', containers: { agent: { requests: { memory } } } },
    ]),
  })
  apply({ name: 'agent', annotations: asking('1Gi') })
  await everywhere('agent')
  const memory = () =>
    answersOf(east, 'agent')
      .map(([node, pod]) => [node, JSON.stringify(pod.spec).match(/"memory":"([^"]+)"/)?.[1]])
      .sort()
  const large = (amount: string) => [
    ['n1', amount],
    ['n2', amount],
    ['n3', '64Mi'],
    ['n4', '64Mi'],
  ]
  expect(memory()).toEqual(large('1Gi'))
  expect(east.store.list('controllerrevisions', 'default')).toHaveLength(1)
  east.store.change('daemonsets', 'default', 'agent', present => ({
    ...present,
    metadata: { ...present.metadata, annotations: { ...present.metadata.annotations, ...asking('2Gi') } },
  }))
  const seen = async () => {
    for await (const entry of fleet.store.readLedger('east')) {
      if (entry.kind !== 'decision') continue
      if (entry.point.decisions.some(({ reason }) => reason.rule === 'override-outdated')) return true
    }
    return false
  }
  await everywhere('agent')
  apply({ name: 'agent', image: 'registry/agent:2', annotations: asking('2Gi') })
  await everywhere('agent', 'registry/agent:2')
  expect(memory()).toEqual(large('2Gi'))
  expect(await seen()).toBe(true)
  expect(east.store.list('controllerrevisions', 'default')).toHaveLength(2)
  await fleet.stop()
})

test('a startup taint: nodes open for other pods when all their daemons are available, and not before', async () => {
  const { time, fleet, east, apply, everywhere } = await withFleet({}, 2)
  const key = 'example.com/agents-starting'
  const annotations = { 'rollcall.dev/startup-taint': key }
  const tolerations = [{ key, operator: 'Exists' }]
  apply({ name: 'agent', annotations, tolerations })
  apply({ name: 'mesh', annotations, tolerations, minReadySeconds: 90 })
  await everywhere('agent')
  await everywhere('mesh')
  const taintsOf = (node: string) => {
    const { taints = [] } = east.store.get('nodes', '', node).spec as { taints?: readonly { key: string }[] }
    return taints.map(taint => taint.key)
  }
  east.addNode({ name: 'n3' })
  east.taint('n3', { key, effect: 'NoSchedule' })
  const joinedAt = time.clock.now()
  await everywhere('agent')
  await everywhere('mesh')
  expect(taintsOf('n3')).toContain(key)
  await time.until('the node is open', () => !taintsOf('n3').includes(key))
  expect(time.clock.now() - joinedAt).toBeGreaterThanOrEqual(90_000)
  // After a reboot it comes back with the taint, and its daemons are there already.
  east.taint('n1', { key, effect: 'NoExecute' })
  await time.until('the node is open again', () => !taintsOf('n1').includes(key))
  expect(fleet.complaints()).toEqual([])
  await fleet.stop()
})

test.each([
  ['true', ['n2', 'n3']],
  ['false', ['n1', 'n2', 'n3']],
])(
  'deleted and made anew, wait-for-predecessor %s: while a pod of before does not end, its node has a new one or not',
  async (waits, nodes) => {
    const { time, fleet, east, apply, everywhere, answersOn } = await withFleet({}, 3)
    const annotations = { 'rollcall.dev/wait-for-predecessor': waits }
    apply({ name: 'agent', annotations })
    await everywhere('agent')
    const before = new Set(answersOf(east, 'agent').map(([, { metadata }]) => metadata.uid))
    // Its kubelet is away for a minute: what is being deleted there goes on using the host's paths.
    east.setNodeSilent('n1', true)
    east.store.delete('daemonsets', 'default', 'agent', { propagationPolicy: 'Background' })
    await time.until('the others have ended', () => east.store.list('pods', 'default').length === 1)
    apply({ name: 'agent', annotations })
    const made = () =>
      answersOf(east, 'agent')
        .filter(([, { metadata }]) => !before.has(metadata.uid) && metadata.deletionTimestamp === undefined)
        .map(([node]) => node)
        .sort()
    await time.until('new ones are made', () => made().length >= nodes.length)
    await time.advance(30_000)
    expect(made()).toEqual(nodes)
    if (waits === 'true')
      expect((await whyNode(fleet, 'east', 'n1', 'agent')).place).toContain('has ended before it creates another there')
    east.setNodeSilent('n1', false)
    await answersOn('everywhere', () => ['n1', 'n2', 'n3'], 'agent')
    expect(fleet.complaints()).toEqual([])
    await fleet.stop()
  },
)
