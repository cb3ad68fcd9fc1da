import { z } from 'zod'
import { isLater, later, span, told } from './span.ts'
import { pageOf } from './values.ts'

const count = z.int().nonnegative()

export const flappingQuerySchema = z
  .object({
    ...span,
    of: z
      .enum(['nodes', 'pods'], { error: 'must be nodes or pods' })
      .default('nodes')
      .describe('`nodes`; or `pods` of DaemonSets, for which alone `namespace` and `daemonSet` mean something.'),
  })
  .refine(isLater, later)
export type FlappingQuery = z.infer<typeof flappingQuerySchema>

/** Sights of one object that are looked at for what turned, at most: the newest of the span. */
export const sightsMax = 1_000

/** How often a node, or a pod, changed in the span. */
export const flappingSchema = z
  .object({
    node: z.string(),
    /** null: it is about the node itself. */
    pod: z.object({ namespace: z.string(), name: z.string() }).nullable(),
    /** Recorded changes, of whatever is kept of it; heartbeats are none. */
    changes: count,
    /** What turned how often, among the newest `sightsMax` changes: became ready, or ceased to be; and so on. */
    turned: z.object({
      ready: count,
      /** Of a node. */
      cordoned: count,
      labels: count,
      taints: count,
      /** Of a pod: its containers restarted (the record tells 0, 1, 2, 3, 5, 10, 20, 50 and 100 apart). */
      restarted: count,
      /** Of a pod: fell into a trouble that does not pass by itself, such as `CrashLoopBackOff`. */
      troubled: count,
    }),
  })
  .meta({ id: 'Flapping' })
export type Flapping = z.infer<typeof flappingSchema>
/** The most restless first. */
export const flappingAnswerSchema = pageOf(flappingSchema).extend(told).meta({ id: 'FlappingObjects' })
