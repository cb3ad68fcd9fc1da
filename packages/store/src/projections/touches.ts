import type { StreamCommit } from '../store.ts'
import { endsPlacement, isTurnedDown } from './placements.ts'

/** What the projections must know of the past before they can fold a batch. */
export type Touches = {
  /** Pods whose placement may change. */
  readonly pods: readonly { readonly cluster: string; readonly uid: string }[]
  /** Commands that came to nothing: the pods they named are touched too. */
  readonly turnedDown: readonly string[]
}

export function touchesOf(streams: readonly StreamCommit[]): Touches {
  const pods = new Map<string, { cluster: string; uid: string }>()
  const turnedDown = new Set<string>()
  const touch = (cluster: string, uid: string) => pods.set(`${cluster}\u0000${uid}`, { cluster, uid })
  for (const { cluster, events, decisionPoint } of streams) {
    for (const { effects } of events) {
      for (const effect of effects) {
        if (effect.kind === 'podPut' || effect.kind === 'podGone') touch(cluster, effect.pod.uid)
        else if (effect.kind === 'commandSettled' && effect.settled && isTurnedDown(effect.settled.result)) {
          turnedDown.add(effect.commandId)
        }
      }
    }
    for (const command of decisionPoint?.commands.filter(endsPlacement) ?? []) touch(cluster, command.pod.uid)
  }
  return { pods: [...pods.values()], turnedDown: [...turnedDown] }
}
