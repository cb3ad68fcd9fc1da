import type { Effect, Event } from '@rollcall/contracts'
import { evolve, fingerprint, snapshotOf } from '@rollcall/daemonset'
import type { StreamCommit } from '@rollcall/store'
import { FakeCluster } from '../../packages/daemonset/src/testing/fake-cluster.ts'
import { aDaemonSet, aNode, aTemplate } from '../../packages/daemonset/src/testing/objects.ts'

/**
 * A record as a reconciler writes it, decided by the real core: DaemonSets on a cluster in memory are created, then rolled
 * out one after the other, 10% of the nodes at a time, without end; nodes change labels meanwhile. Decided at the end of
 * each batch.
 */
export type FleetRecord = {
  readonly cluster: string
  /** The next events (about `count`; fewer when the cluster waits for its own commands) and what was decided on them. */
  next(count: number): StreamCommit
}

export type FleetSize = {
  readonly nodes: number
  readonly daemonSets: number
  /** A snapshot about every so many events. */
  readonly snapshotEvery: number
  readonly core: string
  /** How much time passes with each batch, ms. */
  readonly stepMs: number
}

/** Templates repeat, so that revisions are reused as after a rollback. */
const templatesMax = 8

export function createFleetRecord({ nodes, daemonSets, snapshotEvery, core, stepMs }: FleetSize): FleetRecord {
  const fleet = new FakeCluster()
  for (let node = 0; node < nodes; node++) fleet.putNode(aNode(`node-${node}`))
  const put = (index: number, image: number) =>
    fleet.putDaemonSet(
      aDaemonSet({
        ...fleet.daemonSets.get(`uid-of-${index}`),
        name: `of-${index}`,
        uid: `uid-of-${index}`,
        selector: { matchLabels: { app: `of-${index}` }, matchExpressions: [] },
        template: aTemplate({ labels: { app: `of-${index}` }, images: [`image:${image}`] }),
        updateStrategy: { type: 'RollingUpdate', maxUnavailable: '10%', maxSurge: 0 },
      }),
    )
  for (let index = 0; index < daemonSets; index++) put(index, 0)
  let rollouts = 0
  let snapshotAt = 0

  /** What is told next, made if nothing waits: commands are done, kubelets run, else the next rollout begins. */
  function told(): Event {
    for (;;) {
      const event = fleet.outcomes.shift() ?? fleet.watch.shift()
      if (event) return event
      fleet.execute()
      fleet.runKubelets()
      if (fleet.watch.length > 0 || fleet.outcomes.length > 0) continue
      const number = rollouts++
      fleet.putNode(aNode(`node-${number % nodes}`, { labels: { rollout: String(number) } }))
      put(number % daemonSets, 1 + (Math.floor(number / daemonSets) % templatesMax))
    }
  }

  return {
    cluster: fleet.state.cluster,
    next(count) {
      fleet.now += stepMs
      const events: { position: number; event: Event; offset: bigint; effects: readonly Effect[] }[] = []
      do {
        const event = told()
        const effects = evolve(fleet.state, event)
        if (effects === null) continue
        const { position } = fleet.state
        events.push({ position, event, offset: BigInt(position), effects })
      } while (events.length < count && (fleet.watch.length > 0 || fleet.outcomes.length > 0))
      const decisionPoint = fleet.decideNow()
      // Kept by the fake for tests; here it would grow without end.
      fleet.commands.length = 0
      const { position } = fleet.state
      const isDue = position - snapshotAt >= snapshotEvery
      if (isDue) snapshotAt = position
      const snapshot = isDue
        ? { position, core, body: snapshotOf(fleet.state), fingerprint: fingerprint(fleet.state) }
        : null
      return { cluster: fleet.state.cluster, events, decisionPoint, watchPositions: new Map(), snapshot }
    },
  }
}
