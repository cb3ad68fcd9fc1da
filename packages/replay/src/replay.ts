import type { DecisionPoint } from '@rollcall/contracts'
import type { ClusterState } from '@rollcall/daemonset'
import { comparePoints, type Difference } from './compare-points.ts'
import { type Core, presentCore } from './core.ts'
import { ReplayError } from './errors.ts'
import { beginAt, foldEntry, isAfter, type OnProgress, report } from './fold.ts'
import type { ChainReport, LedgerSource, Moment } from './source.ts'

export type ReplayOptions = {
  /** The rules to decide with. Default: those of this checkout. */
  readonly core?: Core
  /** What is recorded behind this moment is compared; by default everything. */
  readonly from?: Moment
  readonly to?: Moment
  /** How many differences are kept in the report; all are counted. Default 100. */
  readonly differencesMax?: number
  /** Whether the hash chain is checked, where there is one. Default true. */
  readonly verifyChain?: boolean
  readonly onProgress?: OnProgress
}

export type ReplayReport = {
  readonly cluster: string
  readonly source: string
  /** Version of the core that decided anew, and of those that wrote the record. */
  readonly core: string
  readonly recordedBy: readonly string[]
  /** First and last position of the events among which was compared; null: there were none. */
  readonly positions: { readonly from: number; readonly to: number } | null
  readonly events: number
  /** Decision points that were compared, and those in which something differs. */
  readonly points: number
  readonly differing: number
  readonly differencesTotal: number
  /** The first of them, in order. */
  readonly differences: readonly Difference[]
  /** DaemonSets with a difference, and at how many decision points. */
  readonly daemonSets: readonly { readonly namespace: string; readonly name: string; readonly points: number }[]
  /** Where the core could not fold or decide what was recorded, and the replay ended; null: nowhere. */
  readonly broken: { readonly position: number; readonly problem: string } | null
  /** This core would decide something behind the record's last entry, where no decision is on record yet: no difference. */
  readonly undecidedAtEnd: boolean
  /** null: the source has no chain, or it was not to be checked. */
  readonly chain: ChainReport | null
  /** Everything agrees, all could be folded, and the chain is as it was written. */
  readonly agrees: boolean
}

/**
 * Decides anew at every recorded decision point and compares with the record. Behind each point the recorded decision is
 * applied, so that every comparison stands on the record.
 * @throws ReplayError when the record does not hold the moment to begin with
 */
export async function replay(source: LedgerSource, options: ReplayOptions = {}): Promise<ReplayReport> {
  const { core = presentCore, from, to, differencesMax = 100, onProgress } = options
  const chain = options.verifyChain === false ? null : ((await source.verifyChain?.()) ?? null)
  const { state, entries } = await beginAt(source, from, core)
  const tally = new Tally(differencesMax)
  let broken: ReplayReport['broken'] = null
  let isAtEnd = true
  let isCompared = from === undefined
  for await (const entry of entries) {
    if (to !== undefined && isAfter(entry, to)) {
      isAtEnd = false
      break
    }
    isCompared ||= from !== undefined && isAfter(entry, from)
    try {
      if (isCompared && entry.kind === 'decision') tally.point(entry.point, core.decide(state), state)
      foldEntry(core, state, entry)
    } catch (error) {
      broken = { position: entry.position, problem: (error as Error).message }
      break
    }
    if (isCompared && entry.kind === 'event') tally.event(entry.position)
    report(onProgress, source, entry)
  }
  const figures = tally.figures()
  if (figures.events === 0 && figures.points === 0 && broken === null) {
    const isAll = from === undefined && to === undefined
    throw new ReplayError('nothing-on-record', `${source.name} holds no events${isAll ? '' : ' in this window'}`)
  }
  return {
    cluster: source.cluster,
    source: source.name,
    core: core.version,
    ...figures,
    broken,
    undecidedAtEnd: isAtEnd && broken === null && core.needsDecision(state),
    chain,
    agrees: broken === null && tally.differing === 0 && chain?.ok !== false,
  }
}

/** Counts while the record is walked. */
class Tally {
  differing = 0
  readonly #max: number
  #events = 0
  #first: number | null = null
  #last = 0
  #points = 0
  #total = 0
  readonly #kept: Difference[] = []
  readonly #recordedBy = new Set<string>()
  readonly #daemonSets = new Map<string, { namespace: string; name: string; points: number }>()

  constructor(max: number) {
    this.#max = max
  }

  event(position: number): void {
    this.#events++
    this.#first ??= position
    this.#last = position
  }

  point(recorded: DecisionPoint, now: DecisionPoint, state: ClusterState): void {
    this.#points++
    this.#recordedBy.add(recorded.core)
    const differences = comparePoints(recorded, now, uid => state.daemonSets.get(uid)?.facts ?? null)
    if (differences.length === 0) return
    this.differing++
    this.#total += differences.length
    this.#kept.push(...differences.slice(0, this.#max - this.#kept.length))
    const touched = new Map(differences.flatMap(({ daemonSet }) => (daemonSet ? [[daemonSet.uid, daemonSet]] : [])))
    for (const [uid, { namespace, name }] of touched) {
      const known = this.#daemonSets.get(uid) ?? { namespace, name, points: 0 }
      this.#daemonSets.set(uid, { ...known, points: known.points + 1 })
    }
  }

  figures() {
    return {
      recordedBy: [...this.#recordedBy].sort(),
      positions: this.#first === null ? null : { from: this.#first, to: this.#last },
      events: this.#events,
      points: this.#points,
      differing: this.differing,
      differencesTotal: this.#total,
      differences: this.#kept,
      daemonSets: [...this.#daemonSets.values()].sort((a, b) => b.points - a.points),
    }
  }
}
