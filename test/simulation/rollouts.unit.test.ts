import { expect, test } from 'vitest'
import { answersOf, imageOf, isReady, readyOn, statusOf } from './support/roll-call.ts'
import { whyNode } from './support/why.ts'
import { withFleet } from './support/with-fleet.ts'

// What a DaemonSet can ask of its rollouts (docs/annotations.md), each as one story of a whole fleet: what runs, what its conditions
// say, and what `why` answers while it waits.

type Asked = { readonly [name: string]: string }
const first = 'registry/agent:1'
const second = 'registry/agent:2'
const rolling = (by: object) => ({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 0, ...by } })

/** A fleet whose DaemonSet `agent` runs everywhere, in its first image; and the words for its rollouts. */
async function rollingOut(
  asked: Asked,
  { nodes = 6, by = { maxUnavailable: 1 } as object, fleet: options = {} as Parameters<typeof withFleet>[0] } = {},
) {
  const world = await withFleet(options, nodes)
  const { east, time, fleet } = world
  const annotated = (wish: Asked) =>
    Object.fromEntries(Object.entries(wish).map(([name, value]) => [`rollcall.dev/${name}`, value]))
  const roll = (image: string, wish: Asked = asked) =>
    world.apply({ name: 'agent', image, updateStrategy: rolling(by), annotations: annotated(wish) })
  roll(first)
  await world.everywhere('agent', first)
  /** Where and when pods of an image were made. */
  const made: { readonly node: string; readonly at: number; readonly image: string }[] = []
  east.store.watch('pods', east.store.resourceVersion(), ({ type, object }) => {
    const node = /\["(n\d+)"\]/.exec(JSON.stringify(object.spec))?.[1] ?? ''
    if (type === 'ADDED') made.push({ node, at: time.clock.now(), image: imageOf(object) })
  })
  const conditions = () =>
    ((statusOf(east, 'agent').conditions ?? []) as { type: string; status: string; reason: string }[]).map(
      ({ type, status, reason }) => `${type}=${status} ${reason}`,
    )
  return {
    ...world,
    roll,
    made,
    conditions,
    says: (condition: string) => time.until(`it says ${condition}`, () => conditions().includes(condition), 600_000),
    on: (image: string) => readyOn(east, 'agent', image),
    why: (node: string) => whyNode(fleet, 'east', node, 'agent'),
    hashes: () => east.store.list('controllerrevisions', 'default').map(({ metadata }) => metadata.name),
    /** Ends well: everywhere, complete, with no two pods on a node, and decided alike once more. */
    async endsWith(image: string) {
      await world.everywhere('agent', image)
      await time.until('it is complete', () => conditions().includes('Progressing=False Complete'), 600_000)
      expect(fleet.complaints()).toEqual([])
      await fleet.stop()
    },
  }
}

test('paused, it stays as it is, also where pods have to be made; resumed, it goes to its end', async () => {
  const { time, east, roll, on, why, says, endsWith, doubles } = await rollingOut({ paused: 'true' })
  roll(second)
  await time.advance(120_000)
  expect(on(second)).toEqual([])
  await says('Progressing=False Paused')
  expect((await why('n3')).rollout).toContain('is paused (rollcall.dev/paused), so 6 pods of older templates stay')
  east.addNode({ name: 'n7' })
  await time.until('the new node has its pod', () => on(first).includes('n7'))
  expect((await why('n7')).place).toMatch(/created from the older revision agent-\S+, because the rollout is paused/)
  roll(second, {})
  await time.until('it is out', () => on(second).length === 7, 600_000)
  expect((await why('n3')).rollout).toBe('')
  expect(doubles).toEqual([])
  roll(second, { conditions: 'true' })
  await endsWith(second)
})

test.each([
  [{ canary: '2' }, ['n1', 'n2'], 'CanaryReached', '2 nodes at most'],
  [{ canary: '50%' }, ['n1', 'n2', 'n3'], 'CanaryReached', '3 nodes at most'],
  [{ partition: '4' }, ['n1', 'n2'], 'CanaryReached', '2 nodes at most'],
  [{ partition: '50%' }, ['n1', 'n2', 'n3'], 'CanaryReached', '3 nodes at most'],
  [{ 'canary-nodes': 'topology.kubernetes.io/zone=z1' }, ['n1', 'n4'], 'CanaryReached', 'rollcall.dev/canary-nodes'],
])('a canary by %o stops there, and goes on when it is taken away', async (asked, canary, reason, words) => {
  const { time, roll, on, why, says, endsWith } = await rollingOut(asked as Asked)
  roll(second)
  await time.until('the canary is out', () => on(second).length === canary.length, 600_000)
  await time.advance(600_000)
  expect(on(second)).toEqual(canary)
  await says(`Progressing=False ${reason}`)
  expect((await why('n6')).rollout).toContain(words)
  expect((await why('n1')).rollout).toBe('')
  roll(second, { conditions: 'true' })
  await endsWith(second)
})

