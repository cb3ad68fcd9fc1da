import { commandId, type GuardSettings, type Reason } from '@rollcall/contracts'
import { type Deciding, reason, record, recordAnew, recordEvent, wakeMark } from '../decide/deciding.ts'
import { leaveNode } from '../decide/placement.ts'
import { eligibilityOf } from '../eligibility.ts'
import { isActive, isLive } from '../pods.ts'
import type { DaemonSet, Slot } from '../state.ts'
import { type Judged, judgeLosses, type Leaving } from './judge.ts'
import { guardSettings } from './settings.ts'
import type { GuardMark, Hold } from './state.ts'

const source = 'guard'
/** A hold names so many events that led to it, and so many of its nodes; the others are found by their slots. */
const causesMax = 8
const sampleMax = 5

type Draft = { -readonly [K in keyof GuardMark]: GuardMark[K] }

/**
 * Decides about every pod that would have to leave its node because the node no longer suits (spec §3.3 row 2): few at a time
 * go, after a moment in which more might turn up; many at once are held. What rollouts replace, what has failed, and what was
 * on a node that is gone is none of the guard's business.
 */
export function decideGuarded(deciding: Deciding, daemonSet: DaemonSet): void {
  const found = deciding.losing.splice(0)
  const { losses, holds } = daemonSet.guard
  if (found.length + losses.size + holds.size === 0) return
  const settings = guardSettings(deciding.state, daemonSet)
  if (settings === null) {
    letGo(deciding, daemonSet)
    dissolveGuard(deciding, daemonSet)
    return
  }
  if (found.length === 0 && isQuiet(deciding, daemonSet)) return
  const judged = judgeLosses(deciding.state, daemonSet, found, settings)
  const mark = draft(deciding, daemonSet)
  mark.lost.push(...judged.fresh.map(({ slot }) => slot.node))
  mark.forgotten.push(...judged.forgotten)
  sayNews(deciding, daemonSet, judged, mark)
  for (const { slot } of judged.approved) deleteFrom(deciding, daemonSet, slot)
  if (judged.isTooMany) hold(deciding, daemonSet, judged, settings, mark)
  else goSoon(deciding, daemonSet, judged, settings)
  if (isNews(mark)) deciding.marks.push(mark)
}

/** All that is lost is held, none of its nodes is dirty, and nobody and no time has settled a hold: it is all as it was. */
function isQuiet({ state: { now } }: Deciding, { guard: { losses, holds, unheld }, dirty }: DaemonSet): boolean {
  if (unheld.size > 0) return false
  for (const { state, until, news } of holds.values()) {
    if (state === 'approved' || news !== null || (until !== null && until <= now)) return false
  }
  for (const node of dirty.keys()) if (losses.has(node)) return false
  return true
}

/** The guard is off, or not concerned any more: nothing is held. */
export function dissolveGuard(deciding: Deciding, daemonSet: DaemonSet): void {
  const { losses, holds } = daemonSet.guard
  if (losses.size + holds.size === 0) return
  const mark = draft(deciding, daemonSet)
  for (const id of [...holds.keys()].sort()) {
    say(deciding, daemonSet, 'guard-dissolved', { hold: id, nodes: 0 })
    mark.ended.push(id)
  }
  mark.forgotten.push(...[...losses.keys()].sort())
  deciding.marks.push(mark)
}

function letGo(deciding: Deciding, daemonSet: DaemonSet): void {
  for (const node of [...daemonSet.guard.losses.keys()].sort()) {
    const slot = daemonSet.slots.get(node)
    // What is dirty has been decided on by now.
    if (slot?.verdict !== 'shouldNotRun' || slot.inFlight > 0 || daemonSet.dirty.has(node)) continue
    if ([...slot.pods].some(isLive)) deleteFrom(deciding, daemonSet, slot)
  }
}

