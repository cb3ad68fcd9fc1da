import type { Command, DecisionPoint, PodFacts } from '@rollcall/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide, explain, fingerprint, needsDecision, wakeAt } from './index.ts'
import { FakeCluster } from './testing/fake-cluster.ts'
import { aDaemonSet, aNode, aTemplate } from './testing/objects.ts'
import { type Asked, annotated, apply, daemonSetOf, nodesOn, ready } from './testing/rollouts.ts'

// Random clusters, annotations and orders of events: what must hold of every rollout, whatever a DaemonSet asks for.

const zones = ['a', 'a-b', 'b']
const broken = 'broken'

/** What may be asked for at any time, and lets a rollout come to its end by itself when all is well. */
const goingOn = {
  'rollout-order': fc.constantFrom('zone', 'pool'),
  'rollout-batch': fc.constantFrom('1', '2', '40%'),
  'rollout-soak': fc.constantFrom('2s', '1m'),
  'replacement-interval': fc.constantFrom('1s', '20s'),
  'strict-max-unavailable': fc.constantFrom('true', 'false'),
  'unhealthy-nodes': fc.constant('ignore'),
  'lost-nodes-max': fc.constantFrom('1', '50%'),
  'creation-rate': fc.constantFrom('1/s', '30/m'),
  'surge-back-off': fc.constant('true'),
  'hold-creation-on': fc.constant('drain, cordon'),
  debounce: fc.constant('5s'),
  'wait-for-predecessor': fc.constant('true'),
  'without-tolerations': fc.constant('unschedulable'),
  'voluntary-removal': fc.constantFrom('evict', 'delete'),
  'resource-overrides': fc.constant(
    '[{"name": "x", "nodes": "pool=x", "containers": {"agent": {"requests": {"cpu": "1"}}}}]',
  ),
  'startup-taint': fc.constant('example.com/starting'),
  conditions: fc.constantFrom('true', 'false'),
}
const holding = {
  paused: fc.constantFrom('true', 'false', 'perhaps'),
  canary: fc.constantFrom('1', '50%', 'some'),
  'canary-nodes': fc.constantFrom('pool=x', 'zone in (a, b)'),
  partition: fc.constantFrom('2', '30%'),
  'auto-pause': fc.constant('true'),
  'auto-pause-restarts': fc.constantFrom('1', '3'),
  'auto-pause-not-ready': fc.constantFrom('5s', '30s'),
  'auto-pause-nodes': fc.constantFrom('1', '2'),
  'auto-rollback': fc.constant('true'),
}
const wish: fc.Arbitrary<Asked> = fc.record({ ...goingOn, ...holding }, { requiredKeys: [] })
const easyWish: fc.Arbitrary<Asked> = fc.record(goingOn, { requiredKeys: [] })

type Step =
  | { readonly kind: 'ask'; readonly asked: Asked }
  | { readonly kind: 'image' | 'unready' | 'ready' | 'lose'; readonly which: number }
  | { readonly kind: 'pass'; readonly seconds: number }
  | { readonly kind: 'watch' | 'outcome' | 'execute' | 'kubelets' | 'run' | 'refuse' | 'allow' }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('ask' as const), asked: wish }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constantFrom('image', 'unready', 'ready', 'lose'), which: fc.nat(20) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.constantFrom(1, 5, 90, 700) }),
    },
    {
      weight: 10,
      arbitrary: fc.record({ kind: fc.constantFrom('watch', 'outcome', 'execute', 'kubelets', 'run', 'run') }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('refuse', 'allow') }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 60, size: 'max' },
)

const plan = fc.record({
  nodes: fc.integer({ min: 1, max: 8 }),
  by: fc.constantFrom('maxUnavailable', 'maxSurge'),
  count: fc.constantFrom<number | string>(1, 2, '40%', '100%'),
  minReadySeconds: fc.constantFrom(0, 5),
})
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never

const template = (which: number) => aTemplate({ images: [which === 3 ? broken : `image:${which}`] })