test('an annotation that cannot be read and may limit it: nothing is replaced until it is mended, and that is said everywhere', async () => {
  const { time, east, roll, on, why, says, endsWith } = await rollingOut({ canary: 'some', debounce: 'often' })
  roll(second)
  await says('AnnotationsAccepted=False InvalidAnnotation')
  await time.advance(600_000)
  expect(on(second)).toEqual([])
  expect((await why('n6')).rollout).toContain(
    'Annotation rollcall.dev/canary of DaemonSet default/agent cannot be followed',
  )
  const told = east.store.list('events', 'default').filter(({ reason }) => reason === 'InvalidAnnotation')
  expect(told.map(({ type }) => type)).toEqual(['Warning', 'Warning'])
  expect(told.map(({ message }) => String(message)).sort()).toEqual([
    expect.stringMatching(/^Annotation rollcall\.dev\/canary is "some", but must be /),
    expect.stringMatching(/^Annotation rollcall\.dev\/debounce is "often", but must be /),
  ])
  roll(second, { conditions: 'true' })
  await says('AnnotationsAccepted=True Accepted')
  await endsWith(second)
})

test('zone by zone, in batches, with a soak behind each', async () => {
  const asked = { 'rollout-order': 'topology.kubernetes.io/zone', 'rollout-batch': '2', 'rollout-soak': '5m' }
  const { time, roll, made, on, why, says, endsWith } = await rollingOut(asked, { nodes: 9, by: { maxUnavailable: 9 } })
  roll(second)
  await time.until('the first batch is out', () => on(second).length === 2)
  await says('Progressing=True RollingOut')
  expect((await why('n2')).rollout).toMatch(/is done, and rollcall.dev\/rollout-soak lets the next one begin at /)
  await time.until('all is out', () => on(second).length === 9, 3_600_000)
  const news = made.filter(({ image }) => image === second)
  const zoneOf = ({ node }: { node: string }) => Number(node.slice(1)) % 3
  expect(news.map(zoneOf)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2])
  const starts = news.filter(({ at }, index) => index === 0 || at - (news[index - 1]?.at ?? 0) > 60_000)
  expect(starts).toHaveLength(6)
  for (const [index, { at }] of starts.slice(1).entries())
    expect(at - (starts[index]?.at ?? 0)).toBeGreaterThanOrEqual(300_000)
  await endsWith(second)
})

test('a hard maxUnavailable with a minimum time between: also pods that are not available go one by one', async () => {
  const asked = { 'strict-max-unavailable': 'true', 'replacement-interval': '30s' }
  const { time, east, roll, made, on, why, endsWith } = await rollingOut(asked, { nodes: 5 })
  for (const [, pod] of answersOf(east, 'agent')) east.setPodUnready('default', pod.metadata.name)
  await time.until('no pod is ready', () => on(first).length === 0)
  roll(second)
  await time.until('two are out', () => made.length === 2, 600_000)
  await time.advance(5_000)
  expect((await why('n5')).rollout).toContain('rollcall.dev/replacement-interval')
  await time.until('all is out', () => on(second).length === 5, 600_000)
  for (const [index, { at }] of made.slice(1).entries())
    expect(at - (made[index]?.at ?? 0)).toBeGreaterThanOrEqual(28_000)
  await endsWith(second)
})

