import { defaultGuard, type Event } from '@rollcall/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fingerprint, restore, snapshotOf } from '../index.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { aDaemonSet, aNode, aTemplate, cluster as stream } from '../testing/objects.ts'

const nodes = 24
const pool = { pool: 'storage' }
const daemonSet = aDaemonSet({ template: aTemplate({ nodeSelector: pool }) })
const settings = { ...defaultGuard, podsMin: 3 }

type Step =
  | { readonly kind: 'label' | 'unlabel' | 'drop' | 'add'; readonly node: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'reject'; readonly forMs: number | null }
  | { readonly kind: 'restart' }

const node = fc.nat(nodes - 1)
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('label', 'unlabel', 'unlabel'), node }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('drop', 'add'), node }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.constantFrom(500, 5_000, 60_000, 700_000) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reject'), forMs: fc.constantFrom(null, 30_000) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart') }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 80 },
)

function play(cluster: FakeCluster, step: Step, index: number): void {
  const name = 'node' in step ? `n${step.node}` : ''
  const held = cluster.nodes.get(name)
  switch (step.kind) {
    case 'label':
    case 'unlabel':
      if (held) cluster.putNode({ ...held, labels: step.kind === 'label' ? pool : {} })
      return
    case 'drop':
      cluster.dropNode(name)
      return
    case 'add':
      if (!held) cluster.putNode(aNode(name, { uid: `uid-${index}`, labels: pool }))
      return
    case 'pass':
      cluster.pass(step.ms)
      return
    case 'reject':
      for (const hold of cluster.state.daemonSets.get(daemonSet.uid)?.guard.holds.keys() ?? []) {
        const asked = { cluster: stream, at: cluster.now, intent: `i${index}`, askedBy: { user: 'jane', via: 'test' } }
        cluster.watch.push({ type: 'HoldRejected', ...asked, hold, forMs: step.forMs } as Event)
        return
      }
      return
    case 'restart':
      cluster.state = restore(JSON.parse(JSON.stringify(snapshotOf(cluster.state))))
  }
}

test('whatever happens to labels, nobody having approved, no more go within the window than the guard allows', () => {
  fc.assert(
    fc.property(steps, story => {
      const cluster = new FakeCluster({ guard: settings })
      for (let index = 0; index < nodes; index++) cluster.putNode(aNode(`n${index}`, { labels: pool }))
      cluster.putDaemonSet(daemonSet)
      cluster.run()
      const deletedAt: number[] = []
      for (const [index, step] of story.entries()) {
        play(cluster, step, index)
        for (const { type } of cluster.run()) if (type === 'DeletePod') deletedAt.push(cluster.now)
      }
      for (const at of deletedAt) {
        // A node that got its label back, and lost it again, counts anew: so the nodes are the bound, not the deletions.
        const within = deletedAt.filter(each => each >= at && each < at + settings.quietMs).length
        expect(within).toBeLessThanOrEqual(Math.max(settings.podsMin, Math.floor(settings.share * nodes)))
      }
      expect(fingerprint(cluster.foldAgain())).toBe(fingerprint(cluster.state))
    }),
    { numRuns: 200 },
  )
})
