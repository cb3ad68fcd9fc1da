import type { EventType } from '@rollcall/contracts'
import { daemonSetFacts } from '@rollcall/kube'
import { type Act, compareHistories, type LedgerSource, sourceFromStore, type WhatIf, whatIf } from '@rollcall/replay'
import { createSimulatedCluster, createVirtualTime, type Draft } from '@rollcall/simulator'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DaemonSetWish, daemonSetDraft } from './support/daemon-set.ts'
import { type Fleet, startFleet } from './support/fleet.ts'
import { eligibleNodes, isSame, nodesOf, readyOn } from './support/roll-call.ts'

/** What a what-if foretells from the record is what then happens on the simulator, when the same change is made. */

const rolling = (maxUnavailable: number, maxSurge = 0) => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxUnavailable, maxSurge },
})

/** The facts of a manifest as the API server stores it: the way the CLI goes. */
const factsOf = (wish: DaemonSetWish) => storedFacts(daemonSetDraft(wish))

function storedFacts(draft: Draft) {
  const { clock, timers } = createVirtualTime()
  const scratch = createSimulatedCluster({ name: 'scratch', seed: 'scratch', clock, timers })
  return daemonSetFacts(scratch.apply('daemonsets', 'default', draft))
}

const withAnnotations = (draft: Draft, annotations: { readonly [key: string]: string }): Draft => ({
  ...draft,
  metadata: { ...draft.metadata, annotations },
})

async function startEast(seed: string, nodes: number) {
  const time = createVirtualTime()
  const fleet = await startFleet({ time, seed, clusters: [{ name: 'east' }] })
  const east = fleet.cluster('east')
  for (let number = 1; number <= nodes; number++) {
    east.addNode({ name: `n${number}`, labels: number % 2 === 0 ? { ssd: 'true' } : {} })
  }
  const everywhere = async (image: string, isWanted = () => eligibleNodes(east)) => {
    await time.until(`${image} answers`, () => isSame(readyOn(east, 'agent', image), isWanted()), 3_600_000)
    await time.advance(60_000)
  }
  const apply = (wish: Omit<DaemonSetWish, 'name'>) =>
    east.apply('daemonsets', 'default', daemonSetDraft({ name: 'agent', ...wish }))
  return { time, fleet, east, everywhere, apply }
}

async function recordOf({ store }: Fleet): Promise<LedgerSource> {
  const source = await sourceFromStore(store, 'east')
  if (!source) throw new Error('nothing is on record')
  return source
}

/** What was decided behind a position, as the ledger has it. */
async function actsBehind(source: LedgerSource, position: number): Promise<string[]> {
  const acts: string[] = []
  for await (const entry of source.readFrom(position)) {
    if (entry.kind !== 'decision') continue
    for (const command of entry.point.commands) {
      if (command.type === 'CreatePod') acts.push(`create ${command.node}`)
      if (command.type === 'DeletePod') acts.push(`delete ${command.node}`)
    }
  }
  return acts
}

const told = ({ acts }: { acts: readonly Act[] }) => acts.map(({ type, node }) => `${type} ${node}`)
const only = (type: string, acts: readonly string[]) => acts.filter(act => act.startsWith(type))
const sorted = (acts: readonly string[]) => [...acts].sort()

/** Same pods; and the same order, in which nodes are taken. */
function expectForetold(foretold: readonly string[], happened: readonly string[]): void {
  expect(happened.length).toBeGreaterThan(0)
  expect(sorted(foretold)).toEqual(sorted(happened))
  expect(only('delete', foretold)).toEqual(only('delete', happened))
}

const endOf = (source: LedgerSource) => ({ position: source.lastPosition ?? 0 })

