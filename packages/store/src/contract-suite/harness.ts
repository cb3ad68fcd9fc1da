import type { DecisionRow, HoldRow, IntentRow, PlacementRow } from '../projections/rows.ts'
import type { DeadLetter, LedgerEntry, Ownership, Store } from '../store.ts'
import type { ChainReport } from '../verify-chain.ts'

/** One database (or memory) that stores can be opened over again and again: a process that dies opens another. */
export type StoreWorld = {
  /** A store of its own, as another process would have. The suite closes it. */
  open(): Store
  /** Ends the sessions of a store's leases from outside, as a broken network would. */
  breakLeases(): Promise<void>
  placements(cluster: string): Promise<PlacementRow[]>
  decisions(
    cluster: string,
  ): Promise<Pick<DecisionRow, 'position' | 'point' | 'seq' | 'causes' | 'commands' | 'reason'>[]>
  deadLetters(): Promise<Pick<DeadLetter, 'offset' | 'key' | 'bytes' | 'code' | 'reason'>[]>
  /** Present and gone nodes: name, and since when it is gone. */
  nodes(cluster: string): Promise<{ name: string; firstAt: number; lastAt: number; goneAt: number | null }[]>
  settlement(
    commandId: string,
  ): Promise<{ position: number; at: number; result: string | null; answer: unknown } | null>
  intents(cluster: string): Promise<Omit<IntentRow, 'cluster'>[]>
  /** In the order in which they were opened. */
  holds(cluster: string): Promise<Omit<HoldRow, 'cluster' | 'daemonSet'>[]>
  snapshotPositions(cluster: string): Promise<number[]>
  stream(cluster: string): Promise<{ mode: string | null; clusterUid: string | null; lastPosition: number } | null>
  verifyChain(cluster: string): Promise<ChainReport>
  close(): Promise<void>
}

export async function collect(entries: AsyncIterable<LedgerEntry>): Promise<LedgerEntry[]> {
  const all: LedgerEntry[] = []
  for await (const entry of entries) all.push(entry)
  return all
}

/** Kind and position of every entry, in order: `1 1d 2 3d`. */
export async function outline(entries: AsyncIterable<LedgerEntry>): Promise<string> {
  const all = await collect(entries)
  return all.map(({ kind, position }) => `${position}${kind === 'decision' ? 'd' : ''}`).join(' ')
}

export const eventsTopic = 'rollcall.events'

export async function own(store: Store, group = 'reconciler', process = 'p1'): Promise<Ownership> {
  return (await store.takeOwnership(group, eventsTopic, 0, process)).owner
}
