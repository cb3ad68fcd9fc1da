import type { Command } from '@rollcall/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeObserved, settled } from './testing/events.ts'
import { createToyCore } from './testing/toy-core.ts'
import { createWorld, type Member, type World } from './testing/world.ts'

/** What may happen to reconcilers and their surroundings, in any order. */
type Step =
  | { readonly kind: 'events'; readonly cluster: number; readonly nodes: readonly number[] }
  | { readonly kind: 'garbage' | 'start' | 'outcomes' }
  | { readonly kind: 'stop' | 'crash' | 'late-process'; readonly member: number }
  | { readonly kind: 'fault'; readonly member: number; readonly fault: 'lost' | 'answer-lost' | 'refused' }
  | { readonly kind: 'publishing'; readonly member: number; readonly works: boolean }
  | { readonly kind: 'time'; readonly ms: number }

const member = fc.nat({ max: 2 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('events' as const),
      cluster: fc.nat({ max: 4 }),
      nodes: fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 5 }),
    }),
  },
  fc.record({ kind: fc.constantFrom('garbage' as const, 'start' as const, 'outcomes' as const) }),
  fc.record({ kind: fc.constantFrom('stop' as const, 'crash' as const, 'late-process' as const), member }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      member,
      fault: fc.constantFrom('lost' as const, 'answer-lost' as const, 'refused' as const),
    }),
  },
  fc.record({ kind: fc.constant('publishing' as const), member, works: fc.boolean() }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.nat({ max: 15_000 }) }) },
)

const clusters = ['c0', 'c1', 'c2', 'c3', 'c4']

/** Plays steps in a world; keeps what the log was given. */
async function play(world: World, steps: readonly Step[]) {
  const alive: Member[] = []
  /** The newest version of each node of each cluster that the log was given. */
  const given = new Map<string, Record<string, string>>()
  let version = 0
  let names = 0

  const start = async () => {
    alive.push(await world.start(`r${names++}`))
  }
  const take = (index: number): Member | undefined => alive.splice(index % Math.max(1, alive.length), 1)[0]
  const at = (index: number): Member | undefined => alive[index % Math.max(1, alive.length)]

  const one = async (what: Step): Promise<void> => {
    switch (what.kind) {
      case 'events': {
        const cluster = clusters[what.cluster] ?? 'c0'
        const events = what.nodes.map(node => nodeObserved(cluster, `n${node}`, ++version, world.time.clock.now()))
        // The first one twice: a watcher that restarts repeats itself.
        await world.append(...events, ...events.slice(0, 1))
        const nodes = given.get(cluster) ?? {}
        for (const event of events) {
          if (event.type === 'NodeObserved') nodes[event.node.name] = event.node.resourceVersion
        }
        given.set(cluster, nodes)
        return
      }
      case 'garbage':
        return await world.appendRaw('c0', '{"half a record')
      case 'start':
        return alive.length < 3 ? await start() : undefined
      case 'outcomes':
        return await world.append(...world.commands.map(command => settled(command, world.time.clock.now())))
      case 'stop': {
        const leaving = take(what.member)
        if (leaving) leaving.faults.noPublishing = false
        return await leaving?.stop()
      }
      case 'crash':
        return take(what.member)?.crash()
      case 'late-process':
        await world.store.takeOwnership('rollcall-reconciler', 'rollcall.events', what.member, 'a late process')
        return
      case 'fault':
        at(what.member)?.faults.commits.push(what.fault)
        return
      case 'publishing': {
        const chosen = at(what.member)
        if (chosen) chosen.faults.noPublishing = !what.works
        return
      }
      case 'time':
        return await world.time.advance(what.ms)
    }
  }

  await start()
  for (const what of steps) await one(what)
  for (const each of alive) each.faults.noPublishing = false
  if (alive.length === 0) await start()
  return { given, alive }
}

async function ledgerNodes(world: World, cluster: string): Promise<Record<string, string>> {
  const nodes: Record<string, string> = {}
  for (const entry of await world.ledger(cluster)) {
    if (entry.kind === 'event' && entry.event.type === 'NodeObserved') {
      nodes[entry.event.node.name] = entry.event.node.resourceVersion
    }
  }
  return nodes
}

async function decidedCommands(world: World, cluster: string): Promise<Command[]> {
  return (await world.ledger(cluster)).flatMap(entry => (entry.kind === 'decision' ? entry.point.commands : []))
}

test('whatever crashes, fails or is repeated: each event counts once, each command reaches the log, in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async steps => {
      const world = await createWorld({
        core: createToyCore({ commandsMax: 3 }),
        partitions: 3,
        settings: { snapshotEvery: 7, snapshotShareMax: 1, recordsPerCommitMax: 6, decisionPointsPerCommitMax: 2 },
      })
      const { given, alive } = await play(world, steps)
      for (const [cluster, nodes] of given) {
        await world.until(`the ledger of ${cluster} has all nodes`, async () => {
          const seen = await ledgerNodes(world, cluster)
          return Object.keys(nodes).every(name => seen[name] === nodes[name])
        })
        await world.until(`all commands of ${cluster} are in the log`, async () => {
          const inLog = new Set(world.commands.map(({ id }) => id))
          const state = world.core.restore(await world.refoldedState(cluster))
          return (
            !world.core.needsDecision(state) && (await decidedCommands(world, cluster)).every(({ id }) => inLog.has(id))
          )
        })
        const positions = (await world.ledger(cluster)).flatMap(({ kind, position }) =>
          kind === 'event' ? [position] : [],
        )
        expect(positions).toEqual(positions.map((_, index) => index + 1))
        const decided = (await decidedCommands(world, cluster)).map(({ id }) => id)
        expect(new Set(decided).size).toBe(decided.length)
        const inLog = world.commands.filter(command => command.cluster === cluster).map(({ id }) => id)
        expect([...new Set(inLog)]).toEqual(decided)
      }
      // Memory was compared with the folded ledger after each commit: a difference would have been said.
      const differences = world.members.flatMap(each => each.said()).filter(line => line.includes('the store folds to'))
      expect(differences).toEqual([])
      await world.until('nobody is in trouble', () => alive.every(each => each.checks.streams() === null))
      await world.close()
    }),
    { numRuns: 60 },
  )
}, 120_000)
