import type { DaemonSetFacts, NodeFacts } from '@rollcall/contracts'
import fc from 'fast-check'
import { expect } from 'vitest'
import { fingerprint, restore, snapshotOf } from '../index.ts'
import { FakeCluster } from './fake-cluster.ts'
import { aDaemonSet, aNode, aPod, aTemplate } from './objects.ts'

/** One thing that happens; numbers choose among what there is. */
export type Step =
  | { readonly kind: 'node' | 'dropNode' | 'fail' | 'finish' | 'lose' | 'twin' | 'orphan'; readonly which: number }
  | { readonly kind: 'template' | 'label' | 'taint' | 'ask' | 'unready' | 'trouble'; readonly which: number }
  | {
      readonly kind:
        | 'deliverWatch'
        | 'deliverOutcome'
        | 'execute'
        | 'kubelets'
        | 'relist'
        | 'restart'
        | 'undeliveredDecision'
        | 'refuse'
        | 'allow'
        | 'loseCommands'
    }
  | { readonly kind: 'pass' | 'again'; readonly which: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      'node',
      'dropNode',
      'fail',
      'finish',
      'lose',
      'twin',
      'orphan',
      'template',
      'ask',
      'unready',
      'trouble',
      'label',
      'taint',
      'pass',
      'again',
    ),
    which: fc.nat({ max: 6 }),
  }),
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('deliverWatch', 'deliverOutcome', 'execute', 'kubelets') }),
  },
  fc.record({ kind: fc.constantFrom('relist', 'restart', 'undeliveredDecision', 'refuse', 'allow', 'loseCommands') }),
)

export const image = (which: number) =>
  aTemplate({ images: [`image:${which}`], nodeSelector: which === 3 ? { ssd: 'true' } : {} })

/** What a DaemonSet may ask for of its rollouts. */
const asked: readonly Record<string, string>[] = [
  {},
  { 'rollcall.dev/paused': 'true' },
  { 'rollcall.dev/canary': '1', 'rollcall.dev/replacement-interval': '3s' },
  { 'rollcall.dev/canary-nodes': 'ssd', 'rollcall.dev/strict-max-unavailable': 'true' },
  { 'rollcall.dev/rollout-order': 'ssd', 'rollcall.dev/rollout-batch': '1', 'rollcall.dev/rollout-soak': '2s' },
  {
    'rollcall.dev/unhealthy-nodes': 'ignore',
    'rollcall.dev/lost-nodes-max': '1',
    'rollcall.dev/auto-pause-not-ready': '2s',
    'rollcall.dev/partition': '50%',
  },
  { 'rollcall.dev/auto-pause': 'true', 'rollcall.dev/auto-rollback': 'true', 'rollcall.dev/partitoin': '1' },
]

const unready: Partial<NodeFacts> = { conditions: [{ type: 'Ready', status: 'False', since: 0 }] }

const forbidden = { result: 'refused', code: 403, reason: 'Forbidden', cause: '' } as const
const isRefusable = (type: string) =>
  ['CreatePod', 'DeletePod', 'EvictPod', 'AdoptPod', 'CreateRevision'].includes(type)

/** A node that comes back is another one. */
function nodeOf(cluster: FakeCluster, which: number, change: Partial<NodeFacts> = {}): NodeFacts {
  const name = `n${which}`
  return aNode(name, { uid: cluster.nodes.get(name)?.uid ?? `uid-${name}-${cluster.version}`, ...change })
}

