import { z } from 'zod'
import { commandTypeSchema } from './commands.ts'
import { daemonSetFactsSchema, kindSchema, nodeFactsSchema, podFactsSchema, revisionFactsSchema } from './facts.ts'
import { rateSchema } from './rate.ts'

/**
 * The events of a cluster's log. Every event carries `cluster` (the stream it belongs to) and `at`, the time its writer
 * saw it, in milliseconds since the epoch. Times reach the core through `at` only; the core takes the largest it has
 * seen as "now".
 */
const envelope = { cluster: z.string().min(1), at: z.int().nonnegative() }

/** Who changed an object last: the newest entry of `managedFields`. */
export const changedBySchema = z
  .object({ manager: z.string(), operation: z.string(), at: z.int().nullable() })
  .nullable()
export type ChangedBy = z.infer<typeof changedBySchema>

export const modeSchema = z.enum(['control', 'observe'])
export type Mode = z.infer<typeof modeSchema>

/** Who asked for something: the authenticated user, and the program through which it was asked. */
export const askedBySchema = z.object({ user: z.string(), via: z.string() })
export type AskedBy = z.infer<typeof askedBySchema>

/**
 * When the guard holds deletions: where pods of a DaemonSet would have to leave more than `podsMin` nodes, and more than
 * `share` of all its pods, within `windowMs`. A single one waits `quietMs` for company, `quietMsMax` in all.
 */
export const guardSettingsSchema = z.object({
  share: z.number().min(0).max(1),
  podsMin: z.int().nonnegative(),
  windowMs: z.int().positive(),
  quietMs: z.int().nonnegative(),
  quietMsMax: z.int().nonnegative(),
})
export type GuardSettings = z.infer<typeof guardSettingsSchema>

/** Generous: it is there for mistakes, not for what happens every day. */
export const defaultGuard: GuardSettings = {
  share: 0.2,
  podsMin: 10,
  windowMs: 10 * 60_000,
  quietMs: 5_000,
  quietMsMax: 60_000,
}

const gone = { uid: z.string(), resourceVersion: z.string() }
const namespaced = { namespace: z.string(), name: z.string() }

/** Observations: what the watcher saw. One `…Observed` for created and changed alike; `…Gone` for a watched deletion. */
const observations = {
  NodeObserved: z.object({ type: z.literal('NodeObserved'), ...envelope, node: nodeFactsSchema, by: changedBySchema }),
  NodeGone: z.object({ type: z.literal('NodeGone'), ...envelope, name: z.string(), ...gone }),
  PodObserved: z.object({ type: z.literal('PodObserved'), ...envelope, pod: podFactsSchema, by: changedBySchema }),
  PodGone: z.object({ type: z.literal('PodGone'), ...envelope, ...namespaced, ...gone }),
  DaemonSetObserved: z.object({
    type: z.literal('DaemonSetObserved'),
    ...envelope,
    daemonSet: daemonSetFactsSchema,
    by: changedBySchema,
  }),
  DaemonSetGone: z.object({ type: z.literal('DaemonSetGone'), ...envelope, ...namespaced, ...gone }),
  RevisionObserved: z.object({
    type: z.literal('RevisionObserved'),
    ...envelope,
    revision: revisionFactsSchema,
    by: changedBySchema,
  }),
  RevisionGone: z.object({ type: z.literal('RevisionGone'), ...envelope, ...namespaced, ...gone }),

  /**
   * Which cluster answers under this name, and what the watcher is configured to: whether Rollcall acts there (`control`) or
   * only records and says what it would have done (`observe`), and the guard. Another `clusterUid` than before means another
   * cluster: all objects of the old one are gone. Version 2 added `overridesAsked` and `guard`, version 3
   * `creationRate`.
   */
  ClusterIdentified: z.object({
    type: z.literal('ClusterIdentified'),
    ...envelope,
    clusterUid: z.string(),
    serverVersion: z.string(),
    /** The first word: it holds until somebody asks for a mode (`ModeRequested`). */
    mode: modeSchema,
    /** true in events of version 1 only: then the watcher's word overrode what had been asked for. */
    overridesAsked: z.boolean(),
    /** null: what would be deleted is never held. */
    guard: guardSettingsSchema.nullable(),
    /** How many pods are created in a time in the whole cluster; null: as many as are wanted. */
    creationRate: rateSchema.nullable(),
  }),

  /**
   * A list brackets: started, then what exists by name (`RelistListed`, in pages), behind each page an `…Observed` for each
   * object whose facts are not yet in the log, then completed. What the core knew, that was not listed, and that is not
   * newer than the list, vanished meanwhile: the core infers it. What was named does exist, even if the watch had passed it.
   */
  RelistStarted: z.object({
    type: z.literal('RelistStarted'),
    ...envelope,
    kind: kindSchema,
    /** Tells this list from an earlier one that was cut off. */
    relist: z.string(),
    /** true: resourceVersions went back (etcd restored from a backup); what the core holds counts as older. */
    historyReset: z.boolean(),
  }),
  RelistListed: z.object({
    type: z.literal('RelistListed'),
    ...envelope,
    kind: kindSchema,
    relist: z.string(),
    objects: z.array(z.object({ namespace: z.string(), name: z.string(), uid: z.string() })),
  }),
  RelistCompleted: z.object({
    type: z.literal('RelistCompleted'),
    ...envelope,
    kind: kindSchema,
    relist: z.string(),
    resourceVersion: z.string(),
  }),

  /**
   * Who asked the API server for a change, as its audit webhook tells: seconds after the change, twice, or never. It folds
   * to no state; whoever reads the record joins it to the sight of the change, by uid and resourceVersion.
   */
  ChangeAttributed: z.object({
    type: z.literal('ChangeAttributed'),
    ...envelope,
    /** `auditID`; of a request about many objects with `#n` behind it. Twice the same is once. */
    audit: z.string(),
    /** uid null: the audit's level did not tell it. */
    object: z.object({ kind: kindSchema, ...namespaced, uid: z.string().nullable() }),
    /** That of the object after the change; null: the audit's level did not tell it, or the object is gone. */
    resourceVersion: z.string().nullable(),
    /** `create`, `update`, `patch`, `delete`, `deletecollection`, or `evict`. */
    verb: z.string(),
    user: z.object({
      name: z.string(),
      groups: z.array(z.string()),
      /** Who acted under that name (impersonation); null: nobody else. */
      impersonatedBy: z.string().nullable(),
    }),
    userAgent: z.string(),
    sourceIps: z.array(z.string()),
    requestedAt: z.int().nonnegative(),
  }),

  /** A bookmark: the watch of `kind` has reached this point. Never enters the ledger; moves the watch position only. */
  WatchProgressed: z.object({
    type: z.literal('WatchProgressed'),
    ...envelope,
    kind: kindSchema,
    resourceVersion: z.string(),
  }),
}

