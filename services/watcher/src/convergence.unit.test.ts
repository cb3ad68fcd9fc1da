import { UnreachableError } from '@rollcall/kube'
import { settled } from '@rollcall/service'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FakeCluster } from './testing/fake-cluster.ts'
import { FoldedView } from './testing/folded-view.ts'
import { createHarness, node, pod } from './testing/harness.ts'

/** Everything that may happen to a watcher, one step each. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('node'), of: fc.nat(3), as: fc.nat(2) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pod'), of: fc.nat(3), as: fc.nat(4) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('removeNode', 'removePod'), of: fc.nat(3), as: fc.constant(0) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('cut', 'break', 'heal', 'compact', 'bookmark', 'logBreaks', 'logHeals', 'leaseLost', 'wait'),
      of: fc.nat(3),
      as: fc.nat(60),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('replace', 'restore'), of: fc.nat(3), as: fc.nat(60) }) },
)
type Step = { do: string; of: number; as: number }

const podAs = (name: string, as: number) =>
  [
    () => pod(name, 'daemonSet'),
    () => pod(name, 'daemonSet', { phase: 'Failed' }),
    () => pod(name, null),
    () => pod(name, 'replicaSet'),
    () => pod(name, null, { labels: {} }),
  ][as]?.() ?? pod(name, 'daemonSet')

async function play(steps: readonly Step[]): Promise<{ seen: string[]; real: string[] }> {
  const cluster = new FakeCluster('east')
  const harness = createHarness([cluster], { queueMax: 3, pageSize: 2 })
  const view = new FoldedView()
  let replacements = 1
  const read = async () => {
    await settled()
    for (const event of harness.events()) view.fold(event)
    harness.appends.length = 0
    harness.positions.clear()
    for (const [kind, version] of view.positions) harness.positions.set(kind, version)
    harness.state.storedUid = view.clusterUid
  }
  for (const { do: what, of, as } of steps) {
    await apply(cluster, harness, { do: what, of, as }, () => String(++replacements))
    await read()
  }
  cluster.fail(null)
  harness.state.appendFailure = null
  for (let round = 0; round < 6; round++) {
    await harness.time.advance(60_000)
    await read()
  }
  const stopped = harness.watcher.stop()
  await harness.time.advance(10_000)
  await stopped
  const seen = [...view.objects.values()].filter(held => isInSet(held.facts)).map(held => JSON.stringify(held.facts))
  return {
    seen: seen.sort(),
    real: cluster
      .facts()
      .filter(isInSet)
      .map(facts => JSON.stringify(facts))
      .sort(),
  }
}

/** A pod outside the set may be known or not; what the log says of those inside must be right. */
function isInSet(facts: unknown): boolean {
  const { owner, labels, phase } = facts as { owner?: { kind: string } | null; labels: object; phase?: string }
  if (phase === undefined) return true
  return owner == null ? Object.keys(labels).length > 0 : owner.kind === 'DaemonSet'
}

async function apply(
  cluster: FakeCluster,
  harness: ReturnType<typeof createHarness>,
  { do: what, of, as }: Step,
  nextUid: () => string,
): Promise<void> {
  const { state, time } = harness
  switch (what) {
    case 'node':
      return cluster.put('Node', node(`n${of}`, { zone: String(as) }))
    case 'pod':
      return cluster.put('Pod', podAs(`p${of}`, as))
    case 'removeNode':
      return cluster.removeIfThere('Node', '', `n${of}`)
    case 'removePod':
      return cluster.removeIfThere('Pod', 'ns', `p${of}`)
    case 'cut':
      return cluster.cutWatches()
    case 'break':
      return cluster.fail(new UnreachableError('broken'))
    case 'heal':
      return cluster.fail(null)
    case 'compact':
      cluster.compacted = cluster.version
      return
    case 'bookmark':
      return cluster.bookmark(of < 2 ? 'Node' : 'Pod')
    case 'logBreaks':
      state.appendFailure = new Error('log away')
      return
    case 'logHeals':
      state.appendFailure = null
      return
    case 'leaseLost':
      state.lease?.abort(new Error('lost'))
      return
    case 'wait':
      return time.advance(as * 1000)
    case 'replace':
      return cluster.replace(`cluster-${nextUid()}`, as)
    case 'restore':
      // A restore is noticed while resourceVersions are behind; one overtaken within seconds cannot be (README of kube).
      cluster.restore(as)
      cluster.fail(null)
      state.appendFailure = null
      return time.advance(120_000)
    default:
      throw new Error(`no step ${what}`)
  }
}

it('whatever happens, the log ends up telling what is in the cluster', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async steps => {
      const { seen, real } = await play(steps)
      expect(seen).toEqual(real)
    }),
    { numRuns: Number(process.env.ROLLCALL_TEST_RUNS ?? 150) },
  )
}, 300_000)
