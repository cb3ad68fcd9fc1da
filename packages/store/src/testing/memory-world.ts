import type { NodeFacts } from '@rollcall/contracts'
import type { StoreWorld } from '../contract-suite.ts'
import { createMemoryStore, createMemoryTables } from '../memory/memory-store.ts'

export async function createMemoryWorld(): Promise<StoreWorld> {
  const tables = createMemoryTables()
  return {
    open: () => createMemoryStore(tables),
    async breakLeases() {
      for (const controller of tables.leases.values()) controller.abort()
      tables.leases.clear()
    },
    placements: async cluster => tables.placements.filter(row => row.cluster === cluster),
    decisions: async cluster => tables.decisions.filter(row => row.cluster === cluster),
    deadLetters: async () => tables.deadLetters,
    nodes: async cluster =>
      [...tables.nodes.values()]
        .filter(row => row.cluster === cluster)
        .map(({ facts, firstAt, lastAt, goneAt }) => ({ name: (facts as NodeFacts).name, firstAt, lastAt, goneAt })),
    async settlement(id) {
      const { position, at, result, answer } = tables.settlements.get(id) ?? { position: 0 }
      return position === 0 ? null : { position, at: at ?? 0, result: result ?? null, answer: answer ?? null }
    },
    intents: async cluster =>
      [...tables.intents.values()].filter(row => row.cluster === cluster).map(({ cluster: _, ...row }) => row),
    holds: async cluster =>
      [...tables.holds.values()]
        .filter(row => row.cluster === cluster)
        .map(({ cluster: _, daemonSet: __, ...row }) => row)
        .sort((a, b) => a.openedPosition - b.openedPosition),
    snapshotPositions: async cluster => (tables.snapshots.get(cluster) ?? []).map(({ position }) => position),
    async stream(cluster) {
      const end = tables.ends.get(cluster)
      const { mode = null } = tables.identities.get(cluster) ?? {}
      return end ? { mode, clusterUid: end.clusterUid, lastPosition: end.lastPosition } : null
    },
    verifyChain: cluster => createMemoryStore(tables).verifyChain(cluster),
    close: async () => undefined,
  }
}