export function play(cluster: FakeCluster, step: Step): void {
  const pods = [...cluster.pods.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const pod = 'which' in step ? pods[step.which % Math.max(1, pods.length)] : undefined
  switch (step.kind) {
    case 'node':
      cluster.putNode(nodeOf(cluster, step.which))
      return
    case 'dropNode':
      for (const { name, nodeName } of pods) if (nodeName === `n${step.which}`) cluster.dropPod(name)
      cluster.dropNode(`n${step.which}`)
      return
    case 'label':
      if (cluster.nodes.has(`n${step.which}`)) cluster.putNode(nodeOf(cluster, step.which, { labels: { ssd: 'true' } }))
      return
    case 'taint':
      if (cluster.nodes.has(`n${step.which}`)) {
        const effect = step.which % 2 ? 'NoSchedule' : 'NoExecute'
        cluster.putNode(nodeOf(cluster, step.which, { taints: [{ key: 'k', value: '', effect }] }))
      }
      return
    case 'fail':
    case 'finish':
      if (pod)
        cluster.putPod({
          ...pod,
          phase: step.kind === 'fail' ? 'Failed' : 'Succeeded',
          ready: false,
          nodeName: pod.nodeName ?? pod.target,
        })
      return
    case 'lose':
      if (pod) cluster.dropPod(pod.name)
      return
    case 'twin':
    case 'orphan': {
      const name = `${step.kind}-${cluster.version}`
      const node = `n${step.which}`
      if (!cluster.nodes.has(node)) return
      cluster.putPod(
        aPod(name, { nodeName: node, createdAt: step.which, ...(step.kind === 'orphan' ? { owner: null } : {}) }),
      )
      return
    }
    case 'ask': {
      const daemonSet = cluster.daemonSets.get('uid-ds')
      if (daemonSet) cluster.putDaemonSet({ ...daemonSet, annotations: asked[step.which % asked.length] ?? {} })
      return
    }
    case 'unready':
      if (cluster.nodes.has(`n${step.which}`)) cluster.putNode(nodeOf(cluster, step.which, unready))
      return
    case 'trouble':
      if (pod?.deletedAt === null)
        cluster.putPod({ ...pod, ready: false, readySince: null, restarts: 5, trouble: 'CrashLoopBackOff' })
      return
    case 'template': {
      const daemonSet = cluster.daemonSets.get('uid-ds') ?? aDaemonSet()
      cluster.putDaemonSet({ ...daemonSet, template: image(step.which % 4) })
      return
    }
    case 'deliverWatch':
      cluster.deliver(true, 'watch')
      return
    case 'deliverOutcome':
      cluster.deliver(true, 'outcomes')
      return
    case 'undeliveredDecision':
      cluster.deliver(false)
      return
    case 'execute':
      cluster.execute()
      return
    case 'kubelets':
      cluster.runKubelets()
      return
    case 'relist':
      cluster.relist()
      return
    case 'refuse':
      cluster.refuse = ({ type }) => (isRefusable(type) ? forbidden : null)
      return
    case 'again':
      // What was told last is told a second time, and decided on in between.
      for (const event of cluster.told.slice(-5 * step.which - 1)) cluster.fold(event)
      return
    case 'loseCommands':
      cluster.loseCommands()
      return
    case 'allow':
      cluster.refuse = null
      return
    case 'restart': {
      const before = fingerprint(cluster.state)
      cluster.state = restore(JSON.parse(JSON.stringify(snapshotOf(cluster.state))))
      expect(fingerprint(cluster.state)).toBe(before)
      return
    }
    case 'pass':
      cluster.pass(step.which * 1000)
      return
  }
}

export function story(steps: readonly Step[], strategy: Partial<DaemonSetFacts> = {}): FakeCluster {
  const cluster = new FakeCluster()
  for (const name of ['n0', 'n1', 'n2']) cluster.putNode(aNode(name))
  cluster.putDaemonSet(aDaemonSet({ template: image(0), ...strategy }))
  for (const step of steps) play(cluster, step)
  return cluster
}

/** Lets everything that waits happen, refuses nothing, and enough time pass for every back-off. */
export function settle(cluster: FakeCluster): void {
  cluster.refuse = null
  for (const node of [...cluster.nodes.values()]) cluster.putNode({ ...node, conditions: [] })
  const daemonSet = cluster.daemonSets.get('uid-ds')
  if (daemonSet) cluster.putDaemonSet({ ...daemonSet, annotations: {} })
  for (const pod of [...cluster.pods.values()])
    if (pod.trouble !== null)
      cluster.putPod({ ...pod, ready: true, readySince: cluster.now, restarts: 0, trouble: null })
  for (let round = 0; round < 40; round++) {
    cluster.run()
    cluster.pass(round < 20 ? 1000 : 60_000)
  }
  cluster.run()
}

/** All that can be asked of placement together: it must settle all the same. */
const asksOfPlacement = {
  'rollcall.dev/creation-rate': '2/s',
  'rollcall.dev/surge-back-off': 'true',
  'rollcall.dev/hold-creation-on': 'shutdown, maintenance, drain, cordon',
  'rollcall.dev/debounce': '5s',
  'rollcall.dev/wait-for-predecessor': 'true',
  'rollcall.dev/voluntary-removal': 'evict',
}

/** How the DaemonSet is updated: pods go first, or new ones come first; they count at once, or after a while; what it asks for. */
export const strategies = fc.record({
  updateStrategy: fc.constantFrom(
    { type: 'RollingUpdate', maxUnavailable: 1, maxSurge: 0 },
    { type: 'RollingUpdate', maxUnavailable: 0, maxSurge: 1 },
    { type: 'RollingUpdate', maxUnavailable: 0, maxSurge: '100%' },
  ),
  minReadySeconds: fc.constantFrom(0, 5),
  annotations: fc.constantFrom<Record<string, string>>({}, asksOfPlacement),
})

export const stories = fc.array(step, { maxLength: 60, size: 'max' })
