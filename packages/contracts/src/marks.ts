import { z } from 'zod'

/**
 * What a decision of the DaemonSet core leaves in the state beyond its commands: plain data, so that folding it later needs no
 * rule. To add a kind: one entry here, and its case in `packages/daemonset/src/apply.ts`. A member that comes to a kind later has
 * a default: older records do not have it.
 */

const uid = z.string()
const millis = z.int().nonnegative()
const nodes = z.array(z.string())

/** How far the rollout of the present template has come, where annotations ask for more than the built-in controller's. */
export const rolloutMemorySchema = z.object({
  /** The rule that holds it now; empty: none. `superseded`: one held the rollout before this one. */
  held: z.string(),
  /** When it replaced a pod last; null: it has not yet. */
  replacedAt: millis.nullable(),
  /** The batch under way: its group of nodes (null: none has begun), how many it has replaced, and when it may begin. */
  batch: z.object({ group: z.string().nullable(), replaced: z.int().nonnegative(), notBefore: millis }),
  /** Every node that should has had an available pod of the template: from then on it does not pause itself. */
  completed: z.boolean(),
  /** It paused itself: by which rule, when, on which nodes (the first few) of how many. */
  autoPaused: z.object({ rule: z.string(), at: millis, nodes, count: z.int() }).nullable(),
  /** When going back to an earlier revision was commanded last. */
  rolledBackAt: millis.nullable(),
})
export type RolloutMemory = z.infer<typeof rolloutMemorySchema>

const kinds = {
  /** Not decided yet: too much was to be commanded at once. */
  deferred: z.object({ kind: z.literal('deferred'), daemonSet: uid }),
  /** Look at this slot (node null: at the DaemonSet) again then. */
  wake: z.object({ kind: z.literal('wake'), daemonSet: uid, node: z.string().nullable(), at: millis }),
  statusWritten: z.object({ kind: z.literal('statusWritten'), daemonSet: uid, notBefore: millis }),
  /** Messages about annotations that cannot be followed, as they were told. */
  nonsenseSaid: z.object({ kind: z.literal('nonsenseSaid'), daemonSet: uid, messages: z.array(z.string()) }),
  /** What was created of what a rate allows; daemonSet null: of the cluster's. */
  creationPace: z.object({
    kind: z.literal('creationPace'),
    daemonSet: uid.nullable(),
    since: millis,
    made: z.int().nonnegative(),
  }),
  rollout: z.object({ kind: z.literal('rollout'), daemonSet: uid, rollout: rolloutMemorySchema }),
  /** Nodes whose pods the rollout replaces here, by how the nodes are. */
  rolloutReached: z.object({ kind: z.literal('rolloutReached'), daemonSet: uid, healthy: nodes, unhealthy: nodes }),
  /** Went back to this revision: its hash, and the digest of its template (null: recorded before that was kept). */
  rolledBack: z.object({
    kind: z.literal('rolledBack'),
    daemonSet: uid,
    to: z.string(),
    template: z.string().nullable().default(null),
  }),
  /** Digests of templates whose rollouts paused themselves and were never completed, oldest first. */
  knownBad: z.object({ kind: z.literal('knownBad'), daemonSet: uid, templates: z.array(z.string()) }),
  failedBackoff: z.object({
    kind: z.literal('failedBackoff'),
    daemonSet: uid,
    node: z.string(),
    generation: z.int(),
    valueMs: millis,
    at: millis,
  }),
  /** Nothing is waited for any more of this command. */
  flightDropped: z.object({ kind: z.literal('flightDropped'), command: z.string() }),
  /** What the guard remembers of one DaemonSet changes. */
  guard: z.object({
    kind: z.literal('guard'),
    daemonSet: uid,
    at: millis,
    /** Nodes that are newly lost, and those that concern nobody any more. */
    lost: nodes,
    forgotten: nodes,
    /** Nodes that are held from now on, by the hold `by`. */
    held: nodes,
    by: z.string().nullable(),
    /** The hold `by` is new. */
    opened: z.object({ position: z.int(), causes: z.array(z.int()) }).nullable(),
    /** Holds that are over, open again, or whose news is said. */
    ended: z.array(z.string()),
    reopened: z.array(z.string()),
    told: z.array(z.string()),
  }),
}

export const coreMarkSchema = z.discriminatedUnion('kind', [
  kinds.deferred,
  kinds.wake,
  kinds.statusWritten,
  kinds.nonsenseSaid,
  kinds.creationPace,
  kinds.rollout,
  kinds.rolloutReached,
  kinds.rolledBack,
  kinds.knownBad,
  kinds.failedBackoff,
  kinds.flightDropped,
  kinds.guard,
])
export type CoreMark = z.infer<typeof coreMarkSchema>
export type CoreMarkOf<K extends CoreMark['kind']> = Extract<CoreMark, { kind: K }>
