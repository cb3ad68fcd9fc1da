import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyDecision, createState, evolve, fingerprint, restore, snapshotOf, statusOf } from './index.ts'
import { countAll } from './slots.ts'
import { FakeCluster } from './testing/fake-cluster.ts'
import { aDaemonSet, aNode, aPod, aTemplate, cluster as clusterName } from './testing/objects.ts'

/** One thing that happens; numbers choose among what there is. */
type Step =
  | { readonly kind: 'node' | 'dropNode' | 'fail' | 'finish' | 'lose' | 'twin' | 'orphan'; readonly which: number }
  | { readonly kind: 'template' | 'label' | 'taint'; readonly which: number }
  | {
      readonly kind:
        | 'deliverWatch'
        | 'deliverOutcome'
        | 'execute'
        | 'kubelets'
        | 'relist'
        | 'restart'
        | 'undeliveredDecision'
    }
  | { readonly kind: 'pass'; readonly which: number }

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
      'label',
      'taint',
      'pass',
    ),
    which: fc.nat({ max: 6 }),
  }),
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('deliverWatch', 'deliverOutcome', 'execute', 'kubelets') }),
  },
  fc.record({ kind: fc.constantFrom('relist', 'restart', 'undeliveredDecision') }),
)

const image = (which: number) =>
  aTemplate({ images: [`image:${which}`], nodeSelector: which === 3 ? { ssd: 'true' } : {} })

function play(cluster: FakeCluster, step: Step): void {
  const pods = [...cluster.pods.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const pod = 'which' in step ? pods[step.which % Math.max(1, pods.length)] : undefined
  switch (step.kind) {
    case 'node':
      cluster.putNode(aNode(`n${step.which}`))
      return
    case 'dropNode':
      for (const { name, nodeName } of pods) if (nodeName === `n${step.which}`) cluster.dropPod(name)
      cluster.dropNode(`n${step.which}`)
      return
    case 'label':
      if (cluster.nodes.has(`n${step.which}`)) cluster.putNode(aNode(`n${step.which}`, { labels: { ssd: 'true' } }))
      return
    case 'taint':
      if (cluster.nodes.has(`n${step.which}`)) {
        const effect = step.which % 2 ? 'NoSchedule' : 'NoExecute'
        cluster.putNode(aNode(`n${step.which}`, { taints: [{ key: 'k', value: '', effect }] }))
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

function story(steps: readonly Step[]): FakeCluster {
  const cluster = new FakeCluster()
  for (const name of ['n0', 'n1', 'n2']) cluster.putNode(aNode(name))
  cluster.putDaemonSet(aDaemonSet({ template: image(0) }))
  for (const step of steps) play(cluster, step)
  return cluster
}

/** Lets everything that waits happen, and enough time pass for every back-off. */
function settle(cluster: FakeCluster): void {
  for (let round = 0; round < 40; round++) {
    cluster.run()
    cluster.pass(round < 20 ? 1000 : 60_000)
  }
  cluster.run()
}

const stories = fc.array(step, { maxLength: 60 })

describe('whatever happens', () => {
  test('it settles: one pod on every eligible node and nowhere else, the status true, and nothing more is commanded', () => {
    fc.assert(
      fc.property(stories, steps => {
        const cluster = story(steps)
        settle(cluster)
        const template = cluster.daemonSets.get('uid-ds')?.template
        const eligible = [...cluster.nodes.values()]
          .filter(({ taints }) => taints.length === 0)
          .filter(({ labels }) => template?.nodeSelector.ssd === undefined || labels.ssd === 'true')
          .map(({ name }) => name)
          .sort()
        const tainted = new Set(
          [...cluster.nodes.values()]
            .filter(({ taints }) => taints.some(({ effect }) => effect === 'NoSchedule'))
            .map(({ name }) => name),
        )
        const own = [...cluster.pods.values()].filter(({ owner }) => owner?.uid === 'uid-ds')
        const places = own.map(pod => pod.nodeName ?? pod.target ?? '').sort()
        // A NoSchedule taint lets a pod stay that was there before.
        expect(places.filter(node => !tainted.has(node))).toEqual(eligible)
        expect(new Set(places).size).toBe(places.length)
        expect(cluster.daemonSets.get('uid-ds')?.status).toMatchObject({
          desiredNumberScheduled: eligible.length,
          numberAvailable: eligible.length,
          updatedNumberScheduled: eligible.length,
        })
        const before = cluster.commands.length
        cluster.pass(60_000)
        cluster.run()
        expect(cluster.commands.length).toBe(before)
        expect(cluster.state.flights.size).toBe(0)
      }),
      { numRuns: 150 },
    )
  })

  test('folding the record gives the live state, byte for byte', () => {
    fc.assert(
      fc.property(stories, steps => {
        const cluster = story(steps)
        const folded = createState(clusterName)
        for (const { event, point } of cluster.log) {
          expect(evolve(folded, event)).not.toBeNull()
          if (point) applyDecision(folded, JSON.parse(JSON.stringify(point)))
        }
        expect(fingerprint(folded)).toBe(fingerprint(cluster.state))
      }),
      { numRuns: 150 },
    )
  })

  test('the numbers that are kept up equal those counted anew', () => {
    fc.assert(
      fc.property(stories, steps => {
        const cluster = story(steps)
        for (const daemonSet of cluster.state.daemonSets.values()) {
          const kept = structuredClone([daemonSet.totals, statusOf(daemonSet), [...daemonSet.oldAvailable].sort()])
          const anew = restore(snapshotOf(cluster.state)).daemonSets.get(daemonSet.facts.uid)
          if (!anew) throw new Error('lost')
          countAll(cluster.state, daemonSet)
          expect([daemonSet.totals, statusOf(daemonSet), [...daemonSet.oldAvailable].sort()]).toEqual(kept)
          expect([anew.totals, statusOf(anew), [...anew.oldAvailable].sort()]).toEqual(kept)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('no two live pods of our making stand on one node', () => {
    fc.assert(
      fc.property(stories, steps => {
        const cluster = new FakeCluster()
        for (const name of ['n0', 'n1', 'n2']) cluster.putNode(aNode(name))
        cluster.putDaemonSet(aDaemonSet({ template: image(0) }))
        for (const one of steps) {
          if (one.kind === 'twin' || one.kind === 'orphan') continue
          play(cluster, one)
          const own = [...cluster.pods.values()].filter(
            ({ commandId, deletedAt, phase }) =>
              commandId !== null && deletedAt === null && phase !== 'Failed' && phase !== 'Succeeded',
          )
          const places = own.map(pod => pod.nodeName ?? pod.target)
          expect(new Set(places).size).toBe(places.length)
        }
      }),
      { numRuns: 150 },
    )
  })
})
