import { applyDecision, type ClusterState, createState, evolve, fingerprint, restore } from '@rollcall/daemonset'
import { createPostgresStore, type LedgerEntry } from '@rollcall/store'

/**
 * Folds a stream's ledger from its first entry, and from its newest snapshot: what the record says the state is. Equal
 * fingerprints mean that nothing but the ledger made the live state.
 */
export async function refold(databaseUrl: string, cluster: string) {
  const store = createPostgresStore({ url: databaseUrl, applicationName: 'refold' })
  try {
    const fromStart = createState(cluster)
    await fold(fromStart, store.readLedger(cluster))
    const history = await store.loadStream(cluster)
    const fromSnapshot = history.snapshot ? restore(history.snapshot.body) : createState(cluster)
    await fold(fromSnapshot, history.entries)
    return {
      position: fromStart.position,
      fromStart: fingerprint(fromStart),
      fromSnapshot: fingerprint(fromSnapshot),
      /** What the reconciler itself held when it wrote its newest snapshot: the live state, when it stopped in good order. */
      snapshot: history.snapshot && { position: history.snapshot.position, fingerprint: history.snapshot.fingerprint },
    }
  } finally {
    await store.close()
  }
}

async function fold(state: ClusterState, entries: AsyncIterable<LedgerEntry>): Promise<void> {
  for await (const entry of entries) {
    if (entry.kind === 'decision') applyDecision(state, entry.point)
    else if (evolve(state, entry.event) === null) throw new Error(`position ${entry.position} folds to nothing`)
  }
}
