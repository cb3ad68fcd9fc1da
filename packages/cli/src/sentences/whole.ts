import { counted, nameOf, numberFact, type SentenceMakers, textFact, textsFact } from './judged.ts'

/** A DaemonSet as a whole: its selector, revisions, claims and status (spec §3.1, §4.7, §5, §6.1). */
export const whole: SentenceMakers = {
  'empty-selector': judged =>
    `${nameOf(judged)} has an empty selector, which would mean all pods, so nothing is done for it until it has one`,

  'annotation-invalid': judged => {
    const messages = textsFact(judged.reason, 'messages')
    const said = messages.length === 0 ? 'annotations under rollcall.dev/ cannot be followed' : messages.join('; ')
    return `${nameOf(judged)} asks for something that cannot be followed: ${said}`
  },

  'template-has-no-revision': judged => {
    const name = textFact(judged.reason, 'name')
    return `the pod template of ${nameOf(judged)} was new, so it was recorded as revision ${numberFact(judged.reason, 'revision') ?? '?'}${name ? ` (${name})` : ''}`
  },

  'revisions-claimed': judged =>
    `some ControllerRevisions matched the selector of ${nameOf(judged)} without belonging to it, or belonged to it without matching, so they were adopted or released`,

  'revision-renumbered': judged =>
    `the present template of ${nameOf(judged)} is that of an older revision (a rollback), so that revision was made the newest`,

  'revision-labelled': judged =>
    `a ControllerRevision of ${nameOf(judged)} had no hash label, so it was labelled with its own name`,

  'revisions-merged': judged =>
    `several revisions of ${nameOf(judged)} held the same template, so they were merged into one`,

  'revision-history-limit': judged =>
    `${nameOf(judged)} had more old revisions than its revisionHistoryLimit allows, so the oldest ones that no pod uses were deleted`,

  'pods-claimed': judged =>
    `some pods matched the selector of ${nameOf(judged)} without belonging to it, or belonged to it without matching, so they were adopted or released`,

  'status-changed': judged => {
    const fact = (name: string) => numberFact(judged.reason, name) ?? '?'
    return (
      `the status of ${nameOf(judged)} was written: ${counted(numberFact(judged.reason, 'desiredNumberScheduled'), 'pod')} desired, ` +
      `${fact('currentNumberScheduled')} current, ${fact('numberReady')} ready, ${fact('updatedNumberScheduled')} up to date, ${fact('numberMisscheduled')} misscheduled`
    )
  },
}
