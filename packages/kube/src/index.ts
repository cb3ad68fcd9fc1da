export * from './cluster-api.ts'
export { type ConnectOptions, connectClusters } from './connect.ts'
export {
  type ClusterSpec,
  KubeconfigError,
  parseClusterSpec,
  type ResolvedSpec,
  resolveSpecs,
} from './connection/kubeconfig.ts'
export { defaultLimits, type TransportLimits } from './connection/transport.ts'
export * from './facts/index.ts'
export * from './list-watch/index.ts'
export * from './ports.ts'
export { resourceNames } from './resources.ts'
export { rightsInWords, rightsTo } from './rights.ts'