/** What has become of the holds since the last decision. */
function sayNews(deciding: Deciding, daemonSet: DaemonSet, { held }: Judged, mark: Draft): void {
  const { now } = deciding.state
  for (const hold of [...daemonSet.guard.holds.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const nodes = held.get(hold.id)?.length ?? 0
    const facts = { hold: hold.id, nodes, by: hold.news && { ...hold.news }, until: hold.until }
    if (hold.state === 'approved') {
      const { length } = [...daemonSet.guard.losses.values()].filter(({ isApproved }) => isApproved)
      say(deciding, daemonSet, 'guard-approved', { ...facts, nodes: length })
      mark.ended.push(hold.id)
    } else if (nodes === 0) {
      say(deciding, daemonSet, 'guard-dissolved', facts)
      mark.ended.push(hold.id)
    } else if (hold.until !== null && hold.until <= now) {
      say(deciding, daemonSet, 'guard-reopened', facts)
      mark.reopened.push(hold.id)
    } else if (hold.news !== null) {
      say(deciding, daemonSet, 'guard-rejected', facts)
      mark.told.push(hold.id)
    }
  }
}

/** Too many: all that wait are held, together with those that are held already, if any are. */
function hold(deciding: Deciding, daemonSet: DaemonSet, judged: Judged, settings: GuardSettings, mark: Draft): void {
  const { waiting, held, count, total } = judged
  if (waiting.length === 0) return
  const { state } = deciding
  const joined = openHold(daemonSet, mark)
  const id = joined?.id ?? holdId(deciding, daemonSet)
  const slots = [...(joined ? (held.get(joined.id) ?? []) : []), ...waiting.map(({ slot }) => slot)]
  mark.by = id
  mark.held.push(...waiting.map(({ slot }) => slot.node))
  for (const { slot } of waiting) {
    const { rule, facts } = whyNot(deciding, daemonSet, slot)
    const why = reason('guard-held', source, { hold: id, because: { rule, facts } })
    record(deciding, daemonSet, slot.node, { verdict: slot.verdict, action: 'wait', reason: why })
  }
  const facts = {
    hold: id,
    nodes: slots.length,
    pods: slots.reduce((sum, { pods }) => sum + [...pods].filter(isActive).length, 0),
    lost: count,
    total,
    share: settings.share,
    podsMin: settings.podsMin,
    because: becauseOf(deciding, daemonSet, waiting),
    sample: slots.slice(0, sampleMax).map(({ node }) => node),
  }
  if (joined) {
    say(deciding, daemonSet, 'guard-held', { ...facts, causes: [...joined.causes] })
    return
  }
  const causes = causesOf(daemonSet, waiting, state.position)
  mark.opened = { position: state.position, causes }
  const message =
    `Held the deletion of ${facts.pods} of ${total} pods, on nodes that stopped to suit: more than ` +
    `${Math.round(settings.share * 100)}% at once. Nothing is deleted until: rollcall approve ${id} (or reject)`
  const events = recordEvent(deciding, daemonSet, 'Warning', 'DeletionsHeld', message)
  say(deciding, daemonSet, 'guard-held', { ...facts, causes }, events)
}

/** Few: each goes when it has waited for company, which the newest makes begin anew. */
function goSoon(deciding: Deciding, daemonSet: DaemonSet, judged: Judged, settings: GuardSettings): void {
  const { waiting, total } = judged
  const { now } = deciding.state
  const newest = Math.max(...waiting.map(({ since }) => since))
  let next = Number.POSITIVE_INFINITY
  for (const { slot, since } of waiting) {
    const due = total <= settings.podsMin ? now : Math.min(newest + settings.quietMs, since + settings.quietMsMax)
    if (due <= now) {
      deleteFrom(deciding, daemonSet, slot)
      continue
    }
    next = Math.min(next, due)
    const { rule, facts } = whyNot(deciding, daemonSet, slot)
    const why = reason('guard-quiet', source, { until: due, because: { rule, facts } })
    record(deciding, daemonSet, slot.node, { verdict: slot.verdict, action: 'wait', reason: why })
  }
  if (Number.isFinite(next)) wakeMark(deciding, daemonSet, null, next)
}

function deleteFrom(deciding: Deciding, daemonSet: DaemonSet, slot: Slot): void {
  leaveNode(deciding, daemonSet, slot, [...slot.pods].filter(isLive), whyNot(deciding, daemonSet, slot))
}

function whyNot({ state }: Deciding, { facts, policy }: DaemonSet, { node }: Slot): Reason {
  const found = state.nodes.get(node)
  return found
    ? eligibilityOf(facts.template, found, { without: policy.withoutTolerations }).reason
    : reason('node-gone', '§3.3')
}

/** The newest hold that stands open, or is open again from here on. */
function openHold({ guard }: DaemonSet, { ended, reopened }: Draft): Hold | null {
  let newest: Hold | null = null
  for (const hold of guard.holds.values()) {
    const isOpen = hold.state === 'open' || reopened.includes(hold.id)
    if (!isOpen || ended.includes(hold.id)) continue
    if (newest === null || hold.position > newest.position) newest = hold
  }
  return newest
}

/** Short enough to be typed, and another one for each decision. */
function holdId({ state }: Deciding, { facts }: DaemonSet): string {
  const { cluster, position } = state
  return commandId({ cluster, position, slot: facts.uid, type: 'hold', subject: '' }).slice(0, 8)
}

/** The rules by which the nodes no longer suit, most frequent first: what was done by mistake. */
function becauseOf(
  deciding: Deciding,
  daemonSet: DaemonSet,
  leaving: readonly Leaving[],
): { rule: string; nodes: number; facts: Reason['facts'] }[] {
  const rules = new Map<string, { nodes: number; facts: Reason['facts'] }>()
  for (const { slot } of leaving) {
    const { rule, facts } = whyNot(deciding, daemonSet, slot)
    const known = rules.get(rule)
    if (known) known.nodes += 1
    else rules.set(rule, { nodes: 1, facts })
  }
  return [...rules]
    .map(([rule, { nodes, facts }]) => ({ rule, nodes, facts }))
    .sort((a, b) => b.nodes - a.nodes || (a.rule < b.rule ? -1 : 1))
}

/** The first events that led here. */
function causesOf({ dirty, dirtyWhole }: DaemonSet, leaving: readonly Leaving[], position: number): number[] {
  const causes = new Set<number>()
  for (const { slot } of leaving)
    for (const cause of dirty.get(slot.node) ?? dirtyWhole ?? [position]) causes.add(cause)
  return [...causes].sort((a, b) => a - b).slice(0, causesMax)
}

function draft({ state }: Deciding, { facts }: DaemonSet): Draft {
  return {
    kind: 'guard',
    daemonSet: facts.uid,
    at: state.now,
    lost: [],
    forgotten: [],
    held: [],
    by: null,
    opened: null,
    ended: [],
    reopened: [],
    told: [],
  }
}

const isNews = ({ lost, forgotten, held, ended, reopened, told }: Draft): boolean =>
  [lost, forgotten, held, ended, reopened, told].some(({ length }) => length > 0)

/** Every change of a hold is a decision for the DaemonSet as a whole, also when the last one had the same rule. */
function say(
  deciding: Deciding,
  daemonSet: DaemonSet,
  rule: string,
  facts: Reason['facts'],
  commands: readonly string[] = [],
): void {
  recordAnew(deciding, daemonSet, null, {
    verdict: null,
    action: 'other',
    reason: reason(rule, source, facts),
    commands,
  })
}
