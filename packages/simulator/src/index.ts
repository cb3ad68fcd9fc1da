export {
  type Call,
  createFaults,
  type Delivery,
  disruptionBudget,
  type FaultRates,
  type FaultRule,
  type Faults,
  noFaults,
  type RequestFault,
  type WatchFault,
} from './cluster/faults.ts'
export type { ImageBehaviour } from './cluster/kubelet/images.ts'
export { type KubeletTimings, lifelikeTimings } from './cluster/kubelet/timings.ts'
export type { NodeShape, Pressure } from './cluster/nodes/node-shape.ts'
export { type DemoCluster, demoClusters, machinesOf, type Pool, populate } from './cluster/pools.ts'
export { createRandom } from './cluster/random.ts'
export {
  type ClusterSettings,
  type ControllerName,
  createSimulatedCluster,
  defaultClusterSettings,
  type SimulatedCluster,
  type SimulatedClusterOptions,
} from './cluster/simulated-cluster.ts'
export { createVirtualTime, type VirtualTime } from './cluster/time/virtual-time.ts'
export type { ClusterVerbs } from './cluster/verbs.ts'
export { createObjectStore, type ObjectStoreOptions } from './objects/create-object-store.ts'
export { ahead, dumpStore, type StoreDump } from './objects/dump.ts'
export * from './objects/object-store.ts'
export type { Cast } from './stories/cast.ts'
export { stories, storyNamed } from './stories/stories.ts'
export { type Playing, playStory, type Step, type Story, type Told } from './stories/story.ts'