function clusterOf({ nodes, by, count, minReadySeconds }: Plan, asked: Asked = {}): FakeCluster {
  const cluster = new FakeCluster()
  const digestOf = ({ labels }: PodFacts) =>
    [...cluster.revisions.values()].find(
      each => each.labels['controller-revision-hash'] === labels['controller-revision-hash'],
    )?.templateDigest
  cluster.becomes = pod =>
    digestOf(pod) === template(3).digest
      ? { ready: false, readySince: null, trouble: 'CrashLoopBackOff', restarts: 5 }
      : {}
  for (let index = 0; index < nodes; index++) {
    const labels = { zone: zones[index % 3] ?? '', ...(index % 2 ? { pool: 'x' } : {}) }
    cluster.putNode(aNode(`n${index}`, { labels, ...ready('True') }))
  }
  cluster.putDaemonSet(
    aDaemonSet({
      template: template(0),
      updateStrategy: { type: 'RollingUpdate', maxUnavailable: 0, maxSurge: 0, [by]: count },
      minReadySeconds,
    }),
  )
  cluster.run()
  cluster.pass(60_000)
  cluster.run()
  apply(cluster, { asked })
  cluster.run()
  return cluster
}

const refused = { result: 'refused', code: 429, reason: 'TooManyRequests', cause: 'DisruptionBudget' } as const

function play(cluster: FakeCluster, step: Step): void {
  const node = 'which' in step ? cluster.nodes.get(`n${step.which % cluster.nodes.size}`) : undefined
  switch (step.kind) {
    case 'ask':
      cluster.putDaemonSet({ ...daemonSetOf(cluster), annotations: annotated(step.asked) })
      return
    case 'image':
      cluster.putDaemonSet({ ...daemonSetOf(cluster), template: template(step.which % 4) })
      return
    case 'unready':
      if (!node) return
      cluster.deadNodes.add(node.name)
      cluster.putNode({ ...node, conditions: [{ type: 'Ready', status: 'False', since: cluster.now }] })
      for (const pod of [...cluster.pods.values()])
        if (pod.nodeName === node.name) cluster.putPod({ ...pod, ready: false, readySince: null })
      return
    case 'ready':
      if (!node || !cluster.deadNodes.delete(node.name)) return
      cluster.putNode({ ...node, conditions: [{ type: 'Ready', status: 'True', since: cluster.now }] })
      for (const pod of [...cluster.pods.values()])
        if (pod.nodeName === node.name && pod.trouble === null)
          cluster.putPod({ ...pod, ready: true, readySince: cluster.now })
      return
    case 'lose': {
      const pods = [...cluster.pods.values()]
      const pod = pods[step.which % Math.max(1, pods.length)]
      if (pod) cluster.dropPod(pod.name)
      return
    }
    case 'pass':
      cluster.pass(step.seconds * 1000)
      return
    case 'watch':
      cluster.deliver(true, 'watch')
      return
    case 'outcome':
      cluster.deliver(true, 'outcomes')
      return
    case 'execute':
      cluster.execute()
      return
    case 'kubelets':
      cluster.runKubelets()
      return
    case 'run':
      cluster.run()
      return
    case 'refuse':
      cluster.refuse = ({ type }) => (type === 'EvictPod' || type === 'CreatePod' ? refused : null)
      return
    case 'allow':
      cluster.refuse = null
  }
}

const countOf = (value: number | string, of: number) =>
  String(value).endsWith('%') ? Math.ceil((Number.parseInt(String(value), 10) * of) / 100) : Number(value)

const live = (cluster: FakeCluster, node: string) =>
  [...cluster.pods.values()].filter(pod => (pod.nodeName ?? pod.target) === node && pod.deletedAt === null)

/** Nodes without an available pod, as the cluster itself has them. */
function without(cluster: FakeCluster, minReadySeconds: number): string[] {
  const isUp = ({ ready: isReady, readySince }: PodFacts) =>
    isReady && (readySince ?? 0) + minReadySeconds * 1000 <= cluster.now
  return [...cluster.nodes.keys()].filter(node => !live(cluster, node).some(isUp))
}

