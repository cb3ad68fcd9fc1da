import { presentCore, replay, sourceFromEntries, sourceFromStore, stateAt } from '@rollcall/replay'
import type { LedgerEntry, PostgresStore } from '@rollcall/store'
import type { Measure } from './aims.ts'
import { createFleetRecord } from './fleet-record.ts'

/** How a record decided by the real core is committed, folded, replayed, and looked at as of some time. */
export type ReplayedOptions = {
  readonly events: number
  readonly nodes: number
  readonly daemonSets: number
  readonly batch: number
  readonly snapshotEvery: number
  readonly asks: number
  readonly say: (line: string) => void
}

export async function measureReplay(store: PostgresStore, options: ReplayedOptions): Promise<Measure[]> {
  const { say, asks } = options
  const { cluster, events, first, last } = await write(store, options)
  const source = await sourceFromStore(store, cluster)
  if (source === null) throw new Error(`the ledger of ${cluster} is empty`)

  const entries: LedgerEntry[] = []
  const readMs = await timed(async () => {
    for await (const entry of store.readLedger(cluster)) entries.push(entry)
  })
  say(`read ${entries.length} entries back`)
  const fold = await timed(async () => {
    const state = presentCore.createState(cluster)
    for (const entry of entries) {
      if (entry.kind === 'decision') presentCore.applyDecision(state, entry.point)
      else presentCore.evolve(state, entry.event)
    }
  })
  say('folded')
  const inMemory = sourceFromEntries(cluster, 'the record in memory', entries)
  const replayMs = await timed(async () => expectAgreement(await replay(inMemory, { verifyChain: false })))
  say('replayed from memory')
  entries.length = 0
  const fromLedgerMs = await timed(async () => expectAgreement(await replay(source, { verifyChain: false })))
  say('replayed from the ledger')

  const asOfMs: number[] = []
  for (let ask = 0; ask < asks; ask++) {
    const time = first + ((last - first) * (ask + 0.5)) / asks
    asOfMs.push(await timed(() => stateAt(source, { time: Math.floor(time) })))
  }
  const perMillion = (ms: number) => (ms / 1_000) * (1_000_000 / events)
  const perSecond = (ms: number) => (events / ms) * 1_000
  return [
    { measure: 'fold, entries in memory', aim: { atLeast: 200_000 }, found: perSecond(fold), unit: 'events/s' },
    { measure: 'read back and decoded', aim: null, found: perSecond(readMs), unit: 'events/s' },
    {
      measure: 'replay with decisions compared, in memory',
      aim: { atMost: 10 },
      found: perMillion(replayMs),
      unit: 's a million events',
    },
    {
      measure: 'replay with decisions compared, from Postgres',
      aim: { atMost: 10 },
      found: perMillion(fromLedgerMs),
      unit: 's a million events',
    },
    {
      measure: `state at any time of ${events.toLocaleString('en')} events, worst of ${asks}`,
      aim: { atMost: 2 },
      found: Math.max(...asOfMs) / 1_000,
      unit: 's',
    },
  ]
}

async function write(store: PostgresStore, options: ReplayedOptions) {
  const { nodes, daemonSets, batch, snapshotEvery, say } = options
  const record = createFleetRecord({ nodes, daemonSets, snapshotEvery, core: presentCore.version, stepMs: 1_000 })
  const { owner } = await store.takeOwnership('bench', 'rollcall.events', 1, 'bench')
  let [events, first, last, toldAt] = [0, 0, 0, 0]
  while (events < options.events) {
    const commit = record.next(batch)
    const end = commit.events.at(-1)
    if (!end) continue
    await store.commitBatch({ owner, nextOffset: BigInt(end.position + 1), streams: [commit], deadLetters: [] })
    first ||= end.event.at
    last = end.event.at
    events = end.position
    if (events - toldAt < 100_000) continue
    toldAt = events
    say(`${events} of ${options.events} events of the core's own record are committed`)
  }
  return { cluster: record.cluster, events, first, last }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

function expectAgreement({ agrees, differing, broken }: Awaited<ReturnType<typeof replay>>): void {
  if (!agrees) throw new Error(`the replay does not agree: ${differing} points differ, ${JSON.stringify(broken)}`)
}
