import { z } from 'zod'
import {
  clusterParameter,
  cursorParameter,
  instantSchema,
  labelSelectorParameter,
  limitParameter,
  pageOf,
  positionSchema,
  recordBeginsSchema,
  severalParameter,
  timeParameter,
} from './values.ts'

/** One DaemonSet's pod on one node over an interval. */
export const placementSchema = z
  .object({
    cluster: z.string(),
    namespace: z.string(),
    daemonSet: z.object({ name: z.string(), uid: z.string() }),
    node: z.string(),
    pod: z.object({ name: z.string(), uid: z.string() }),
    /** Hash of its revision: the pod's label `controller-revision-hash`. */
    revision: z.string().nullable(),
    /** Since when it is there. */
    openedAt: instantSchema,
    openedPosition: positionSchema,
    /** The command that created the pod; null: it is not one of ours. */
    openedBy: z.string().nullable(),
    /** Known only by the outcome of its creation so far. */
    provisional: z.boolean(),
    phase: z.string(),
    ready: z.boolean(),
    boundAt: instantSchema.nullable(),
    /** When it was first ready. */
    readyAt: instantSchema.nullable(),
    /** When its containers ended for good, while the pod object stayed. */
    finishedAt: instantSchema.nullable(),
    /** When it was first seen being deleted. */
    terminatingAt: instantSchema.nullable(),
    /** The newest command that shall end it, and the rule behind it. */
    ending: z.object({ command: z.string(), type: z.string(), rule: z.string() }).nullable(),
    /** null: it is open. */
    closed: z
      .object({
        at: instantSchema,
        position: positionSchema,
        /** The command that ended it; null: others did. */
        by: z.string().nullable(),
        /** The rule behind that command, or `vanished`, `deleted by others`, `changed owner`, `moved`. */
        cause: z.string().nullable(),
        /** Not seen, but concluded from a list in which it was missing. */
        inferred: z.boolean(),
      })
      .nullable(),
  })
  .meta({ id: 'Placement' })
export type Placement = z.infer<typeof placementSchema>

export const placementsQuerySchema = z
  .object({
    cluster: clusterParameter,
    namespace: severalParameter('Only DaemonSets of these namespaces.'),
    daemonSet: severalParameter('Only DaemonSets of these names.'),
    node: severalParameter('Only these nodes.'),
    name: severalParameter('Only pods of these names.'),
    labelSelector: labelSelectorParameter('the labels of the node, as last seen'),
    podLabelSelector: labelSelectorParameter("the labels of the pods' template, as their DaemonSet was last seen"),
    cause: severalParameter('Only placements that ended for these causes; needs `presence=all`.'),
    at: timeParameter.optional().describe('Placements open at this time. Without it: see `presence`.'),
    from: timeParameter.optional().describe('Placements open at some time from here on; with `to`: between the two.'),
    to: timeParameter.optional().describe('Placements open at some time before this.'),
    presence: z
      .enum(['current', 'all'], { error: 'must be current or all' })
      .optional()
      .describe('`current` (default): open now; `all`: also ended ones. Default `all` when a time is given.'),
    limit: limitParameter,
    cursor: cursorParameter,
  })
  .refine(({ at, from, to }) => at === undefined || (from === undefined && to === undefined), {
    path: ['at'],
    error: 'goes without `from` and `to`',
  })
  .refine(({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to), {
    path: ['to'],
    error: 'must be later than `from`',
  })
export type PlacementsQuery = z.infer<typeof placementsQuerySchema>
/** In the order of cluster, node, and position of opening. */
export const placementsAnswerSchema = pageOf(placementSchema)
  .extend({
    /** Clusters whose record begins later than the time asked about, where there are some: of them not all that was then is told. */
    beginsLater: z.array(recordBeginsSchema).optional(),
  })
  .meta({ id: 'Placements' })
