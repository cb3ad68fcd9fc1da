import type { Taint } from './objects.ts'

/** What a DaemonSet's template is made of; kept in an annotation of the template, so a rollback brings it back too. */
export type Form = {
  readonly image: number
  /** A node selector. */
  readonly disk: string | null
  readonly affinity: 'rank above 2' | 'rank 1 or 3' | 'not hdd' | 'other affinity' | null
  readonly tolerates: 'soft' | 'hard' | 'everything' | 'not-ready for a while' | null
  readonly hostNetwork: boolean
  readonly note: string
  /** Asks for more than any node has: its pods stay pending. */
  readonly isTooBig: boolean
}

export type Strategy =
  | { readonly type: 'OnDelete' }
  | {
      readonly type: 'RollingUpdate'
      readonly rollingUpdate: { readonly maxUnavailable: number | string; readonly maxSurge: number | string }
    }

/** One thing that happens in a story, the same on both sides. Pods and revisions are named by what they are, not by name. */
export type Step =
  | {
      readonly do: 'join'
      readonly node: string
      readonly labels: Readonly<Record<string, string>>
      readonly taints: readonly Taint[]
    }
  | { readonly do: 'leave'; readonly node: string }
  /** Pods of nodes that are gone go, as the pod garbage collector would have it a minute later. */
  | { readonly do: 'collect' }
  | { readonly do: 'label'; readonly node: string; readonly key: string; readonly value: string | null }
  | { readonly do: 'taint'; readonly node: string; readonly taints: readonly Taint[] }
  | { readonly do: 'cordon'; readonly node: string; readonly on: boolean }
  | {
      readonly do: 'create'
      readonly daemonSet: string
      readonly form: Form
      readonly strategy: Strategy
      readonly minReadySeconds: number
      readonly historyLimit: number
      /** How the same selector is written. */
      readonly selects: 'labels' | 'expressions'
    }
  | {
      readonly do: 'remove'
      readonly daemonSet: string
      readonly propagation: 'Background' | 'Foreground' | 'Orphan'
    }
  | { readonly do: 'change'; readonly daemonSet: string; readonly form: Form }
  | { readonly do: 'strategy'; readonly daemonSet: string; readonly strategy: Strategy }
  | { readonly do: 'minReady'; readonly daemonSet: string; readonly seconds: number }
  | { readonly do: 'history'; readonly daemonSet: string; readonly limit: number }
  | { readonly do: 'annotate'; readonly daemonSet: string; readonly value: string }
  /** As `kubectl rollout undo`; null: to the one before. */
  | { readonly do: 'undo'; readonly daemonSet: string; readonly to: number | null }
  | {
      readonly do: 'fail' | 'finish' | 'deletePod' | 'evict' | 'unready'
      readonly daemonSet: string
      readonly node: string
    }
  /** The pod leaves the selector. */
  | { readonly do: 'stray'; readonly daemonSet: string; readonly node: string }
  /** A stray pod comes back. */
  | { readonly do: 'return'; readonly daemonSet: string; readonly node: string }
  | {
      readonly do: 'editPod'
      readonly daemonSet: string
      readonly node: string
      readonly label: string
      readonly value: string | null
    }
  | {
      readonly do: 'barePod'
      readonly name: string
      readonly daemonSet: string
      readonly node: string
      readonly isBound: boolean
      /** Has the label of the present revision. */
      readonly isCurrent: boolean
      /** Another controller owns it. */
      readonly isKept: boolean
    }
  | { readonly do: 'deleteRevision'; readonly daemonSet: string; readonly number: number }
  | {
      readonly do: 'editRevision'
      readonly daemonSet: string
      readonly number: number
      readonly label: string
      readonly value: string | null
    }
  | { readonly do: 'renumber'; readonly daemonSet: string; readonly number: number; readonly to: number }
  | { readonly do: 'orphanRevision'; readonly daemonSet: string; readonly number: number }
  | {
      readonly do: 'copyRevision'
      readonly daemonSet: string
      readonly number: number
      readonly name: string
      readonly to: number
      readonly isOwned: boolean
      readonly hash: 'same' | 'other' | 'none'
    }
  /** A revision makes room for one of its name with other content: a hash collision once its template comes back. */
  | { readonly do: 'squat'; readonly daemonSet: string; readonly number: number }
  /** Nothing happens, but the DaemonSets and their revisions are told again: what woke nobody is seen now. */
  | { readonly do: 'poke'; readonly value: string }

/** A sentence's worth of a step, for reports. */
export function told(step: Step): string {
  const { do: what, ...rest } = step
  return `${what} ${JSON.stringify(rest)}`
}
