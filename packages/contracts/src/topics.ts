/**
 * The two topics of the log. Both are keyed by cluster, so that all records of one cluster lie in one partition, in
 * one total order. Observations, outcomes, intents and ticks share `events`: that is what makes it *one* input.
 */
export const topics = {
  events: 'rollcall.events',
  commands: 'rollcall.commands',
} as const

export type TopicName = (typeof topics)[keyof typeof topics]
