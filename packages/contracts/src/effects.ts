import type { CommandSettled, Mode } from './events.ts'
import type { DaemonSetFacts, NodeFacts, PodFacts, RevisionFacts } from './facts.ts'

/**
 * What folding one event changed, told by `evolve` to whoever keeps projections. `inferred`: not seen, but concluded
 * from a list in which the object was missing, or from a cluster that was replaced by another.
 */
export type Effect =
  | { readonly kind: 'nodePut'; readonly node: NodeFacts }
  | { readonly kind: 'nodeGone'; readonly node: NodeFacts; readonly inferred: boolean }
  | { readonly kind: 'daemonSetPut'; readonly daemonSet: DaemonSetFacts }
  | { readonly kind: 'daemonSetGone'; readonly daemonSet: DaemonSetFacts; readonly inferred: boolean }
  | { readonly kind: 'revisionPut'; readonly revision: RevisionFacts }
  | { readonly kind: 'revisionGone'; readonly revision: RevisionFacts; readonly inferred: boolean }
  /** `node`: where the pod belongs (spec §1.9); null when that cannot be told. `provisional`: known by its outcome only. */
  | { readonly kind: 'podPut'; readonly pod: PodFacts; readonly node: string | null; readonly provisional: boolean }
  | { readonly kind: 'podGone'; readonly pod: PodFacts; readonly node: string | null; readonly inferred: boolean }
  /** The command left flight: by its outcome, or (`settled` null) because the watched object showed it done. */
  | { readonly kind: 'commandSettled'; readonly commandId: string; readonly settled: CommandSettled | null }
  /** The mode of the cluster, as it holds from now on. */
  | { readonly kind: 'modeSet'; readonly mode: Mode }