/**
 * What became of a command.
 * - `done`: the API server did it. `alreadyDone`: it had been done before (own pod of that name exists; object gone).
 * - `superseded`: the object is no longer the one the command meant (uid or content precondition failed).
 * - `nameTaken`: a create met a foreign object of that name. `collided`: a ControllerRevision of that name has other data.
 * - `refused`: 403, 422 and the like; trying the same again will not help by itself.
 * - `notAttempted`: left out, because creations of the same DaemonSet before it were refused (slow start, spec §3.6).
 * - `skipped`: a newer command of its slot, or an outcome already on record, made it moot.
 */
export const commandResultSchema = z.enum([
  'done',
  'alreadyDone',
  'superseded',
  'nameTaken',
  'collided',
  'refused',
  'notAttempted',
  'skipped',
])
export type CommandResult = z.infer<typeof commandResultSchema>

const outcomes = {
  CommandSettled: z.object({
    type: z.literal('CommandSettled'),
    ...envelope,
    commandId: z.string(),
    commandType: commandTypeSchema,
    slot: z.string(),
    result: commandResultSchema,
    /** The object as the answer showed it: identity after `done`, `alreadyDone`, `nameTaken`, `collided`. */
    object: z.object({ name: z.string(), uid: z.string(), resourceVersion: z.string() }).nullable(),
    /** The API server's words when it did not simply work: HTTP status, `Status.reason`, cause, message. */
    answer: z
      .object({
        code: z.int(),
        reason: z.string(),
        /** First `details.causes[].reason`, for example `NamespaceTerminating`; empty when there is none. */
        cause: z.string(),
        message: z.string(),
      })
      .nullable(),
    attempts: z.int().positive(),
  }),
  /** The command is still being tried (429, 5xx, timeouts): reported once it lasts, and at growing intervals. */
  CommandDelayed: z.object({
    type: z.literal('CommandDelayed'),
    ...envelope,
    commandId: z.string(),
    slot: z.string(),
    attempts: z.int().positive(),
    message: z.string(),
  }),
}

/** Every intent says who asked, and carries an id: asked a second time under the same id it is nothing new. `at`: when. */
const asked = {
  intent: z.string(),
  askedBy: askedBySchema,
}

const intents = {
  /** Somebody asked that Rollcall act in this cluster, or only watch it. Version 2: `requestedBy` became `askedBy`. */
  ModeRequested: z.object({ type: z.literal('ModeRequested'), ...envelope, ...asked, mode: modeSchema }),
  /**
   * What the guard held under this id at the position `seen`, where whoever approves looked at it, may be deleted. Version 2 added
   * it; null: what it holds when the intent is folded.
   */
  HoldApproved: z.object({
    type: z.literal('HoldApproved'),
    ...envelope,
    ...asked,
    hold: z.string(),
    seen: z.int().positive().nullable(),
  }),
  /** The pods of this hold stay: for so long, and then it is asked again; null: for as long as the cause lasts. */
  HoldRejected: z.object({
    type: z.literal('HoldRejected'),
    ...envelope,
    ...asked,
    hold: z.string(),
    forMs: z.int().positive().nullable(),
  }),
}

const ticks = {
  /** The time `due`, which the last decision named, has come. */
  Ticked: z.object({ type: z.literal('Ticked'), ...envelope, due: z.int().nonnegative() }),
}

/** Every event type with its schema: the current version of each. */
export const eventSchemas = { ...observations, ...outcomes, ...intents, ...ticks }

export type EventType = keyof typeof eventSchemas
export type EventOf<T extends EventType> = z.infer<(typeof eventSchemas)[T]>
export type Event = { [T in EventType]: EventOf<T> }[EventType]
export type CommandSettled = EventOf<'CommandSettled'>

export type EventFamily = 'observation' | 'outcome' | 'intent' | 'tick'

/** Which of the four families an event belongs to. */
export function familyOf(type: EventType): EventFamily {
  if (type in observations) return 'observation'
  if (type in outcomes) return 'outcome'
  return type in intents ? 'intent' : 'tick'
}
