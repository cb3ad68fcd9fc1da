import { type ApiStatusError, createRandom, createVirtualTime, type SimulatedCluster } from '@rollcall/simulator'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { daemonSetDraft } from './support/daemon-set.ts'
import { troubled } from './support/faults.ts'
import { type Fleet, startFleet } from './support/fleet.ts'
import { answersOf, eligibleNodes, isSame, readyOn, statusOf, watchForDoubles } from './support/roll-call.ts'

const names = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'] as const
const nodeOf = (on: number) => names[on % names.length] ?? 'n1'
const maxUnavailable = 2

/** What people and machines do to a cluster, at any time. */
const deeds = {
  join: (cluster, on) => cluster.addNode({ name: nodeOf(on) }),
  leave: (cluster, on) => cluster.removeNode(nodeOf(on)),
  silence: (cluster, on) => cluster.setNodeSilent(nodeOf(on), true),
  speak: (cluster, on) => cluster.setNodeSilent(nodeOf(on), false),
  cordon: (cluster, on) => cluster.cordon(nodeOf(on)),
  taint: (cluster, on) => cluster.taint(nodeOf(on), { key: 'k', effect: on % 2 === 0 ? 'NoSchedule' : 'NoExecute' }),
  untaint: (cluster, on) => cluster.untaint(nodeOf(on), 'k'),
  kill: (cluster, on) => cluster.killPod('default', podOf(cluster, on), on % 2 === 0 ? 0 : undefined),
  fail: (cluster, on) => cluster.failPod('default', podOf(cluster, on)),
  succeed: (cluster, on) => cluster.succeedPod('default', podOf(cluster, on)),
  rollOut: (cluster, on) => roll(cluster, `registry/agent:${on}`),
  rollOutBad: (cluster, on) => roll(cluster, `registry/agent:${on}-bad`),
  cutWatches: cluster => cluster.faults.cutWatches(),
  compact: cluster => cluster.store.compact(),
  calm: cluster => cluster.faults.set(calm),
  trouble: cluster => cluster.faults.set(withoutLosses),
} satisfies { readonly [name: string]: (cluster: SimulatedCluster, on: number) => void }

const calm = {
  throttled429: 0,
  failed500: 0,
  conflict409: 0,
  expired410: 0,
  lostAnswer: 0,
  watchCut: 0,
  duplicateEvent: 0,
  lateEvent: 0,
}

function roll(cluster: SimulatedCluster, image: string): void {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable, maxSurge: 0 } }
  cluster.apply('daemonsets', 'default', daemonSetDraft({ name: 'agent', image, updateStrategy }))
}

/** One of the DaemonSet's pods; a name that nobody has when there is none. */
function podOf(cluster: SimulatedCluster, on: number): string {
  const pods = answersOf(cluster, 'agent')
  return pods[on % Math.max(1, pods.length)]?.[1].metadata.name ?? 'nobody'
}

/** One of the services stops in good order and starts again. */
async function restart(fleet: Fleet, on: number): Promise<void> {
  switch (on % 3) {
    case 0:
      await fleet.stopWatcher()
      fleet.startWatcher()
      return
    case 1:
      await fleet.stopReconciler()
      await fleet.startReconciler()
      return
    default:
      await fleet.stopExecutor()
      await fleet.startExecutor()
  }
}

function isRefusal(error: unknown): error is ApiStatusError | RangeError {
  return error instanceof RangeError || (error instanceof Error && error.name === 'ApiStatusError')
}

function attempt(act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!isRefusal(error)) throw error
  }
}

const script = fc.array(
  fc.record({
    do: fc.constantFrom(...(Object.keys(deeds) as (keyof typeof deeds)[]), 'restart' as const),
    on: fc.nat(11),
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 3_000, max: 90_000 })),
  }),
  { maxLength: 30 },
)

const withoutLosses = { ...troubled, lostAnswer: 0 }

test('whatever happens, no node ever has two live pods, and in the end the roll call is complete', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), script, async (number, deedsDone) => {
      const seed = `fleet-${number}`
      const time = createVirtualTime()
      const losesAnswers = number % 4 === 0
      const clusters = [{ name: 'east', faults: losesAnswers ? troubled : withoutLosses }]
      const fleet = await startFleet({ time, seed, clusters, isForgetful: number % 2 === 0 })
      const east = fleet.cluster('east')
      const { doubles } = watchForDoubles(east)
      const random = createRandom(seed)
      for (const name of names) if (random() < 0.8) east.addNode({ name })
      roll(east, 'registry/agent:first')
      for (const { do: deed, on, waitMs } of deedsDone) {
        if (deed === 'restart') await restart(fleet, on)
        else attempt(() => deeds[deed](east, on))
        await time.advance(waitMs)
      }

      for (const name of names) attempt(() => east.setNodeSilent(name, false))
      roll(east, 'registry/agent:last')
      const isComplete = () => isSame(readyOn(east, 'agent', 'registry/agent:last'), eligibleNodes(east))
      await time.until('the roll call is complete', isComplete, 3_600_000)
      // And it stays so.
      await time.advance(180_000)
      expect(readyOn(east, 'agent', 'registry/agent:last')).toEqual(eligibleNodes(east))
      expect(statusOf(east, 'agent').desiredNumberScheduled).toBe(eligibleNodes(east).length)
      expect(answersOf(east, 'agent').length).toBe(eligibleNodes(east).length)
      // A creation whose answer was lost is tried again. If its pod was removed by somebody meanwhile, that makes a second
      // one, beside the one decided on since; it goes at once.
      if (!losesAnswers) expect(doubles).toEqual([])
      expect(fleet.complaints()).toEqual([])
      await fleet.stop()
    }),
    // Always the same fleets, so that a failure is news; to look for more: another seed, more runs, `endOnFailure: true`.
    { numRuns: 20, seed: 20_261_124 },
  )
})
