import type { ReconcilerMetrics } from './ports.ts'

const nothing = () => undefined

/** Counts nothing. */
export const silentMetrics: ReconcilerMetrics = {
  batch: nothing,
  folded: nothing,
  nothing,
  deadLetter: nothing,
  clockAhead: nothing,
  decided: nothing,
  commanded: nothing,
  held: nothing,
  undecidable: nothing,
  commitFailed: nothing,
  fenced: nothing,
  published: nothing,
  publishFailed: nothing,
  unpublished: nothing,
  ticked: nothing,
  snapshot: nothing,
  restored: nothing,
  snapshotUnusable: nothing,
  truncated: nothing,
  owned: nothing,
}
