import { applyDecision, createState, evolve, fingerprint, restore } from '@rollcall/daemonset'
import { createPostgresStore } from '@rollcall/store'

/**
 * Folds a stream's ledger from its first entry, and from its newest snapshot: what the record says the state is. Equal
 * fingerprints mean that nothing but the ledger made the live state.
 */
export async function refold(databaseUrl: string, cluster: string) {
  const store = createPostgresStore({ url: databaseUrl, applicationName: 'refold' })
  try {
    const fromStart = createState(cluster)
    for await (const entry of store.readLedger(cluster)) {
      if (entry.kind === 'decision') applyDecision(fromStart, entry.point)
      else if (evolve(fromStart, entry.event) === null) throw new Error(`position ${entry.position} folds to nothing`)
    }
    const history = await store.loadStream(cluster)
    const fromSnapshot = history.snapshot ? restore(history.snapshot.body) : createState(cluster)
    for await (const entry of history.entries) {
      if (entry.kind === 'decision') applyDecision(fromSnapshot, entry.point)
      else evolve(fromSnapshot, entry.event)
    }
    return {
      position: fromStart.position,
      fromStart: fingerprint(fromStart),
      fromSnapshot: fingerprint(fromSnapshot),
      hasSnapshot: history.snapshot !== null,
    }
  } finally {
    await store.close()
  }
}
