import type { AskedBy } from '@rollcall/contracts'

/** A node that a DaemonSet's pod has to leave, because the node stopped to suit the DaemonSet while it ran there. */
export type Loss = {
  /** When that was first decided on. */
  readonly since: number
  /** Id of the hold that keeps its pod; null: it only waits for company, or its pod may go. */
  hold: string | null
  /** Somebody approved: its pod may go, and it is no mistake to be counted. */
  isApproved: boolean
}

/** Deletions that are not done before somebody says so. Its nodes are those of the losses that name it. */
export type Hold = {
  readonly id: string
  readonly openedAt: number
  /** Position of the decision that opened it, and of the events that led there: the first few. */
  readonly position: number
  readonly causes: readonly number[]
  state: 'open' | 'approved' | 'rejected'
  /** Rejected until then; null: for as long as the cause lasts. */
  until: number | null
  /** Who settled it, until that is said; null: nothing new. */
  news: AskedBy | null
}

/** What the guard remembers of one DaemonSet. */
export type Guard = { readonly losses: Map<string, Loss>; readonly holds: Map<string, Hold> }

export const createGuard = (): Guard => ({ losses: new Map(), holds: new Map() })

/** What a decision changes in it: plain data, so that folding it needs no rule. */
export type GuardMark = {
  readonly kind: 'guard'
  readonly daemonSet: string
  readonly at: number
  /** Nodes that are newly lost, and those that concern nobody any more. */
  readonly lost: string[]
  readonly forgotten: string[]
  /** Nodes that are held from now on, by the hold `by`. */
  readonly held: string[]
  readonly by: string | null
  /** The hold `by` is new. */
  readonly opened: { readonly position: number; readonly causes: number[] } | null
  /** Holds that are over, open again, or whose news is said. */
  readonly ended: string[]
  readonly reopened: string[]
  readonly told: string[]
}

export function applyGuardMark({ losses, holds }: Guard, mark: GuardMark): void {
  const { at, by, opened } = mark
  for (const node of mark.lost) losses.set(node, { since: at, hold: null, isApproved: false })
  for (const node of mark.forgotten) losses.delete(node)
  if (by !== null && opened !== null) {
    const { position, causes } = opened
    holds.set(by, { id: by, openedAt: at, position, causes: [...causes], state: 'open', until: null, news: null })
  }
  for (const node of mark.held) {
    const loss = losses.get(node)
    if (loss) loss.hold = by
  }
  for (const id of mark.reopened) Object.assign(holds.get(id) ?? {}, { state: 'open', until: null, news: null })
  for (const id of mark.told) Object.assign(holds.get(id) ?? {}, { news: null })
  for (const id of mark.ended) {
    holds.delete(id)
    for (const loss of losses.values()) if (loss.hold === id) loss.hold = null
  }
}
