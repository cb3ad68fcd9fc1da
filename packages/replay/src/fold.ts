import type { Effect } from '@rollcall/contracts'
import type { ClusterState } from '@rollcall/daemonset'
import { type Core, presentCore } from './core.ts'
import { ReplayError } from './errors.ts'
import type { History, LedgerEntry, LedgerSnapshot, LedgerSource, Moment } from './source.ts'

/** Told now and then during long work. */
export type OnProgress = (progress: { readonly position: number; readonly lastPosition: number | null }) => void

const progressEvery = 10_000

/**
 * The state of a stream at a moment: after the event of that position and everything decided there. Recorded decisions are
 * applied as recorded. Of a record that may go on, a time behind its last event means its end. @throws ReplayError when the moment is not on record, or the record cannot be folded
 */
export async function stateAt(
  source: LedgerSource,
  moment: Moment,
  { core = presentCore, onProgress }: { readonly core?: Core; readonly onProgress?: OnProgress } = {},
): Promise<ClusterState> {
  const { endsAt } = source
  if ('time' in moment && endsAt !== null && moment.time > endsAt) {
    const [asked, last] = [moment.time, endsAt].map(ms => new Date(ms).toISOString())
    throw new ReplayError('beyond-record', `${asked} lies behind the record: ${source.name} ends at ${last}`)
  }
  const { state, entries } = await beginBefore(source, moment, core)
  for await (const entry of entries) {
    if (isAfter(entry, moment)) {
      expectOnRecord(source, state, moment, entry)
      return state
    }
    foldEntry(core, state, entry)
    report(onProgress, source, entry)
  }
  if ('position' in moment && state.position < moment.position) {
    throw new ReplayError(
      'beyond-record',
      `position ${moment.position} lies behind the record: ${source.name} ends at position ${state.position}`,
    )
  }
  if (state.position === 0) throw new ReplayError('nothing-on-record', `${source.name} holds no events`)
  return state
}

/** Whether the entry lies behind the moment. The stream's time never goes back, so the first such entry ends the walk. */
export function isAfter(entry: LedgerEntry, moment: Moment): boolean {
  if ('position' in moment) return entry.position > moment.position
  return entry.kind === 'event' && entry.event.at > moment.time
}

/** Where folding begins. */
export type Beginning = { readonly state: ClusterState; readonly entries: AsyncIterable<LedgerEntry> }

/** A state from which the moment can be reached by folding on. @throws ReplayError when the record begins behind it */
export async function beginBefore(source: LedgerSource, moment: Moment, core: Core): Promise<Beginning> {
  let asked = moment
  for (;;) {
    const { state, entries, isFromSnapshot } = await beginNear(source, asked, core)
    const isReached = 'position' in moment ? state.position <= moment.position : state.now <= moment.time
    if (isReached) return { state, entries }
    if (!isFromSnapshot || ('position' in asked && state.position > asked.position)) {
      throw new ReplayError('before-record', `${source.name} begins at ${placeOf(state)}: nothing is known before`)
    }
    asked = { position: state.position - 1 }
  }
}

/**
 * The nearest snapshot at or before the moment that this core can read, else the start; behind the moment only where the record
 * itself begins behind it.
 */
export async function beginNear(
  source: LedgerSource,
  moment: Moment,
  core: Core,
): Promise<Beginning & { readonly isFromSnapshot: boolean }> {
  let asked = moment
  for (;;) {
    const history = await source.before(asked)
    const { snapshot, entries } = history
    try {
      return { state: begin(source, history, core), entries, isFromSnapshot: snapshot !== null }
    } catch (error) {
      // A snapshot of a format that this core does not know: an older one, or the start, may do.
      const isUnreadable = error instanceof ReplayError && error.code === 'unknown-snapshot'
      if (!isUnreadable || snapshot === null) throw error
      if ('position' in asked && snapshot.position > asked.position) throw error
      asked = { position: snapshot.position - 1 }
    }
  }
}

