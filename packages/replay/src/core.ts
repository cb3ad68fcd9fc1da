import type { DecisionPoint, Effect, Event, Json } from '@rollcall/contracts'
import {
  applyDecision,
  type ClusterState,
  coreVersion,
  createState,
  decide,
  evolve,
  fingerprint,
  needsDecision,
  restore,
  snapshotOf,
  wakeAt,
} from '@rollcall/daemonset'
import { ReplayError } from './errors.ts'

/** The pure core as replay needs it. A port, so that another version of the rules can be tried on the same record. */
export interface Core {
  readonly version: string
  createState(cluster: string): ClusterState
  /** Folds one event; null: it folds to nothing. */
  evolve(state: ClusterState, event: Event): readonly Effect[] | null
  needsDecision(state: ClusterState): boolean
  /** The earliest time at which it would decide differently with nothing else happening; null: never. */
  wakeAt(state: ClusterState): number | null
  /** Reads only. */
  decide(state: ClusterState): DecisionPoint
  applyDecision(state: ClusterState, point: DecisionPoint): void
  snapshotOf(state: ClusterState): Json
  /** @throws Error on a snapshot of another format */
  restore(snapshot: Json): ClusterState
  fingerprint(state: ClusterState): string
}

/** The core of this checkout. */
export const presentCore: Core = {
  version: coreVersion,
  createState,
  evolve,
  needsDecision,
  wakeAt,
  decide,
  applyDecision,
  snapshotOf,
  restore,
  fingerprint,
}

const functions = [
  'createState',
  'evolve',
  'needsDecision',
  'wakeAt',
  'decide',
  'applyDecision',
  'snapshotOf',
  'restore',
  'fingerprint',
] as const

/**
 * The core that a module of another `packages/daemonset` exports. It must have this contract; records are read with the
 * contracts of this version, so an older core may meet an event that it does not know: then it says so.
 * @throws ReplayError naming what is missing
 */
export function coreFrom(exports: object, name: string): Core {
  const module = exports as Partial<Core> & { readonly coreVersion?: unknown }
  const missing: string[] = functions.filter(member => typeof module[member] !== 'function')
  if (typeof module.coreVersion !== 'string') missing.push('coreVersion')
  if (missing.length > 0) {
    throw new ReplayError(
      'bad-core',
      `${name} is no core that this version can work with: it lacks ${missing.join(', ')}`,
    )
  }
  const core = module as Core
  const version = String(module.coreVersion)
  return {
    ...(Object.fromEntries(functions.map(member => [member, core[member]])) as unknown as Core),
    version,
    evolve(state, event) {
      const effects = core.evolve(state, event) as ReturnType<Core['evolve']> | undefined
      if (effects === undefined) throw new Error(`core ${version} does not know events of type ${event.type}`)
      return effects
    },
  }
}
