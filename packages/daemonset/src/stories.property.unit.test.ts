import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyDecision, createState, evolve, fingerprint, restore, snapshotOf, statusOf } from './index.ts'
import { countAll } from './slots.ts'
import type { DaemonSet } from './state.ts'
import { FakeCluster } from './testing/fake-cluster.ts'
import { aDaemonSet, aNode, cluster as clusterName } from './testing/objects.ts'
import { image, play, settle, stories, story, strategies } from './testing/stories.ts'

/** What is kept up beside the facts. */
function derived(daemonSet: DaemonSet) {
  const {
    totals,
    creating,
    openGroups,
    lostNodes,
    troubledNodes,
    missingNodes,
    stoppedNodes,
    oldAvailable,
    oldUnavailable,
    bothAvailable,
    heldCreations,
  } = daemonSet
  const names = [
    oldAvailable,
    oldUnavailable,
    bothAvailable,
    heldCreations,
    lostNodes,
    troubledNodes,
    missingNodes,
    stoppedNodes,
  ].map(each => [...each])
  return { totals, creating, names, groups: openGroups.entries, status: statusOf(daemonSet) }
}

describe('whatever happens', () => {
  test('it settles: one pod on every eligible node and nowhere else, the status true, and nothing more is commanded', () => {
    fc.assert(
      fc.property(stories, strategies, (steps, strategy) => {
        const cluster = story(steps, strategy)
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
      { numRuns: 300 },
    )
  })

  test('folding the record gives the live state, byte for byte', () => {
    fc.assert(
      fc.property(stories, strategies, (steps, strategy) => {
        const cluster = story(steps, strategy)
        const folded = createState(clusterName)
        for (const { event, point } of cluster.log) {
          expect(evolve(folded, event)).not.toBeNull()
          if (point) applyDecision(folded, JSON.parse(JSON.stringify(point)))
        }
        expect(fingerprint(folded)).toBe(fingerprint(cluster.state))
      }),
      { numRuns: 300 },
    )
  })

  test('the numbers that are kept up equal those counted anew', () => {
    fc.assert(
      fc.property(stories, strategies, (steps, strategy) => {
        const cluster = story(steps, strategy)
        for (const daemonSet of cluster.state.daemonSets.values()) {
          const kept = structuredClone(derived(daemonSet))
          const anew = restore(snapshotOf(cluster.state)).daemonSets.get(daemonSet.facts.uid)
          if (!anew) throw new Error('lost')
          expect(derived(anew)).toEqual(kept)
          countAll(cluster.state, daemonSet)
          expect(derived(daemonSet)).toEqual(kept)
        }
      }),
      { numRuns: 300 },
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
      { numRuns: 300 },
    )
  })
})
