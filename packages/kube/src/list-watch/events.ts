import type { KubeObject } from '../cluster-api.ts'

/**
 * What a list-watch tells, in order. A relist is bracketed: `relistStarted`, pages, `relistCompleted`; one that was cut
 * off is followed by another `relistStarted`. Everything between two relists is single changes.
 */
export type ListWatchEvent =
  /** `historyReset`: resourceVersions went back since what was known (etcd restored from a backup). */
  | { readonly type: 'relistStarted'; readonly historyReset: boolean }
  | { readonly type: 'page'; readonly objects: readonly KubeObject[] }
  | { readonly type: 'relistCompleted'; readonly resourceVersion: string }
  /** `added`: created, or seen for the first time by this watch. */
  | { readonly type: 'put'; readonly object: KubeObject; readonly added: boolean }
  | { readonly type: 'gone'; readonly object: KubeObject }
  /** A bookmark: everything up to here was told. */
  | { readonly type: 'progressed'; readonly resourceVersion: string }
  | { readonly type: 'watchStarted'; readonly resourceVersion: string }
  /** `error` null: the server ended it in good order. */
  | { readonly type: 'watchEnded'; readonly error: Error | null }
  /** Told once when trouble begins; `reachable` once when it is over. */
  | { readonly type: 'unreachable'; readonly error: Error }
  | { readonly type: 'reachable' }
