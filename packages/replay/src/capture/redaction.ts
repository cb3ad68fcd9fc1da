import {
  type DaemonSetFacts,
  type DecisionPoint,
  decisionPointSchema,
  type Event,
  type EventOf,
  eventSchemas,
  type RevisionFacts,
} from '@rollcall/contracts'
import { annotations, type ClusterState } from '@rollcall/daemonset'
import type { LedgerEntry } from '../source.ts'
import { isOfSystem, People } from './people.ts'
import { Pseudonyms } from './pseudonyms.ts'

/** What may stay in a capture, although no core needs it. */
export type Kept = {
  /** Names and addresses of people. Default false. */
  readonly people?: boolean
  /** What API servers said of commands: they quote values that they refuse. Default false. */
  readonly answers?: boolean
}

/**
 * What leaves with a capture. The schemas of contracts say what can be in a record: a member that they do not know goes. Of what
 * they know, everything stays that the core decides by (names, labels, selectors, taints, images, the annotations that it reads,
 * digests); of the rest, what is free text, a manifest, or tells of people goes. Nothing that a decision hangs on is touched, so
 * the redacted record is decided as the whole one was.
 */
export class Redaction {
  readonly #kept: Kept
  readonly #people = new People()
  readonly #values = new Pseudonyms('value')

  constructor(kept: Kept = {}) {
    this.#kept = kept
  }

  entry(entry: LedgerEntry): LedgerEntry {
    return entry.kind === 'event'
      ? { ...entry, event: this.#event(known(entry.event)) }
      : { ...entry, point: this.#point(entry.point) }
  }

  /** In place: the state before the window, as redacted events would have made it. */
  state({ revisions, daemonSets }: ClusterState): void {
    for (const revision of revisions.values()) revision.facts = withoutTemplate(revision.facts)
    for (const daemonSet of daemonSets.values()) {
      daemonSet.facts = this.#daemonSet(daemonSet.facts)
      if (this.#kept.people) continue
      for (const hold of daemonSet.guard.holds.values()) hold.news = hold.news && this.#people.asked(hold.news)
    }
  }

  #event(event: Event): Event {
    switch (event.type) {
      case 'RevisionObserved':
        return { ...event, revision: withoutTemplate(event.revision) }
      case 'DaemonSetObserved':
        return { ...event, daemonSet: this.#daemonSet(event.daemonSet) }
      case 'ModeRequested':
      case 'HoldApproved':
      case 'HoldRejected':
        return this.#kept.people ? event : { ...event, askedBy: this.#people.asked(event.askedBy) }
      case 'ChangeAttributed':
        return this.#kept.people ? event : this.#attributed(event)
      case 'CommandSettled':
        if (this.#kept.answers || event.answer === null) return event
        return { ...event, answer: { ...event.answer, message: leftOut } }
      case 'CommandDelayed':
        return this.#kept.answers ? event : { ...event, message: leftOut }
      case 'NodeObserved':
      case 'NodeGone':
      case 'PodObserved':
      case 'PodGone':
      case 'DaemonSetGone':
      case 'RevisionGone':
      case 'ClusterIdentified':
      case 'RelistStarted':
      case 'RelistListed':
      case 'RelistCompleted':
      case 'WatchProgressed':
      case 'Ticked':
        return event
    }
  }

  /** Of an annotation that it does not read, the core sees only that there is one, and when it changes. */
  #daemonSet(facts: DaemonSetFacts): DaemonSetFacts {
    const redacted = Object.entries(facts.annotations).map(([name, value]) => [
      name,
      readAnnotations.has(name) ? value : this.#values.of(value),
    ])
    return { ...facts, annotations: Object.fromEntries(redacted) }
  }

  #attributed(event: EventOf<'ChangeAttributed'>): Event {
    const { name, groups, impersonatedBy } = event.user
    const user = {
      name: this.#people.named(name),
      groups: groups.filter(isOfSystem),
      impersonatedBy: impersonatedBy === null ? null : this.#people.named(impersonatedBy),
    }
    return { ...event, user, userAgent: programOf(event.userAgent), sourceIps: [] }
  }

  #point(point: DecisionPoint): DecisionPoint {
    const parsed = decisionPointSchema.parse(point)
    if (this.#kept.people) return parsed
    const decisions = parsed.decisions.map(({ reason, ...decision }) => ({
      ...decision,
      reason: { ...reason, facts: this.#people.within(reason.facts) },
    }))
    return { ...parsed, decisions, marks: this.#people.within(parsed.marks) }
  }
}

const leftOut = '(not in the capture)'

/** The event without what its schema does not know. */
const known = (event: Event): Event => eventSchemas[event.type].parse(event) as Event

/** A manifest, if without secrets. The rules go by its digest. */
const withoutTemplate = (facts: RevisionFacts): RevisionFacts => ({ ...facts, template: null })

const prefix = 'rollcall.dev/'
const readAnnotations = new Set(Object.values(annotations).map(({ name }) => `${prefix}${name}`))

/** `kubectl/v1.37.0`; the rest of a user agent is free text. */
const programOf = (userAgent: string): string => /^[\w.-]{1,64}\/v?\d[\w.+-]{0,32}(?=$| )/.exec(userAgent)?.[0] ?? ''
