import {
  applyDecision,
  coreVersion,
  createState,
  decide,
  evolve,
  fingerprint,
  needsDecision,
  openHolds,
  restore,
  snapshotOf,
  wakeAt,
} from '@rollcall/daemonset'
import type { Core } from './core.ts'

/** The core of DaemonSets, as the loop wants it. */
export const daemonsetCore: Core = {
  version: coreVersion,
  createState,
  evolve,
  wakeAt,
  needsDecision,
  decide,
  applyDecision,
  snapshotOf,
  restore,
  fingerprint,
  openHolds,
}
