/** A simulated cluster as `ClusterApi`: its own entry, because nothing else here knows `@rollcall/kube`. */
export { createSimulatedClusterApi, type SimulatedClusterApiOptions } from './simulated-cluster-api.ts'
