import { canonicalJson, type Decision } from '@rollcall/contracts'
import type { Difference, ReplayReport, SlotDecision } from '@rollcall/replay'
import { localTime } from '../output/duration.ts'
import { oneLine } from '../output/table.ts'
import { counted } from '../sentences/judged.ts'
import { sentenceOf } from '../sentences/rules.ts'
import type { Terminal } from '../terminal.ts'
import { commandLine } from './step-lines.ts'

/** What a replay found, for people: the verdict first. */
export function reportLines(report: ReplayReport, { paint }: Pick<Terminal, 'paint'>): string[] {
  const { source, core, recordedBy, positions, events, points, differing, broken, undecidedAtEnd, chain, agrees } =
    report
  const by = recordedBy.length === 0 ? '' : `, recorded by core ${recordedBy.join(', ')}`
  const where = positions === null ? '' : `, at positions ${positions.from} to ${positions.to}`
  const verdict = agrees ? paint('green', 'agrees') : paint('red', broken ? 'cannot be replayed' : 'does not agree')
  return [
    `${oneLine(source)}: ${verdict}`,
    `  ${counted(events, 'event')}, ${counted(points, 'decision point')} decided anew by core ${core}${by}${where}: ${points - differing} agree, ${differing} differ`,
    ...chainLines(chain),
    ...(broken ? [oneLine(`  broken at position ${broken.position}: ${broken.problem}`)] : []),
    ...(undecidedAtEnd ? ['  behind the last event this core would decide something that is not on record yet'] : []),
    ...report.daemonSets.map(({ namespace, name, points: count }) =>
      oneLine(`  DaemonSet ${namespace}/${name} differs at ${counted(count, 'decision point')}`),
    ),
    ...report.differences.flatMap(differenceLines),
    ...moreLines(report),
  ]
}

function chainLines(chain: ReplayReport['chain']): string[] {
  if (chain === null) return []
  if (chain.ok) return [`  hash chain intact over ${counted(chain.rows, 'row')}`]
  return [oneLine(`  hash chain broken at position ${chain.position}: ${chain.problem}`)]
}

function moreLines({ differences, differencesTotal }: ReplayReport): string[] {
  const more = differencesTotal - differences.length
  return more === 0
    ? []
    : [`  … and ${counted(more, 'more difference', 'more differences')} (--differences shows more)`]
}

function differenceLines(difference: Difference): string[] {
  const { position, at, daemonSet, node, what, recorded, now } = difference
  const who = daemonSet
    ? `DaemonSet ${daemonSet.namespace}/${daemonSet.name}${node === null ? '' : ` on node ${node}`}`
    : 'order'
  const head = oneLine(`  position ${position}, ${localTime(at)}, ${what === 'wakeAt' ? 'time to look again' : who}:`)
  if (what === 'order') return [`${head} the same, in another order`]
  return [head, ...side('recorded', recorded), ...side('now', now), ...factLines(recorded, now)]
}

function side(title: string, part: Difference['recorded']): string[] {
  const lines = part === null ? ['nothing'] : 'wakeAt' in part ? [wakeWords(part.wakeAt)] : slotWords(part)
  return lines.map((line, index) => oneLine(`    ${(index === 0 ? title : '').padEnd(9)} ${line}`))
}

/** Of decisions by the same rule: facts that are not the same. A sentence does not tell them all. */
function factLines(recorded: Difference['recorded'], now: Difference['now']): string[] {
  if (recorded === null || now === null || 'wakeAt' in recorded || 'wakeAt' in now) return []
  return recorded.decisions.flatMap((before, index) => {
    const after = now.decisions[index]
    if (after?.reason.rule !== before.reason.rule) return []
    const names = [...new Set([before, after].flatMap(({ reason }) => Object.keys(reason.facts)))].sort()
    return names
      .filter(name => factOf(before, name) !== factOf(after, name))
      .map(name => oneLine(`    facts     ${name}: recorded ${factOf(before, name)}, now ${factOf(after, name)}`))
  })
}

function factOf({ reason: { facts } }: Decision, name: string): string {
  const fact = facts[name]
  return fact === undefined ? 'nothing' : canonicalJson(fact)
}

const wakeWords = (at: number | null): string => (at === null ? 'never' : localTime(at))

function slotWords({ decisions, commands, marks }: SlotDecision): string[] {
  return [
    ...decisions.map(decision => `${sentenceOf(decision)} (${decision.action}: ${decision.reason.rule})`),
    ...commands.map(command => `> ${commandLine(command)}`),
    ...marks.map(mark => `mark ${canonicalJson(mark)}`),
  ]
}
