import manifest from '../package.json' with { type: 'json' }
import type { ClusterApi } from './cluster-api.ts'
import { CredentialSource } from './connection/credentials.ts'
import { type ClusterSpec, type ResolvedSpec, resolveSpecs } from './connection/kubeconfig.ts'
import { defaultLimits, Transport, type TransportLimits } from './connection/transport.ts'
import { HttpClusterApi } from './http-cluster-api.ts'
import { type Clock, systemClock } from './ports.ts'

export type ConnectOptions = {
  /** Timeouts and connection counts that differ from `defaultLimits`. */
  readonly limits?: Partial<TransportLimits>
  readonly clock?: Clock
  /** Default `rollcall/<version>`. */
  readonly userAgent?: string
}

/**
 * One `ClusterApi` for each spec, in order. Reads and checks the kubeconfig files now; connects and resolves
 * credentials when first used. @throws KubeconfigError
 */
export function connectClusters(specs: readonly ClusterSpec[], options: ConnectOptions = {}): ClusterApi[] {
  return resolveSpecs(specs).map(spec => connect(spec, options))
}

function connect(spec: ResolvedSpec, options: ConnectOptions): ClusterApi {
  const credentials = new CredentialSource(spec, options.clock ?? systemClock)
  const transport = new Transport(spec.server, credentials, { ...defaultLimits, ...options.limits })
  return new HttpClusterApi(spec.name, spec.server, transport, options.userAgent ?? `rollcall/${manifest.version}`)
}
