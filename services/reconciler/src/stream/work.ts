import type { DecisionPoint, Event } from '@rollcall/contracts'
import type { FoldedEvent, StreamCommit } from '@rollcall/store'
import type { Core } from '../core.ts'
import { BrokenStreamError, DecisionError, FoldError } from '../errors.ts'
import type { Stream } from './stream.ts'

export type ReadEvent = { readonly offset: bigint; readonly event: Event }

/** Folds events into the stream, in order; those that fold to nothing are left out. @throws FoldError */
export function foldEvents(core: Core, stream: Stream, records: readonly ReadEvent[]): FoldedEvent[] {
  const folded: FoldedEvent[] = []
  for (const { offset, event } of records) {
    stream.reach.note(event)
    const before = stream.state.position
    const effects = evolved(core, stream, offset, event)
    if (effects === null) continue
    const { position } = stream.state
    if (position !== before + 1) {
      throw new BrokenStreamError(
        stream.cluster,
        before,
        `core ${core.version} moved it to position ${position} with one event`,
      )
    }
    folded.push({ position, event, offset, effects })
  }
  stream.changes += folded.length
  return folded
}

function evolved(core: Core, stream: Stream, offset: bigint, event: Event) {
  try {
    return core.evolve(stream.state, event)
  } catch (cause) {
    throw new FoldError(stream.cluster, offset, { cause })
  }
}

/** Decides while there is something to decide, at most `pointsMax` times; each decision is part of the state at once. */
export function decideStream(core: Core, stream: Stream, pointsMax: number): DecisionPoint[] {
  const points: DecisionPoint[] = []
  while (points.length < pointsMax && core.needsDecision(stream.state)) {
    points.push(decided(core, stream))
  }
  stream.changes += points.length
  return points
}

function decided(core: Core, stream: Stream): DecisionPoint {
  try {
    const point = core.decide(stream.state)
    core.applyDecision(stream.state, point)
    return point
  } catch (cause) {
    throw new DecisionError(stream.cluster, stream.state.position, { cause })
  }
}

/**
 * What the store is told: the events with the first decision point, then one commit for each further decision point.
 * Empty when nothing happened that is worth a row.
 */
export function streamCommits(
  stream: Stream,
  events: readonly FoldedEvent[],
  points: readonly DecisionPoint[],
  snapshot: StreamCommit['snapshot'],
): StreamCommit[] {
  const { cluster } = stream
  const watchPositions = stream.reach.takeMoved()
  const [first = null, ...further] = points
  if (events.length === 0 && !first && watchPositions.size === 0 && !snapshot) return []
  const commits: StreamCommit[] = [
    { cluster, events, decisionPoint: first, watchPositions, snapshot: null },
    ...further.map(point => ({
      cluster,
      events: [],
      decisionPoint: point,
      watchPositions: new Map(),
      snapshot: null,
    })),
  ]
  // A snapshot is of the state after everything, so it goes with the last.
  const last = commits.pop() as StreamCommit
  return [...commits, { ...last, snapshot }]
}
