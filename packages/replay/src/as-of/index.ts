export {
  type DaemonSetAsOf,
  daemonSetsAsOf,
  type NodeAsOf,
  nodesAsOf,
  type PlacementAsOf,
  placementsAsOf,
} from './records.ts'
export { type SlotAsOf, type WhyNodeAsOf, whyNodeAsOf } from './why-node.ts'
export { type PodName, whyPodAsOf } from './why-pod.ts'
