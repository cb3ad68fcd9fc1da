import type { AskedBy, CoreMarkOf } from '@rollcall/contracts'

/** A node that a DaemonSet's pod has to leave, because the node stopped to suit the DaemonSet while it ran there. */
export type Loss = {
  /** When that was first decided on. */
  readonly since: number
  /** Id of the hold that keeps its pod; null: it only waits for company, or its pod may go. */
  readonly hold: string | null
  /** Position of the decision that put it in its hold; 0: it is in none. */
  readonly heldAt: number
  /** Somebody approved: its pod may go, and it is no mistake to be counted. */
  readonly isApproved: boolean
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
export type Guard = {
  /** By node. Changed by `putLoss` and `dropLoss` alone. */
  readonly losses: Map<string, Loss>
  readonly holds: Map<string, Hold>
  /** Nodes whose loss no hold keeps: there may be something to do about them. Derived. */
  readonly unheld: Set<string>
}

export const createGuard = (): Guard => ({ losses: new Map(), holds: new Map(), unheld: new Set() })

export function putLoss({ losses, unheld }: Guard, node: string, loss: Loss): void {
  losses.set(node, loss)
  if (loss.hold === null) unheld.add(node)
  else unheld.delete(node)
}

export function dropLoss({ losses, unheld }: Guard, node: string): void {
  losses.delete(node)
  unheld.delete(node)
}

/** What a decision changes in it. */
export type GuardMark = CoreMarkOf<'guard'>

/** `position`: of the decision that says so. */
export function applyGuardMark(guard: Guard, mark: GuardMark, position: number): void {
  const { losses, holds } = guard
  const { at, by, opened } = mark
  for (const node of mark.lost) putLoss(guard, node, { since: at, hold: null, heldAt: 0, isApproved: false })
  for (const node of mark.forgotten) dropLoss(guard, node)
  if (by !== null && opened !== null) {
    const { position, causes } = opened
    holds.set(by, { id: by, openedAt: at, position, causes: [...causes], state: 'open', until: null, news: null })
  }
  for (const node of mark.held) {
    const loss = losses.get(node)
    if (loss) putLoss(guard, node, { ...loss, hold: by, heldAt: position })
  }
  for (const id of mark.reopened) Object.assign(holds.get(id) ?? {}, { state: 'open', until: null, news: null })
  for (const id of mark.told) Object.assign(holds.get(id) ?? {}, { news: null })
  for (const id of mark.ended) holds.delete(id)
  if (mark.ended.length === 0) return
  for (const [node, loss] of losses) {
    if (loss.hold !== null && mark.ended.includes(loss.hold)) putLoss(guard, node, { ...loss, hold: null, heldAt: 0 })
  }
}
