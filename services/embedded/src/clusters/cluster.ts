import type { ClusterApi } from '@rollcall/kube'
import type { EmbeddedCluster } from '../contract.ts'

/** One cluster as the services get it. */
export type AttendedCluster = {
  readonly shown: EmbeddedCluster
  /** Where Rollcall only observes, it cannot write. */
  readonly api: ClusterApi
}

/** All of them, and how to end what was started for them. */
export type AttendedClusters = {
  readonly clusters: readonly AttendedCluster[]
  /** Why they cannot be kept just now; null: nothing is wrong. */
  trouble(): string | null
  /** Simulated ones rest and are kept; connections close. @throws EmbeddedError when they could not be kept */
  stop(): Promise<void>
}
