import { createMemoryStore, createMemoryTables, type MemoryStore, type StreamCommit } from '@rollcall/store'
import { presentCore } from '../core.ts'
import type { LedgerEntry } from '../source.ts'

const cluster = 'test'
const snapshotEvery = 25

/** A store that holds a record as reconcilers would have committed it, with snapshots now and then. */
export async function filledStore(entries: readonly LedgerEntry[]): Promise<MemoryStore> {
  const store = createMemoryStore(createMemoryTables())
  const { owner } = await store.takeOwnership('reconciler', 'rollcall.events', 0, 'test')
  const state = presentCore.createState(cluster)
  for (const entry of entries) {
    let commit: Pick<StreamCommit, 'events' | 'decisionPoint'>
    if (entry.kind === 'event') {
      const effects = presentCore.evolve(state, entry.event) as StreamCommit['events'][number]['effects']
      const { position, event } = entry
      commit = { events: [{ position, event, offset: BigInt(position), effects }], decisionPoint: null }
    } else {
      presentCore.applyDecision(state, entry.point)
      commit = { events: [], decisionPoint: entry.point }
    }
    const isTime = entry.position % snapshotEvery === 0
    const body = JSON.parse(JSON.stringify(presentCore.snapshotOf(state)))
    const taken = {
      position: state.position,
      core: presentCore.version,
      body,
      fingerprint: presentCore.fingerprint(state),
    }
    await store.commitBatch({
      owner,
      nextOffset: BigInt(entry.position + 1),
      streams: [{ cluster, ...commit, watchPositions: new Map(), snapshot: isTime ? taken : null }],
      deadLetters: [],
    })
  }
  return store
}
