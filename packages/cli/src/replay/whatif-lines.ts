import type { Act, Blast, Comparison, SlotHistory, WhatIf } from '@rollcall/replay'
import { localTime, shortDuration } from '../output/duration.ts'
import { alignColumns, oneLine } from '../output/table.ts'
import { counted } from '../sentences/judged.ts'
import type { Terminal } from '../terminal.ts'

const slotsShown = 30

/** Both histories, side by side: what they did to the cluster, and where they differ. */
export function whatIfLines(told: WhatIf, comparison: Comparison, { paint }: Pick<Terminal, 'paint'>): string[] {
  const { source, core, from, to, recordEnds } = told
  const { recorded, unchanged, alternative, differences, fidelity } = comparison
  const beyond = to > recordEnds ? `; the record ends ${localTime(recordEnds)}` : ''
  return [
    oneLine(
      `From position ${from.position} of ${source}, ${localTime(from.time)}, to ${localTime(to)}${beyond}; core ${core}`,
    ),
    '',
    ...alignColumns([
      ['', 'RECORDED', 'UNCHANGED', 'WHAT IF'],
      ...figures.map(([title, cell]) => [title, ...[recorded, unchanged, alternative].map(cell)]),
      [
        'the last of them after',
        ...[told.recorded, told.control, told.alternative].map(({ acts }) => lastAct(acts, from.time)),
      ],
    ]),
    '',
    ...differenceLines(comparison, from.time, paint),
    fidelityLine(fidelity, paint),
    ...(differences.length > slotsShown ? [`-o json tells all ${differences.length} slots.`] : []),
  ]
}

const figures: readonly (readonly [string, (blast: Blast) => string])[] = [
  ['pods created', ({ created }) => String(created)],
  ['pods deleted', ({ deleted }) => String(deleted)],
  ['nodes without a ready pod that should have one', ({ uncoveredSlots }) => String(uncoveredSlots)],
  ['  altogether so long', ({ uncoveredMs }) => length(uncoveredMs)],
  ['  the longest', ({ longestMs }) => length(longestMs)],
]

const length = (ms: number): string => (ms < 10_000 ? `${(ms / 1_000).toFixed(1)}s` : shortDuration(ms))

const lastAct = (acts: readonly Act[], from: number): string => {
  const last = acts.at(-1)
  return last ? length(last.at - from) : '-'
}

function differenceLines({ differences, base }: Comparison, from: number, paint: Terminal['paint']): string[] {
  if (differences.length === 0) return ['In every slot the same is done; only the times may differ.']
  const shown = differences.slice(0, slotsShown)
  const rows = shown.map(({ slot, base: before, alternative }) => [
    oneLine(slot),
    historyWords(before, from),
    historyWords(alternative, from),
  ])
  const [head = '', ...lines] = alignColumns([['DAEMONSET NODE', base.toUpperCase(), 'WHAT IF'], ...rows])
  return [`${counted(differences.length, 'slot')} in which something else is done:`, paint('bold', head), ...lines, '']
}

/** `deleted +0.1s (rollout-replace), created +2.1s (eligible); 3.4s uncovered` */
function historyWords({ acts, uncoveredMs, pods }: SlotHistory, from: number): string {
  const said = acts.map(({ type, at, rule }) => `${type}d +${length(at - from)} (${rule})`)
  const nothing = pods.length > 0 ? 'its pod stays' : 'no pod'
  return oneLine(`${said.join(', ') || nothing}${uncoveredMs > 0 ? `; ${length(uncoveredMs)} uncovered` : ''}`)
}

function fidelityLine({ slots, same }: Comparison['fidelity'], paint: Terminal['paint']): string {
  if (slots === 0) return 'In the record nothing was done from there on by which the simulation could be measured.'
  const words = `UNCHANGED, the simulation with nothing changed, does what was recorded in ${same} of ${counted(slots, 'slot')}.`
  return same === slots ? words : paint('yellow', `${words} Take the other figures with that much doubt.`)
}
