import type { Command, DecisionPoint, Event } from '@rollcall/contracts'
import { eventSummary, type Step, type ViewChange } from '@rollcall/replay'
import { localTime } from '../output/duration.ts'
import { oneLine } from '../output/table.ts'
import { eventWords } from '../sentences/events.ts'
import { sentenceOf } from '../sentences/rules.ts'
import type { Terminal } from '../terminal.ts'

/** So many changes and decisions of one position are shown; the rest is counted. */
const shownMax = 20

/** One position: what happened, what changed, what was decided and why. */
export function stepLines({ position, event, points, changes }: Step, { paint }: Pick<Terminal, 'paint'>): string[] {
  const said = oneLine(sentence(position, event))
  return [
    paint('bold', `${position}  ${localTime(event.at)}  ${said}`),
    ...capped(changes.filter(isTelling).map(changeLine)),
    ...points.flatMap(point => pointLines(point)),
  ]
}

/** The event as a clause: `node n17 was seen (ready)`. */
export const sentence = (position: number, event: Event): string =>
  eventWords({ ...eventSummary(position, event), event })

/** What was decided is told with the decisions. */
const isTelling = ({ kind, change, members }: ViewChange): boolean =>
  kind !== 'slot' || change !== 'changed' || members.some(({ name }) => name !== 'lastDecision' && name !== 'inFlight')

const words = { node: 'node', pod: 'pod', daemonSet: 'DaemonSet', slot: 'slot', flight: 'command' } as const
const signs = { came: '+', went: '-', changed: '~' } as const

function changeLine({ kind, name, change, members }: ViewChange): string {
  const changed = members.map(({ name: member, before, after }) => `${member} ${shown(before)} → ${shown(after)}`)
  return oneLine(`  ${signs[change]} ${words[kind]} ${name}${changed.length === 0 ? '' : `: ${changed.join(', ')}`}`)
}

const shown = (value: unknown): string => (typeof value === 'string' && value !== '' ? value : JSON.stringify(value))

function pointLines({ decisions, commands, core }: DecisionPoint): string[] {
  if (decisions.length + commands.length === 0) return []
  return [
    `  decided by core ${core}:`,
    ...capped(
      decisions.map(decision => {
        const { rule, source } = decision.reason
        return oneLine(`    ${sentenceOf(decision)} (${rule}, ${source})`)
      }),
    ),
    ...capped(commands.map(command => oneLine(`    > ${commandLine(command)}`))),
  ]
}

/** `CreatePod fluentd-x on node n17` */
export function commandLine(command: Command): string {
  const object =
    'podName' in command ? command.podName : 'pod' in command ? command.pod.name : 'name' in command ? command.name : ''
  const node = 'node' in command && command.node !== null ? ` on node ${command.node}` : ''
  return `${command.type}${object === '' ? '' : ` ${object}`}${node}`
}

function capped(lines: readonly string[]): string[] {
  const more = lines.length - shownMax
  return more <= 0 ? [...lines] : [...lines.slice(0, shownMax), `    … and ${more} more (-o json shows all)`]
}
