/** How far the rollout of the present revision has come, where annotations ask for more than the built-in's. */
export type Rollout = {
  /** The rule that holds it now; empty: none. */
  held: string
  /** When it replaced a pod last; null: it has not yet. */
  replacedAt: number | null
  /** The batch under way: its group of nodes (null: none has begun), how many it has replaced, and when it may begin. */
  batch: { readonly group: string | null; readonly replaced: number; readonly notBefore: number }
  /** Every node that should has had an available pod of the revision: from then on it does not pause itself. */
  completed: boolean
  /** It paused itself. */
  autoPaused: {
    readonly rule: string
    readonly at: number
    readonly nodes: readonly string[]
    readonly count: number
  } | null
  /** When going back to an earlier revision was commanded last. */
  rolledBackAt: number | null
}

export const newRollout = (): Rollout => ({
  held: '',
  replacedAt: null,
  batch: { group: null, replaced: 0, notBefore: 0 },
  completed: false,
  autoPaused: null,
  rolledBackAt: null,
})

/** What a node was when the rollout replaced its pod; null: it has not. */
export type Reach = 'healthy' | 'unhealthy' | null
