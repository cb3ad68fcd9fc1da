import { controlPlaneStage } from './control-plane/stage.ts'
import { CoreWorld } from './core/world.ts'
import type { Stage } from './run-suite.ts'
import { simulatorOffers, simulatorWorld } from './simulator/world.ts'

/** The pure core over objects in memory. */
export const core: Stage = {
  name: 'core',
  world: 'core',
  controller: 'rollcall',
  offers: new CoreWorld().offers,
  newWorld: async () => new CoreWorld(),
  atOnce: 1,
  isQuick: true,
}

/** Rollcall's services and a simulated cluster, under virtual time. */
export const simulator: Stage = {
  name: 'simulator',
  world: 'simulator',
  controller: 'rollcall',
  offers: simulatorOffers,
  newWorld: async () => simulatorWorld(),
  atOnce: 1,
  isQuick: true,
}

/** A real control plane, with Rollcall, and with the built-in controller: that one is a check of the cases. */
export const controlPlane = controlPlaneStage('rollcall')
export const builtIn = controlPlaneStage('built-in')

export const stages: readonly Stage[] = [core, simulator, controlPlane, builtIn]
