import type { Cluster, CommandRecord, DecisionRecord } from '@rollcall/contracts/api'
import { localTime, shortDuration } from '../output/duration.ts'
import { commandWords } from './commands.ts'
import { eventWords } from './events.ts'
import { sentenceOf } from './rules.ts'

export type When = { readonly now: number }

/** `2026-11-24 14:03:21 (3m5s ago)` */
export function when(instant: string, now: number): string {
  const ms = Date.parse(instant)
  return `${localTime(ms)} (${shortDuration(now - ms)} ago)`
}

/** The mode of a cluster as it is, and when it was asked for. */
export type Modes = Pick<Cluster, 'mode' | 'modeRequests'>

/** Before anybody asked for a mode it was the other one. */
function modeAt({ mode, modeRequests }: Modes, at: number): Modes['mode'] {
  const asked = modeRequests.findLast(({ position }) => position <= at)
  const [first] = modeRequests
  if (asked) return asked.mode
  if (!first) return mode
  return first.mode === 'control' ? 'observe' : 'control'
}

/** Whether a decision was one in a cluster that was only observed: it decided on something, and commanded nothing. */
export const isShadow = ({ action, commands, position }: DecisionRecord, modes: Modes | null): boolean =>
  commands.length === 0 &&
  (action === 'create' || action === 'delete') &&
  modes !== null &&
  modeAt(modes, position) === 'observe'

/** Why it was decided, when, caused by what, and what became of it: the first line says it, the others prove it. */
export function decisionLines(decision: DecisionRecord, modes: Modes | null, now: number): string[] {
  const { reason, at, position, commands } = decision
  return [
    sentenceOf({ ...decision, observed: isShadow(decision, modes) }),
    `Decided ${when(at, now)} at position ${position}, by the rule ${reason.rule}.`,
    ...causeLines(decision),
    ...commands.map(command => `Command ${command.type}: ${commandLine(command, now)}.`),
  ]
}

export const commandLine = (command: CommandRecord, now: number): string =>
  `${commandWords(command)}${command.settled === null ? '' : `, ${when(command.settled.at, now)}`}`

const causesShown = 3

export const positionWords = (positions: readonly number[]): string =>
  positions.length === 1 ? `position ${positions[0]}` : `positions ${positions.join(', ')}`

function causeLines({ causes, causesTotal, causesArchived = [] }: DecisionRecord): string[] {
  if (causes.length === 0 && causesArchived.length > 0) {
    return [`What led to it (${positionWords(causesArchived)}) is archived.`]
  }
  if (causes.length === 0) return []
  // The last event is what tipped it.
  const shown = causes.slice(-causesShown).map(cause => `${eventWords(cause)} (position ${cause.position})`)
  const more = causesTotal - shown.length
  return [`Because ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`]
}