/** Looks at every decision point while it is made. */
function watchDecisions(cluster: FakeCluster, look: (point: DecisionPoint) => void): void {
  const decideNow = cluster.decideNow.bind(cluster)
  cluster.decideNow = () => {
    const foretold = needsDecision(cluster.state) ? JSON.stringify(decide(cluster.state)) : 'null'
    const point = decideNow()
    expect(JSON.stringify(point)).toBe(foretold)
    if (point) look(point)
    return point
  }
}

/** The rollout itself begins with a node. */
const isReplacement = (rule: string) =>
  ['rollout-replace', 'rollout-replace-unavailable', 'surge-replace', 'surge-replace-unavailable'].includes(rule)

const removes = ({ type }: Command) => type === 'DeletePod' || type === 'EvictPod'

test('never are more nodes without their pod by our hand than maxUnavailable; with surge none', () => {
  fc.assert(
    fc.property(plan, wish, steps, (world, asked, story) => {
      const cluster = clusterOf(world, asked)
      const max = world.by === 'maxSurge' ? 0 : countOf(world.count, world.nodes)
      /** Where something happened that the core may not know yet: what is missing there is not its doing. */
      const blamed = new Set<string>()
      for (const step of story) {
        const before = [...cluster.pods.values()]
        play(cluster, step)
        const missing = without(cluster, world.minReadySeconds)
        if (step.kind === 'lose' || step.kind === 'unready' || step.kind === 'ready')
          for (const pod of before) if (cluster.pods.get(pod.name) !== pod) blamed.add(pod.nodeName ?? pod.target ?? '')
        if (step.kind === 'run') for (const node of [...blamed]) if (!missing.includes(node)) blamed.delete(node)
        expect(missing.filter(node => !blamed.has(node)).length).toBeLessThanOrEqual(max)
      }
    }),
    { numRuns: 400 },
  )
})

