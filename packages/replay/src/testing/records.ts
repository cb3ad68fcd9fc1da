import { type Codec, decisionPointCodec, eventCodec } from '@rollcall/contracts'
import type { FakeCluster } from '../../../daemonset/src/testing/fake-cluster.ts'
import { aDaemonSet, aNode } from '../../../daemonset/src/testing/objects.ts'
import { image, play, type Step as StoryStep, settle, story } from '../../../daemonset/src/testing/stories.ts'
import { type Core, presentCore } from '../core.ts'
import { type LedgerEntry, type LedgerSource, sourceFromEntries } from '../source.ts'

/** What a ledger would hold of what a fake cluster's core has folded and decided, in the form in which it is read back. */
export function recordOf(cluster: FakeCluster): LedgerEntry[] {
  return cluster.log.flatMap(({ event, point }, index): LedgerEntry[] => {
    const position = index + 1
    const folded: LedgerEntry = { kind: 'event', position, event: readBack(eventCodec, event) }
    return point === null
      ? [folded]
      : [folded, { kind: 'decision', position, point: readBack(decisionPointCodec, point) }]
  })
}

function readBack<T>(codec: Codec<T>, value: T): T {
  const decoded = codec.decode(codec.encode(value))
  if (!decoded.ok) throw new Error(decoded.failure.reason)
  return decoded.value
}

export const sourceOf = (entries: readonly LedgerEntry[]): LedgerSource =>
  sourceFromEntries('test', 'the story', entries)

/** A source that has snapshots at some positions, as a store has. */
export function sourceWithSnapshots(entries: readonly LedgerEntry[], positions: readonly number[]): LedgerSource {
  const plain = sourceOf(entries)
  const timeOf = (position: number): number =>
    Math.max(
      0,
      ...entries.flatMap(entry => (entry.kind === 'event' && entry.position <= position ? [entry.event.at] : [])),
    )
  return {
    ...plain,
    async before(moment) {
      const isUpTo = (known: number) => ('position' in moment ? known <= moment.position : timeOf(known) <= moment.time)
      const at = Math.max(0, ...positions.filter(isUpTo))
      if (at === 0) return await plain.fromStart()
      const state = presentCore.createState('test')
      for (const entry of entries) if (entry.position <= at) fold(presentCore, state, entry)
      const body = JSON.parse(JSON.stringify(presentCore.snapshotOf(state)))
      const snapshot = { position: at, core: presentCore.version, body, fingerprint: presentCore.fingerprint(state) }
      return await sourceFromEntries(
        'test',
        'the story',
        entries.filter(entry => entry.position > at),
        snapshot,
      ).fromStart()
    },
  }
}

function fold(core: Core, state: ReturnType<Core['createState']>, entry: LedgerEntry): void {
  if (entry.kind === 'event') core.evolve(state, entry.event)
  else core.applyDecision(state, entry.point)
}

/** The same events, decided at other places: as other batches would have cut them. */
export function cutAnew(entries: readonly LedgerEntry[], isCut: (position: number) => boolean): LedgerEntry[] {
  const state = presentCore.createState('test')
  const record: LedgerEntry[] = []
  for (const entry of entries) {
    if (entry.kind !== 'event' || presentCore.evolve(state, entry.event) === null) continue
    const { position } = state
    record.push({ ...entry, position })
    if (!isCut(position) || !presentCore.needsDecision(state)) continue
    const point = presentCore.decide(state)
    presentCore.applyDecision(state, point)
    record.push({ kind: 'decision', position, point })
  }
  return record
}

/** A story in a cluster that has been known for a while, told to its end: much is decided in it. */
export function life(steps: readonly StoryStep[]): FakeCluster {
  const cluster = story([])
  cluster.run()
  for (const step of steps) play(cluster, step)
  settle(cluster)
  return cluster
}

/** A short life: three nodes, a rollout, a node that comes, one that fails and goes; settled in the end. */
export function shortLife(): FakeCluster {
  const steps: StoryStep[] = [{ kind: 'node', which: 4 }]
  const cluster = story(steps)
  settle(cluster)
  cluster.putDaemonSet({ ...aDaemonSet(), ...cluster.daemonSets.get('uid-ds'), template: image(1) })
  settle(cluster)
  cluster.putNode(aNode('n5', { taints: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }] }))
  cluster.run()
  play(cluster, { kind: 'fail', which: 1 })
  settle(cluster)
  play(cluster, { kind: 'dropNode', which: 2 })
  settle(cluster)
  return cluster
}