test('1,000 nodes, 100 of them dead, maxUnavailable 10: it goes to its end, and the dead follow when they are back', async () => {
  const asked = { 'unhealthy-nodes': 'ignore' }
  const { time, fleet, east, roll, on, why, conditions } = await rollingOut(asked, {
    nodes: 1_000,
    by: { maxUnavailable: 10 },
  })
  const dead = new Set(Array.from({ length: 100 }, (_, index) => `n${10 * index + 1}`))
  for (const node of dead) east.setNodeSilent(node, true)
  await time.until('they are known to be dead', () => statusOf(east, 'agent').numberMisscheduled === 100, 600_000)
  /** Ready pods on the healthy nodes, by uid, with their image. */
  const ready = new Map(
    answersOf(east, 'agent').flatMap(([node, pod]) => (dead.has(node) ? [] : [[pod.metadata.uid ?? '', first]])),
  )
  let fewest = ready.size
  let updated = 0
  east.store.watch('pods', east.store.resourceVersion(), ({ type, object }) => {
    const uid = object.metadata.uid ?? ''
    const isUp = type !== 'DELETED' && object.metadata.deletionTimestamp === undefined && isReady(object)
    if (dead.has((object.spec as { nodeName?: string }).nodeName ?? '') || isUp === ready.has(uid)) return
    if (isUp) ready.set(uid, imageOf(object))
    else ready.delete(uid)
    if (isUp && imageOf(object) === second) updated += 1
    fewest = Math.min(fewest, ready.size)
  })
  roll(second)
  await time.until('every healthy node is updated', () => updated === 900, 3_600_000)
  await time.advance(60_000)
  expect(on(second)).toHaveLength(900)
  // Never more than ten of the healthy ones without a ready pod.
  expect(fewest).toBeGreaterThanOrEqual(890)
  expect((await why('n1')).rollout).toBe('')
  expect(conditions()).toContain('Degraded=False AsWanted')
  for (const node of dead) east.setNodeSilent(node, false)
  for (let minute = 0; minute < 30 && on(second).length < 1_000; minute++) await time.advance(60_000)
  expect(on(second)).toHaveLength(1_000)
  expect(conditions()).toContain('Progressing=False Complete')
  expect(fleet.complaints()).toEqual([])
  await fleet.stop()
}, 180_000)

test('the same without being asked, as the built-in controller does: more dead nodes than maxUnavailable, and it never starts', async () => {
  const { time, fleet, east, roll, on } = await rollingOut({}, { nodes: 1_000, by: { maxUnavailable: 10 } })
  for (let number = 1; number <= 1_000; number += 10) east.setNodeSilent(`n${number}`, true)
  await time.until('they are known to be dead', () => on(first).length === 900, 600_000)
  roll(second)
  await time.advance(1_800_000)
  expect(on(second)).toEqual([])
  expect(on(first)).toHaveLength(900)
  expect(fleet.complaints()).toEqual([])
  await fleet.stop()
}, 180_000)

test('a new pod that kills its node stops it; the node back, it goes on', async () => {
  const asked = { 'unhealthy-nodes': 'ignore', 'rollout-batch': '1', 'rollout-soak': '2m' }
  const { time, east, roll, on, why, says, endsWith } = await rollingOut(asked, { by: { maxUnavailable: 3 } })
  roll(second)
  await time.until('the first is out', () => on(second).length === 1)
  const [killed = ''] = on(second)
  east.setNodeSilent(killed, true)
  await says('Progressing=False NodeLost')
  await time.advance(1_800_000)
  expect(answersOf(east, 'agent').filter(([, pod]) => imageOf(pod) === second)).toHaveLength(1)
  expect((await why('n6')).rollout).toContain(
    `node ${killed} had been healthy and was lost within minutes`.replace('node', 'Node'),
  )
  east.setNodeSilent(killed, false)
  await endsWith(second)
})

test('a crash loop pauses it; the mended image goes everywhere', async () => {
  const asked = { 'auto-pause': 'true' }
  const { time, east, roll, on, why, says, endsWith } = await rollingOut(asked)
  roll('registry/agent:crash')
  await says('Progressing=False PausedItself')
  await says('Degraded=True PodsInTrouble')
  // Without minReadySeconds a pod counts until it crashes: some nodes have it before it is seen to loop.
  const spared = on(first)
  expect(spared).toContain('n6')
  await time.advance(600_000)
  expect(on(first)).toEqual(spared)
  expect((await why('n6')).rollout).toMatch(/had paused itself because of the pod on node n1/)
  const events = east.store.list('events', 'default').map(({ reason }) => reason)
  expect(events.filter(reason => reason === 'RolloutPaused')).toHaveLength(1)
  roll(second)
  await endsWith(second)
})

test('one crash is no crash loop: it goes on', async () => {
  const { time, east, roll, on, endsWith } = await rollingOut({ 'auto-pause': 'true', 'auto-rollback': 'true' })
  roll(second)
  await time.until('one is out', () => on(second).length > 0)
  const [, pod] = answersOf(east, 'agent').find(([, each]) => imageOf(each) === second) ?? []
  const name = pod?.metadata.name ?? ''
  const restarts = () => {
    const { containerStatuses = [] } = (east.store.find('pods', 'default', name)?.status ?? {}) as {
      containerStatuses?: readonly { restartCount: number }[]
    }
    return containerStatuses[0]?.restartCount ?? 0
  }
  east.crashLoop('default', name)
  await time.until('it has crashed', () => restarts() === 1, 600_000)
  east.crashLoop('default', name, false)
  await endsWith(second)
})

