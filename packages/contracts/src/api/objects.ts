import { z } from 'zod'
import { daemonSetStatusSchema, nodeConditionSchema, taintSchema } from '../facts.ts'
import {
  clusterParameter,
  cursorParameter,
  instantSchema,
  labelSelectorParameter,
  limitParameter,
  pageOf,
  positionSchema,
  severalParameter,
} from './values.ts'

/** Which of the recorded objects: those that are there now, or also those that are gone. */
export const presenceParameter = z
  .enum(['current', 'all'], { error: 'must be current or all' })
  .default('current')
  .describe('`current`: what is there now; `all`: also what is gone.')

/** What is recorded of any watched object. */
const recorded = {
  firstSeenAt: instantSchema,
  lastChangedAt: instantSchema,
  lastPosition: positionSchema,
  /** null: it is there. */
  goneAt: instantSchema.nullable(),
  /** Its end was not seen, but concluded from a list in which it was missing. */
  inferred: z.boolean(),
}

export const nodeSchema = z
  .object({
    cluster: z.string(),
    name: z.string(),
    uid: z.string(),
    createdAt: instantSchema,
    labels: z.record(z.string(), z.string()),
    taints: z.array(taintSchema),
    unschedulable: z.boolean(),
    /** Its condition Ready; null: it has none. */
    ready: z.boolean().nullable(),
    conditions: z.array(nodeConditionSchema),
    /** Pods of DaemonSets on it now. */
    pods: z.object({ total: z.int(), ready: z.int() }),
    ...recorded,
  })
  .meta({ id: 'Node' })
export type NodeRecord = z.infer<typeof nodeSchema>

export const nodesQuerySchema = z.object({
  cluster: clusterParameter,
  name: severalParameter('Only nodes of these names.'),
  labelSelector: labelSelectorParameter('the labels of the node'),
  presence: presenceParameter,
  limit: limitParameter,
  cursor: cursorParameter,
})
export type NodesQuery = z.infer<typeof nodesQuerySchema>
export const nodesAnswerSchema = pageOf(nodeSchema).meta({ id: 'Nodes' })

export const daemonSetSchema = z
  .object({
    cluster: z.string(),
    namespace: z.string(),
    name: z.string(),
    uid: z.string(),
    createdAt: instantSchema,
    /** When its deletion began; null: it has not. */
    deletedAt: instantSchema.nullable(),
    generation: z.int(),
    /** What it asks Rollcall for: its annotations under `rollcall.dev/`, and no others. */
    annotations: z.record(z.string(), z.string()),
    images: z.array(z.string()),
    nodeSelector: z.record(z.string(), z.string()),
    updateStrategy: z.object({
      type: z.string(),
      maxUnavailable: z.union([z.int(), z.string()]).nullable(),
      maxSurge: z.union([z.int(), z.string()]).nullable(),
    }),
    /** The ControllerRevision of its present template; null: none is on record yet. */
    revision: z.object({ name: z.string(), number: z.int(), hash: z.string().nullable() }).nullable(),
    /** As the object in the cluster says it. */
    status: daemonSetStatusSchema,
    /** Its pods as recorded now; `updated`: of the present revision. */
    pods: z.object({ total: z.int(), ready: z.int(), updated: z.int() }),
    ...recorded,
  })
  .meta({ id: 'DaemonSet' })
export type DaemonSetRecord = z.infer<typeof daemonSetSchema>

export const daemonSetsQuerySchema = z.object({
  cluster: clusterParameter,
  namespace: severalParameter('Only DaemonSets of these namespaces.'),
  name: severalParameter('Only DaemonSets of these names.'),
  labelSelector: labelSelectorParameter('the labels of its pod template'),
  presence: presenceParameter,
  limit: limitParameter,
  cursor: cursorParameter,
})
export type DaemonSetsQuery = z.infer<typeof daemonSetsQuerySchema>
export const daemonSetsAnswerSchema = pageOf(daemonSetSchema).meta({ id: 'DaemonSets' })
