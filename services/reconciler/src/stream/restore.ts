import { errorFacts } from '@rollcall/service'
import type { LedgerEntry, StreamHistory } from '@rollcall/store'
import type { Core, StreamState } from '../core.ts'
import { BrokenStreamError } from '../errors.ts'
import type { ReconcilerPorts } from '../ports.ts'

type Ports = Pick<ReconcilerPorts, 'core' | 'store' | 'logger' | 'metrics'>

export type Restored = {
  readonly state: StreamState
  /** Ledger entries folded behind the snapshot. */
  readonly entries: number
}

/**
 * The state of a stream as the store knows it: newest snapshot, and the ledger behind it. Applies recorded decisions, never
 * decides. A snapshot that cannot be trusted is left aside, and the whole ledger folded.
 */
export async function restoreState(ports: Ports, cluster: string): Promise<Restored> {
  const history = await ports.store.loadStream(cluster)
  const restored = await foldHistory(ports, history)
  const { position } = restored.state
  if (position < history.lastPosition) {
    throw new BrokenStreamError(cluster, position, `the ledger ends here, but should reach ${history.lastPosition}`)
  }
  return restored
}

async function foldHistory({ core, store, ...ports }: Ports, history: StreamHistory): Promise<Restored> {
  const { cluster, snapshot, entries } = history
  if (!snapshot) return await foldEntries(core, core.createState(cluster), entries)
  const state = trustedState({ core, ...ports }, cluster, snapshot)
  if (state) return await foldEntries(core, state, entries)
  ports.metrics.snapshotUnusable()
  return await foldEntries(core, core.createState(cluster), store.readLedger(cluster, 1))
}

function trustedState(
  { core, logger }: Pick<ReconcilerPorts, 'core' | 'logger'>,
  cluster: string,
  snapshot: NonNullable<StreamHistory['snapshot']>,
): StreamState | null {
  const facts = { cluster, position: snapshot.position, core: core.version, writtenBy: snapshot.core }
  try {
    const state = core.restore(snapshot.body)
    const fingerprint = core.fingerprint(state)
    if (fingerprint === snapshot.fingerprint && state.position === snapshot.position) return state
    logger.error(
      { ...facts, fingerprint, recorded: snapshot.fingerprint },
      `the snapshot of ${cluster} does not restore to what it was taken of: folding its whole ledger instead`,
    )
  } catch (error) {
    logger.error(
      { ...facts, ...errorFacts(error) },
      `the snapshot of ${cluster} cannot be restored: folding its whole ledger instead`,
    )
  }
  return null
}

async function foldEntries(core: Core, state: StreamState, entries: AsyncIterable<LedgerEntry>): Promise<Restored> {
  let count = 0
  for await (const entry of entries) {
    foldEntry(core, state, entry)
    count++
  }
  return { state, entries: count }
}

function foldEntry(core: Core, state: StreamState, entry: LedgerEntry): void {
  const broken = (what: string, cause?: unknown) =>
    new BrokenStreamError(state.cluster, entry.position, what, cause === undefined ? {} : { cause })
  let isFolded: boolean
  try {
    if (entry.kind === 'decision') {
      core.applyDecision(state, entry.point)
      isFolded = true
    } else {
      isFolded = core.evolve(state, entry.event) !== null
    }
  } catch (cause) {
    throw broken(`the recorded ${entry.kind} cannot be folded by core ${core.version}: ${String(cause)}`, cause)
  }
  if (!isFolded) throw broken(`the recorded event folds to nothing in core ${core.version}`)
  if (state.position !== entry.position) throw broken(`folding the ledger led to position ${state.position} instead`)
}