describe('foretold from the record, and then done', () => {
  test('a rollout with any budget, on any number of nodes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        async (number, nodes, maxUnavailable) => {
          const { fleet, everywhere, apply } = await startEast(`whatif-${number}`, nodes)
          apply({ image: 'registry/agent:1', updateStrategy: rolling(1) })
          await everywhere('registry/agent:1')
          const before = await recordOf(fleet)
          const wish = { image: 'registry/agent:2', updateStrategy: rolling(maxUnavailable) }
          const foretold = await whatIf(before, {
            from: endOf(before),
            changes: [{ kind: 'daemonSet', facts: factsOf({ name: 'agent', ...wish }) }],
          })
          apply(wish)
          await everywhere('registry/agent:2')
          const after = await recordOf(fleet)
          expectForetold(told(foretold.alternative), await actsBehind(after, (before.lastPosition ?? 0) + 1))
          await fleet.stop()
        },
      ),
      { numRuns: 12, seed: 20_261_125 },
    )
  })

  test('another node selector: the pods of the other nodes go', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 3, max: 9 }), async (number, nodes) => {
        const { fleet, east, everywhere, apply } = await startEast(`selector-${number}`, nodes)
        apply({ image: 'registry/agent:1', updateStrategy: rolling(2) })
        await everywhere('registry/agent:1')
        const before = await recordOf(fleet)
        const wish = { image: 'registry/agent:1', updateStrategy: rolling(2), nodeSelector: { ssd: 'true' } }
        const foretold = await whatIf(before, {
          from: endOf(before),
          changes: [{ kind: 'daemonSet', facts: factsOf({ name: 'agent', ...wish }) }],
        })
        apply(wish)
        const ssd = () => nodesOf(east).filter(name => Number(name.slice(1)) % 2 === 0)
        await everywhere('registry/agent:1', ssd)
        const after = await recordOf(fleet)
        expectForetold(told(foretold.alternative), await actsBehind(after, (before.lastPosition ?? 0) + 1))
        await fleet.stop()
      }),
      { numRuns: 8, seed: 20_261_125 },
    )
  })

  test('labels and a taint, on any of the nodes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 4, max: 9 }), fc.nat(), async (number, nodes, which) => {
        const { fleet, east, everywhere, apply, time } = await startEast(`labels-${number}`, nodes)
        apply({ image: 'registry/agent:1', nodeSelector: { ssd: 'true' } })
        const even = nodesOf(east).filter(name => Number(name.slice(1)) % 2 === 0)
        const odd = nodesOf(east).filter(name => !even.includes(name))
        await everywhere('registry/agent:1', () => even)
        const before = await recordOf(fleet)
        const [joins, leaves, tainted] = [odd[which % odd.length], even[0], even[1]]
        if (!joins || !leaves || !tainted) throw new Error('there are too few nodes')
        const foretold = await whatIf(before, {
          from: endOf(before),
          changes: [
            { kind: 'label', node: joins, label: 'ssd', value: 'true' },
            { kind: 'label', node: leaves, label: 'ssd', value: null },
            { kind: 'taint', node: tainted, taint: { key: 'k', value: '', effect: 'NoExecute' }, isRemoved: false },
          ],
        })
        east.labelNode(joins, { ssd: 'true' })
        east.labelNode(leaves, { ssd: null })
        east.taint(tainted, { key: 'k', effect: 'NoExecute' })
        const left = [joins, ...even.slice(2)]
        await time.until('it has settled', () => isSame(readyOn(east, 'agent'), left))
        await time.advance(60_000)
        const happened = await actsBehind(await recordOf(fleet), (before.lastPosition ?? 0) + 1)
        expectForetold(told(foretold.alternative), happened)
        expect(sorted(happened)).toEqual([`create ${joins}`, ...[`delete ${leaves}`, `delete ${tainted}`].sort()])
        await fleet.stop()
      }),
      { numRuns: 8, seed: 20_261_125 },
    )
  })
})

