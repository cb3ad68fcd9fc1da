import { CoreWorld } from './core/world.ts'
import type { Stage } from './run-suite.ts'
import { simulatorOffers, simulatorWorld } from './simulator/world.ts'

/** The pure core over objects in memory. */
export const core: Stage = {
  name: 'core',
  offers: new CoreWorld().offers,
  newWorld: async () => new CoreWorld(),
  atOnce: 1,
  isQuick: true,
}

/** Rollcall's services and a simulated cluster, under virtual time. */
export const simulator: Stage = {
  name: 'simulator',
  offers: simulatorOffers,
  newWorld: async () => simulatorWorld(),
  atOnce: 1,
  isQuick: true,
}

export const stages: readonly Stage[] = [core, simulator]