/** Like `beginBefore`; without a moment, where the record begins. */
export async function beginAt(source: LedgerSource, from: Moment | undefined, core: Core): Promise<Beginning> {
  if (from !== undefined) return await beginBefore(source, from, core)
  const history = await source.fromStart()
  return { state: begin(source, history, core), entries: history.entries }
}

/** The state in which a history begins. @throws ReplayError when its snapshot does not restore to what it was taken of */
export function begin(source: LedgerSource, { snapshot }: History, core: Core): ClusterState {
  if (snapshot === null) return core.createState(source.cluster)
  const state = restored(source, snapshot, core)
  if (state.position === snapshot.position && core.fingerprint(state) === snapshot.fingerprint) return state
  // Another version may add to the fingerprint what older snapshots do not say; the same version may not.
  if (snapshot.core !== core.version && state.position === snapshot.position) return state
  throw new ReplayError(
    'broken-record',
    `${source.name}: the snapshot at position ${snapshot.position} does not restore to what it was taken of`,
  )
}

function restored(source: LedgerSource, snapshot: LedgerSnapshot, core: Core): ClusterState {
  try {
    return core.restore(snapshot.body)
  } catch (cause) {
    throw new ReplayError(
      'unknown-snapshot',
      `${source.name}: core ${core.version} cannot restore the snapshot at position ${snapshot.position}, written by core ${snapshot.core}: ${(cause as Error).message}. A record from the very start needs no snapshot`,
      { cause },
    )
  }
}

/** Folds one entry as it was recorded. @throws ReplayError naming stream and position */
export function foldEntry(core: Core, state: ClusterState, entry: LedgerEntry): void {
  if (entry.kind === 'event') foldEvent(core, state, entry)
  else folded(core, state, entry, () => core.applyDecision(state, entry.point))
}

/** Folds one event, and tells what it changed. @throws ReplayError naming stream and position */
export function foldEvent(core: Core, state: ClusterState, entry: LedgerEntry & { kind: 'event' }): readonly Effect[] {
  const effects = folded(core, state, entry, () => core.evolve(state, entry.event))
  if (effects === null) throw broken(core, state, entry, 'the recorded event folds to nothing')
  return effects
}

function folded<T>(core: Core, state: ClusterState, entry: LedgerEntry, fold: () => T): T {
  let told: T
  try {
    told = fold()
  } catch (cause) {
    throw broken(core, state, entry, `the recorded ${entry.kind} cannot be folded: ${(cause as Error).message}`, cause)
  }
  // What folds to nothing has no position: that is said first.
  if (told !== null && state.position !== entry.position) {
    throw broken(core, state, entry, `folding led to position ${state.position}: entries are missing or out of order`)
  }
  return told
}

function broken(core: Core, state: ClusterState, { position }: LedgerEntry, what: string, cause?: unknown) {
  const message = `stream ${state.cluster} at position ${position}, core ${core.version}: ${what}`
  return new ReplayError('broken-record', message, cause === undefined ? {} : { cause })
}

export function report(onProgress: OnProgress | undefined, { lastPosition }: LedgerSource, entry: LedgerEntry): void {
  const { kind, position } = entry
  if (kind === 'event' && position % progressEvery === 0) onProgress?.({ position, lastPosition })
}

/** Nothing was folded, and the first entry lies behind the moment. */
function expectOnRecord(source: LedgerSource, state: ClusterState, moment: Moment, first: LedgerEntry): void {
  if (state.position > 0 || ('position' in moment && moment.position === 0)) return
  const at = first.kind === 'event' ? first.event.at : first.point.at
  throw new ReplayError(
    'before-record',
    `${source.name} begins at ${placeOf({ position: first.position, now: at })}: nothing is known before`,
  )
}

const placeOf = ({ position, now }: { position: number; now: number }): string =>
  `position ${position}, ${new Date(now).toISOString()}`
