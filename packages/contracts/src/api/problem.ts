import { z } from 'zod'

/** What can be wrong with a question, or with the answering of it. The code is for programs and never changes. */
export const problemCodeSchema = z.enum([
  'bad-parameter',
  'bad-cursor',
  'bad-selector',
  'bad-time',
  'bad-body',
  'unauthorized',
  'too-many-tries',
  'users-away',
  'forbidden',
  'key-used',
  'not-found',
  'unknown-cluster',
  'unknown-node',
  'unknown-daemonset',
  'unknown-pod',
  'unknown-hold',
  'hold-settled',
  'unknown-position',
  'method-not-allowed',
  'wrong-host',
  'too-large',
  'too-long',
  'too-many-followers',
  'took-too-long',
  'not-yet-on-record',
  'store-away',
  'log-away',
  'defect',
])
export type ProblemCode = z.infer<typeof problemCodeSchema>

/** RFC 9457 problem details (`application/problem+json`), with our code and the mend. */
export const problemSchema = z
  .object({
    /** `urn:rollcall:problem:<code>` */
    type: z.string(),
    title: z.string(),
    status: z.int(),
    /** What was wrong here, as a sentence. */
    detail: z.string(),
    /** The path that was asked for. */
    instance: z.string(),
    code: problemCodeSchema,
    /** What to do, as a sentence. */
    mend: z.string(),
    /** Names that are known and look like the one that is not. */
    didYouMean: z.array(z.string()).optional(),
    /** Which parameter was wrong. */
    parameter: z.string().optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof problemSchema>

export const problemMediaType = 'application/problem+json'
