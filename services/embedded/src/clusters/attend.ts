import { parseClusterSpec, resolveSpecs } from '@rollcall/kube'
import type { Clock, Logger, Timers } from '@rollcall/service'
import { storyNamed } from '@rollcall/simulator'
import type { ClusterSource, EmbeddedOptions } from '../contract.ts'
import type { AttendedClusters } from './cluster.ts'
import { attendRealClusters } from './real.ts'
import { attendSimulatedClusters, demosOf } from './simulated.ts'

export type AttendOptions = Pick<EmbeddedOptions, 'clusters' | 'mode' | 'ports' | 'onStory'> & {
  /** Where simulated clusters are kept. */
  readonly dir: string
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
}

/** Whether all that is asked for is there, before anything is started. @throws KubeconfigError, EmbeddedError, RangeError */
export function expectClusters(source: ClusterSource): void {
  switch (source.kind) {
    case 'simulated':
      demosOf(source)
      if (source.story) storyNamed(source.story)
      return
    case 'kubeconfig':
      resolveSpecs(source.specs.map(parseClusterSpec))
  }
}

/** Simulated clusters are there to be acted in; real ones are only observed unless it is said. @throws KubeconfigError */
export async function attendClusters(options: AttendOptions): Promise<AttendedClusters> {
  const { clusters: source, mode, ports, clock } = options
  switch (source.kind) {
    case 'simulated':
      return attendSimulatedClusters({ ...options, source, mode: mode ?? 'control', port: ports?.clusters ?? 0 })
    case 'kubeconfig':
      return attendRealClusters(source.specs, mode ?? 'observe', clock)
  }
}