describe('a recorded rollout, told otherwise', () => {
  async function rolledOut(seed: string, maxUnavailable: number, nodes = 7) {
    const { fleet, everywhere, apply } = await startEast(seed, nodes)
    apply({ image: 'registry/agent:1', updateStrategy: rolling(1) })
    await everywhere('registry/agent:1')
    const from = endOf(await recordOf(fleet))
    apply({ image: 'registry/agent:2', updateStrategy: rolling(maxUnavailable) })
    await everywhere('registry/agent:2')
    const source = await recordOf(fleet)
    await fleet.stop()
    return { source, from }
  }

  test('with another budget is what the same cluster does with that budget', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.constantFrom(2, 3, 5), async (number, maxUnavailable) => {
        const seed = `told-${number}`
        const recorded = await rolledOut(seed, 1)
        const really = await rolledOut(seed, maxUnavailable)
        const wish = { name: 'agent', image: 'registry/agent:2', updateStrategy: rolling(maxUnavailable) }
        const result = await whatIf(recorded.source, {
          from: recorded.from,
          changes: [{ kind: 'daemonSet', facts: factsOf(wish) }],
        })
        expectForetold(told(result.alternative), await actsBehind(really.source, really.from.position + 1))
        // More at a time: as many are replaced, and nodes are without a pod together; it is over sooner.
        const { recorded: slow, alternative: fast, fidelity } = compareHistories(result)
        expect(fast.created).toBe(slow.created)
        expect(lastAt(result.alternative)).toBeLessThan(lastAt(result.recorded))
        expect(fidelity.same).toBe(fidelity.slots)
      }),
      { numRuns: 6, seed: 20_261_125 },
    )
  })

  test('with nothing changed is the record, in every slot and in order', async () => {
    const { source, from } = await rolledOut('unchanged', 2)
    const result = await whatIf(source, { from, changes: [] })
    expect(only('delete', told(result.alternative))).toEqual(only('delete', told(result.recorded)))
    expect(compareHistories(result).differences).toEqual([])
    expect(told(result.alternative)).toEqual(told(result.control))
  })

  test('without the edit nothing happens', async () => {
    const { source, from } = await rolledOut('dropped', 2)
    const edit = await positionOf(source, from.position, 'DaemonSetObserved')
    const result = await whatIf(source, { from, changes: [{ kind: 'dropEvent', position: edit }] })
    expect(result.alternative.acts).toEqual([])
    expect(result.recorded.acts).toHaveLength(14)
    expect(compareHistories(result).differences).toHaveLength(7)
  })

  test('without a label is what the same cluster does without that label, a rollout behind it too', async () => {
    async function lived(seed: string, nodes: number, isLabelled: boolean) {
      const { fleet, east, everywhere, apply } = await startEast(seed, nodes)
      const nodeSelector = { ssd: 'true' }
      const even = nodesOf(east).filter(name => Number(name.slice(1)) % 2 === 0)
      const meant = isLabelled ? ['n1', ...even] : even
      apply({ image: 'registry/agent:1', updateStrategy: rolling(1), nodeSelector })
      await everywhere('registry/agent:1', () => even)
      const from = endOf(await recordOf(fleet))
      if (isLabelled) east.labelNode('n1', { ssd: 'true' })
      await everywhere('registry/agent:1', () => meant)
      apply({ image: 'registry/agent:2', updateStrategy: rolling(1), nodeSelector })
      await everywhere('registry/agent:2', () => meant)
      const source = await recordOf(fleet)
      await fleet.stop()
      return { source, from }
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 4, max: 9 }), async (number, nodes) => {
        const recorded = await lived(`label-${number}`, nodes, true)
        const really = await lived(`label-${number}`, nodes, false)
        const position = await positionOf(recorded.source, recorded.from.position, 'NodeObserved')
        const result = await whatIf(recorded.source, {
          from: recorded.from,
          changes: [{ kind: 'dropEvent', position }],
        })
        const happened = await actsBehind(really.source, really.from.position + 1)
        expectForetold(told(result.alternative), happened)
        expect(happened.some(act => act.endsWith(' n1'))).toBe(false)
        expect(told(result.recorded).some(act => act.endsWith(' n1'))).toBe(true)
      }),
      { numRuns: 6, seed: 20_261_125 },
    )
  })

  test('what Rollcall itself does to nodes is not taken from the record', async () => {
    const starting = { key: 'example.com/starting', effect: 'NoSchedule' } as const
    const annotations = { 'rollcall.dev/startup-taint': starting.key }
    const tolerations = [{ key: starting.key, operator: 'Exists' }]
    const agent = (minReadySeconds: number) =>
      withAnnotations(daemonSetDraft({ name: 'agent', tolerations, minReadySeconds }), annotations)
    const { fleet, east, time } = await startEast('startup', 3)
    east.apply('daemonsets', 'default', agent(0))
    east.apply('daemonsets', 'default', daemonSetDraft({ name: 'app' }))
    await time.until('both answer', () => ['agent', 'app'].every(name => readyOn(east, name).length === 3))
    await time.advance(30_000)
    const from = endOf(await recordOf(fleet))
    east.addNode({ name: 'n4', taints: [starting] })
    await time.until('both answer on n4', () => ['agent', 'app'].every(name => readyOn(east, name).length === 4))
    await time.advance(30_000)
    const source = await recordOf(fleet)
    await fleet.stop()
    const unchanged = await whatIf(source, { from, changes: [] })
    expect(told(unchanged.recorded)).toEqual(['create n4', 'create n4'])
    expect(told(unchanged.alternative)).toEqual(['create n4', 'create n4'])
    // As long as the agent does not count as available, the taint stays, and keeps the other away.
    const slow = await whatIf(source, { from, changes: [{ kind: 'daemonSet', facts: storedFacts(agent(7_200)) }] })
    expect(slow.alternative.acts.filter(({ node }) => node === 'n4').map(({ daemonSet }) => daemonSet)).toEqual([
      'default/agent',
    ])
  })

  test('is told twice in the same way', async () => {
    const { source, from } = await rolledOut('twice', 2)
    const changes = [
      { kind: 'taint', node: 'n3', taint: { key: 'k', value: '', effect: 'NoSchedule' }, isRemoved: false },
    ] as const
    const [first, second]: WhatIf[] = [await whatIf(source, { from, changes }), await whatIf(source, { from, changes })]
    expect(first).toEqual(second)
  })
})

const lastAt = ({ acts }: { acts: readonly Act[] }) => Math.max(...acts.map(({ at }) => at))

/** Of the first event of this type behind a position. */
async function positionOf(source: LedgerSource, behind: number, type: EventType): Promise<number> {
  for await (const entry of source.readFrom(behind + 1)) {
    if (entry.kind === 'event' && entry.event.type === type) return entry.position
  }
  throw new Error(`there is no ${type} behind position ${behind}`)
}
