import { z } from 'zod'
import { kindSchema } from '../facts.ts'
import { clusterParameter, cursorParameter, instantSchema, limitParameter, pageOf, positionSchema } from './values.ts'

const count = z.int().nonnegative()

export const clusterSchema = z
  .object({
    name: z.string(),
    /** uid of its namespace kube-system; null: it has not said yet. */
    uid: z.string().nullable(),
    /** Version of its API server. */
    version: z.string().nullable(),
    /** Whether Rollcall acts there, or only records and says what it would have done. */
    mode: z.enum(['control', 'observe']).nullable(),
    /** When somebody asked for a mode, oldest first: the newest 100. What was decided from that position on was decided in it. */
    modeRequests: z.array(z.object({ position: positionSchema, mode: z.enum(['control', 'observe']) })),
    /** The last position of its stream. */
    position: positionSchema,
    /** Time of its newest event. */
    lastEventAt: instantSchema.nullable(),
    nodes: z.object({ total: count, ready: count }),
    daemonSets: count,
    /** Pods of DaemonSets that are there now. */
    pods: z.object({ total: count, ready: count }),
    /** How far the watch of each kind is on record; a kind that was never listed is missing. */
    watch: z.array(z.object({ kind: kindSchema, resourceVersion: z.string(), movedAt: instantSchema })),
  })
  .meta({ id: 'Cluster' })
export type Cluster = z.infer<typeof clusterSchema>

export const clustersQuerySchema = z.object({
  cluster: clusterParameter,
  limit: limitParameter,
  cursor: cursorParameter,
})
export type ClustersQuery = z.infer<typeof clustersQuerySchema>
export const clustersAnswerSchema = pageOf(clusterSchema).meta({ id: 'Clusters' })
