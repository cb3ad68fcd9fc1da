import type { ClusterApi } from '@rollcall/kube'
import { LiveDaemonSets } from '../apply/live-daemonsets.ts'
import type { Tools } from '../apply/tools.ts'
import { RevisionTemplates } from '../pod/revision-templates.ts'
import type { Clock, Timers } from '../ports.ts'
import { type CallReport, callsOn } from './calls.ts'

/** What the commands of one cluster work with, over its API. */
export function makeTools(options: {
  readonly api: ClusterApi
  readonly ports: { readonly clock: Clock; readonly timers: Timers }
  readonly timeoutMs: number
  /** Ends reads that serve several commands. */
  readonly signal: AbortSignal
  readonly report: (call: CallReport) => void
  readonly tell: Tools['tell']
}): Tools {
  const { api, timeoutMs, signal, report, tell } = options
  const { clock, timers } = options.ports
  const calls = callsOn({ api, clock, timers, timeoutMs, report })
  return {
    calls,
    templates: new RevisionTemplates(calls, clock, signal),
    liveDaemonSets: new LiveDaemonSets(calls, clock, signal),
    tell,
  }
}
