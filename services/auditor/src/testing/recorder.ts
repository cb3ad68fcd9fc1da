import type { Command, Event } from '@rollcall/contracts'
import { applyDecision, createState, decide, evolve, needsDecision } from '@rollcall/daemonset'
import type { FoldedEvent, Store } from '@rollcall/store'

/** Folds events with the real core, decides, and commits: what the reconciler does, without a log. */
export async function createRecorder(store: Store, cluster: string) {
  const state = createState(cluster)
  const { owner } = await store.takeOwnership(cluster, 'rollcall.events', 0, 'test')
  let offset = 0
  return {
    /** Commits these events and what is decided after them; returns the commands that were issued. */
    async record(...events: readonly Event[]): Promise<readonly Command[]> {
      const folded: FoldedEvent[] = []
      for (const event of events) {
        const effects = evolve(state, event)
        if (effects !== null) folded.push({ position: state.position, event, offset: BigInt(offset), effects })
        offset += 1
      }
      const point = needsDecision(state) ? decide(state) : null
      if (point) applyDecision(state, point)
      await store.commitBatch({
        owner,
        nextOffset: BigInt(offset),
        streams: [{ cluster, events: folded, decisionPoint: point, watchPositions: new Map(), snapshot: null }],
        deadLetters: [],
      })
      return point?.commands ?? []
    },
  }
}
