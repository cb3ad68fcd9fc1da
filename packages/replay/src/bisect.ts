import type { ClusterState } from '@rollcall/daemonset'
import { type Condition, parseCondition } from './condition.ts'
import { type Core, presentCore } from './core.ts'
import { ReplayError } from './errors.ts'
import { beginAt, foldEntry, isAfter, type OnProgress, report } from './fold.ts'
import { groupsOf } from './groups.ts'
import type { LedgerSource, Moment } from './source.ts'

export type BisectOptions = {
  readonly core?: Core
  /** Looked for behind this moment; by default from the start of the record. */
  readonly from?: Moment
  readonly to?: Moment
  readonly onProgress?: OnProgress
}

export type BisectResult = {
  readonly condition: string
  /** The first position after which the condition holds, with all that was decided there; null: none. */
  readonly position: number | null
  /** It held before the first position that was looked at. */
  readonly heldBefore: boolean
  /** How many positions were looked at, and the last of them. */
  readonly tested: number
  readonly last: number
  /** DaemonSets and nodes that the condition asks for, and that were never there. */
  readonly neverSeen: readonly string[]
}

/**
 * The first event after which a condition holds. A condition may come and go, so it is asked after every position, in one
 * walk forward. @throws ReplayError on a condition that is not understood, or a moment that is not on record
 */
export async function bisect(source: LedgerSource, text: string, options: BisectOptions = {}): Promise<BisectResult> {
  const { core = presentCore, from, to, onProgress } = options
  const condition = parseCondition(text)
  const { state, entries } = await beginAt(source, from, core)
  let heldBefore = false
  let isAsked = from === undefined
  if (isAsked) heldBefore = state.position > 0 && condition.holds(state)
  let tested = 0
  for await (const { event, points } of groupsOf(entries, point => foldEntry(core, state, point))) {
    if (to !== undefined && isAfter(event, to)) break
    if (!isAsked && from !== undefined && isAfter(event, from)) {
      isAsked = true
      heldBefore = state.position > 0 && condition.holds(state)
    }
    if (heldBefore) break
    for (const entry of [event, ...points]) foldEntry(core, state, entry)
    report(onProgress, source, event)
    if (!isAsked) continue
    tested++
    if (condition.holds(state)) return result(condition, state, { position: state.position, heldBefore, tested })
  }
  if (state.position === 0) throw new ReplayError('nothing-on-record', `${source.name} holds no events`)
  return result(condition, state, { position: null, heldBefore, tested })
}

const result = (
  condition: Condition,
  state: ClusterState,
  part: Pick<BisectResult, 'position' | 'heldBefore' | 'tested'>,
): BisectResult => ({ condition: condition.text, ...part, last: state.position, neverSeen: condition.neverSeen() })