test.each([
  ['so many restarts', { 'auto-pause-restarts': '3' }, 'registry/agent:crash'],
  ['pods that are not ready in time', { 'auto-pause-not-ready': '2m' }, 'registry/agent:slow'],
])('%s pause it; the mended image goes everywhere', async (_, asked, image) => {
  const { time, east, roll, on, why, says, endsWith } = await rollingOut(asked as Asked)
  east.store.watch('pods', east.store.resourceVersion(), ({ object }) => {
    if (imageOf(object) === 'registry/agent:slow' && isReady(object))
      time.timers.after(1, () => east.setPodUnready('default', object.metadata.name))
  })
  roll(image)
  await says('Progressing=False PausedItself')
  const spared = on(first)
  expect(spared.length).toBeGreaterThan(0)
  await time.advance(600_000)
  expect(on(first)).toEqual(spared)
  expect((await why('n6')).rollout).toContain('had paused itself because of the pod on node n1, so')
  roll(second)
  await endsWith(second)
})

test('an image that cannot be pulled: it pauses itself and goes back, past a revision that paused itself before', async () => {
  const { time, roll, on, why, endsWith } = await rollingOut({ 'auto-pause': 'true' })
  roll('registry/agent:bad2')
  await time.until('it is stuck', () => on(first).length === 5, 600_000)
  await time.advance(60_000)
  roll('registry/agent:bad3', { 'auto-pause': 'true', 'auto-rollback': 'true' })
  await time.until('it is back', () => on(first).length === 6, 600_000)
  expect((await why('n6')).rollout).toBe('')
  await endsWith(first)
})

test('a creation rate holds for a rollout that surges everywhere at once', async () => {
  const { time, roll, made, on, endsWith } = await rollingOut({ 'creation-rate': '30/m' }, { by: { maxSurge: '100%' } })
  await time.advance(60_000)
  roll(second)
  await time.until('all is out', () => on(second).length === 6, 600_000)
  const times = made.map(({ at }) => at)
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(9_500)
  await endsWith(second)
})

test('a creation rate of the cluster holds for all its DaemonSets together, and why says whose it is', async () => {
  const creationRate = { count: 30, perMs: 60_000 }
  const { time, fleet, east, apply, everywhere } = await withFleet({ watcher: { creationRate } }, 8)
  const made: number[] = []
  east.store.watch('pods', east.store.resourceVersion(), ({ type }) => {
    if (type === 'ADDED') made.push(time.clock.now())
  })
  apply({ name: 'agent' })
  apply({ name: 'mesh' })
  await time.until('some are made', () => made.length > 4, 600_000)
  expect((await whyNode(fleet, 'east', 'n8', 'mesh')).place).toContain("(the watcher's --creation-rate)")
  await everywhere('agent')
  await everywhere('mesh')
  expect(made).toHaveLength(16)
  expect((made.at(-1) ?? 0) - (made[0] ?? 0)).toBeGreaterThanOrEqual(29_000)
  expect(fleet.complaints()).toEqual([])
  await fleet.stop()
})

test('back-off limits surge: a node whose kubelet rejects the new pods is not flooded, and the others are updated', async () => {
  const { time, east, roll, made, on, why, endsWith } = await rollingOut(
    { 'surge-back-off': 'true' },
    { by: { maxSurge: 1 }, nodes: 4 },
  )
  let rejects = true
  east.store.watch('pods', east.store.resourceVersion(), ({ type, object }) => {
    const { nodeName } = object.spec as { nodeName?: string }
    const { phase } = (object.status ?? {}) as { phase?: string }
    if (type !== 'MODIFIED' || nodeName !== 'n4' || imageOf(object) !== second || phase === 'Failed' || !rejects) return
    time.timers.after(1, () => {
      if (east.store.find('pods', 'default', object.metadata.name))
        east.failPod('default', object.metadata.name, 'OutOfcpu')
    })
  })
  roll(second)
  await time.until('the others are updated', () => on(second).length === 3, 600_000)
  await time.advance(600_000)
  const tried = made.filter(({ node, image }) => node === 'n4' && image === second)
  expect(tried.length).toBeGreaterThan(4)
  expect(tried.length).toBeLessThan(15)
  expect((await why('n4')).place).toMatch(/back-off|failed/)
  rejects = false
  roll(second, { 'surge-back-off': 'true', conditions: 'true' })
  await endsWith(second)
})
