import { z } from 'zod'
import { decisionRecordSchema } from './decision-records.ts'
import {
  cursorParameter,
  labelSelectorParameter,
  limitParameter,
  pageOf,
  positionSchema,
  severalParameter,
  timeParameter,
} from './values.ts'

export const decisionsQuerySchema = z
  .object({
    namespace: severalParameter('Only about DaemonSets of these namespaces.'),
    daemonSet: severalParameter('Only about DaemonSets of these names.'),
    node: severalParameter('Only about these nodes.'),
    labelSelector: labelSelectorParameter('the labels of the node, as last seen'),
    rule: severalParameter('Only those by these rules, for example `taint-not-tolerated`.'),
    from: timeParameter.optional().describe('Only those from then on.'),
    to: timeParameter.optional().describe('Only those before then.'),
    limit: limitParameter,
    cursor: cursorParameter,
  })
  .refine(({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to), {
    path: ['to'],
    error: 'must be later than `from`',
  })
export type DecisionsQuery = z.infer<typeof decisionsQuerySchema>

/** A recorded decision with its causes and commands by reference. */
export const decisionEntrySchema = decisionRecordSchema
  .omit({ causesTotal: true })
  .extend({
    /** Positions of the events that led here. */
    causes: z.array(positionSchema),
    /** Ids. */
    commands: z.array(z.string()),
  })
  .meta({ id: 'DecisionEntry' })
export type DecisionEntry = z.infer<typeof decisionEntrySchema>
/** By position. */
export const decisionsAnswerSchema = pageOf(decisionEntrySchema).meta({ id: 'Decisions' })