test('never two pods of it on one node, but a new one beside an old one where it surges', () => {
  fc.assert(
    fc.property(plan, wish, steps, (world, asked, story) => {
      const cluster = clusterOf(world, asked)
      for (const step of story) {
        play(cluster, step)
        for (const node of cluster.nodes.keys()) {
          const hashes = live(cluster, node).map(({ labels }) => labels['controller-revision-hash'])
          expect(hashes.length).toBeLessThanOrEqual(world.by === 'maxSurge' ? 2 : 1)
          expect(new Set(hashes).size).toBe(hashes.length)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('what is held replaces nothing; every decision and every node has its reason; the record folds to the same state', () => {
  fc.assert(
    fc.property(plan, wish, steps, (world, asked, story) => {
      const cluster = clusterOf(world, asked)
      const said = new Set<string>(cluster.commands.map(({ id }) => id))
      watchDecisions(cluster, ({ decisions, commands }) => {
        const held = cluster.state.daemonSets.get('uid-ds')?.rollout.held ?? ''
        const byRollout = decisions.filter(({ reason: { rule } }) => isReplacement(rule)).flatMap(each => each.commands)
        if (held !== '') expect(byRollout, `while ${held}`).toEqual([])
        for (const id of decisions.flatMap(each => each.commands)) said.add(id)
        for (const { id } of commands.filter(removes)) expect(said.has(id), 'it has a reason').toBe(true)
        for (const { reason } of decisions) expect(reason).toMatchObject({ rule: /./, source: /./ })
      })
      for (const step of story) play(cluster, step)
      cluster.run()
      for (const node of cluster.nodes.keys()) {
        const told = explain(cluster.state, { namespace: 'default', daemonSet: 'ds', node })
        expect(told?.reason.rule).toMatch(/./)
        expect(told?.lastDecision).toMatch(/./)
      }
      expect(fingerprint(cluster.foldAgain())).toBe(fingerprint(cluster.state))
    }),
    { numRuns: 200 },
  )
})

test('with all daemons healthy it ends, woken by nothing but the ticks that the core asks for', () => {
  fc.assert(
    fc.property(plan, easyWish, (world, asked) => {
      const cluster = clusterOf(world, asked)
      apply(cluster, { image: 'image:9' })
      cluster.run()
      const isDone = () => nodesOn(cluster, 'present').length === world.nodes && nodesOn(cluster, 'older').length === 0
      for (let tick = 0; !isDone(); tick++) {
        expect(tick).toBeLessThan(500)
        const due = wakeAt(cluster.state)
        if (due === null) throw new Error(`it stands still: ${cluster.state.daemonSets.get('uid-ds')?.rollout.held}`)
        cluster.pass(Math.max(1, due - cluster.now))
        cluster.run()
      }
      expect(cluster.state.daemonSets.get('uid-ds')?.rollout.held).toBe('')
    }),
    { numRuns: 300 },
  )
})

const share = fc.constantFrom('1', '3', '50%')
const limits = fc.record(
  {
    canary: share,
    partition: share,
    'rollout-order': fc.constant('zone'),
    'rollout-batch': share,
    'replacement-interval': fc.constant('20s'),
  },
  { requiredKeys: [] },
)
/** Chance says only in which order it all arrives, and when. */
const quiet = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('pass' as const), seconds: fc.constantFrom(1, 5, 21, 90) }),
    fc.record({ kind: fc.constantFrom('watch', 'outcome', 'execute', 'kubelets', 'run') }),
  ) as fc.Arbitrary<Step>,
  { minLength: 20, maxLength: 80, size: 'max' },
)

test('canary and partition, order, batches, soak and interval hold together', () => {
  fc.assert(
    fc.property(plan, limits, quiet, (world, asked, story) => {
      const soakMs = 60_000
      const cluster = clusterOf(world, { ...asked, 'rollout-soak': '1m' })
      const zoneOf = (node: string) => cluster.nodes.get(node)?.labels.zone ?? ''
      const reached: { readonly node: string; readonly at: number }[] = []
      watchDecisions(cluster, ({ at, decisions }) => {
        const now = decisions.filter(({ commands, reason: { rule } }) => commands.length > 0 && isReplacement(rule))
        for (const { node } of now) {
          const last = reached.at(-1)
          if (node === null) continue
          if (last && asked['replacement-interval']) expect(at - last.at).toBeGreaterThanOrEqual(20_000)
          if (last && asked['rollout-order'] && zoneOf(node) !== zoneOf(last.node)) {
            expect(zoneOf(node) > zoneOf(last.node)).toBe(true)
            expect(at - last.at).toBeGreaterThanOrEqual(soakMs)
            const before = [...cluster.nodes.keys()].filter(each => zoneOf(each) < zoneOf(node))
            expect(nodesOn(cluster, 'present')).toEqual(expect.arrayContaining(before))
          }
          reached.push({ node, at })
        }
        const lately = reached.filter(each => each.at > at - soakMs)
        if (asked['rollout-batch'])
          expect(lately.length).toBeLessThanOrEqual(countOf(asked['rollout-batch'], world.nodes))
      })
      apply(cluster, { image: 'image:9' })
      for (const step of story) play(cluster, step)
      cluster.run()
      const limit = Math.min(
        countOf(asked.canary ?? '100%', world.nodes),
        world.nodes - countOf(asked.partition ?? '0', world.nodes),
      )
      expect(nodesOn(cluster, 'present').length).toBeLessThanOrEqual(Math.max(0, limit))
      expect(new Set(reached.map(({ node }) => node)).size, 'each once').toBe(reached.length)
    }),
    { numRuns: 200 },
  )
})

test('asking for something else is no new template: no revision comes of it, and no pod goes', () => {
  fc.assert(
    fc.property(plan, fc.array(wish, { minLength: 1, maxLength: 6 }), (world, wishes) => {
      const cluster = clusterOf(world)
      const [pods, revisions] = [[...cluster.pods.keys()], [...cluster.revisions.keys()]]
      for (const asked of wishes) {
        apply(cluster, { asked })
        cluster.run()
        cluster.pass(120_000)
        cluster.run()
      }
      expect([...cluster.pods.keys()]).toEqual(pods)
      expect([...cluster.revisions.keys()]).toEqual(revisions)
    }),
    { numRuns: 100 },
  )
})
