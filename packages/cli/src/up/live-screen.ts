import type { ClusterOverview, DaemonSetOverview, Overview, RecentEvent, ShadowDifferences } from '@rollcall/embedded'
import { localClock, shortDuration } from '../output/duration.ts'
import { alignColumns, fitWidth, oneLine } from '../output/table.ts'
import type { Terminal } from '../terminal.ts'
import { isComing } from './complete.ts'

export type LiveView = {
  readonly overview: Overview
  readonly differences: ShadowDifferences
  /** What is wrong just now with what is shown, or with Rollcall itself. */
  readonly troubles: readonly string[]
  readonly runningMs: number
  /** What is going on instead of running, for example `stopping`. */
  readonly note: string | null
}

const eventsMax = 8
const differencesMax = 5

/** The roll call as it stands: a table, differences of observed clusters, the last events. Fits into `rows`. */
export function liveScreen(view: LiveView, terminal: Pick<Terminal, 'paint' | 'columns' | 'rows'>): string[] {
  const { paint } = terminal
  const head = `${paint('bold', 'Roll call')} ${paint('dim', `· up ${shortDuration(view.runningMs)} · ${view.note ?? 'Ctrl-C stops'}`)}`
  const troubles = view.troubles.map(trouble => paint('red', `! ${oneLine(trouble)}`))
  const table = tableLines(view.overview.clusters, terminal)
  const differences = differenceLines(view.differences, terminal)
  // A screen that is taller than the terminal cannot be redrawn in place.
  const room = terminal.rows() - 1 - (1 + troubles.length + table.length + differences.length) - 2
  // An event that is not worth telling has no words.
  const recent = view.overview.recent.filter(({ sentence }) => sentence !== '')
  const events = eventLines(recent.slice(0, Math.max(0, Math.min(eventsMax, room))), terminal)
  const lines = [head, ...troubles, ...table, ...differences, ...(events.length > 0 ? ['', ...events] : [])]
  return lines.slice(0, Math.max(1, terminal.rows() - 1)).map(line => fitWidth(line, terminal.columns()))
}

function tableLines(clusters: readonly ClusterOverview[], { paint }: Pick<Terminal, 'paint'>): string[] {
  const rows = clusters.flatMap(cluster => {
    const name = oneLine(cluster.cluster.name)
    if (cluster.trouble !== null) return [[name, nodesOf(cluster), paint('red', oneLine(cluster.trouble))]]
    if (cluster.daemonSets.length === 0) return [[name, nodesOf(cluster), paint('dim', 'no DaemonSet yet')]]
    return cluster.daemonSets.map((daemonSet, index) => [
      index === 0 ? name : '',
      index === 0 ? nodesOf(cluster) : '',
      `${daemonSet.namespace}/${daemonSet.name}`,
      ...figures(daemonSet),
      stateOf(daemonSet, isComing(cluster), paint),
    ])
  })
  const titles = ['CLUSTER', 'NODES', 'DAEMONSET', 'DESIRED', 'CURRENT', 'READY', 'UP-TO-DATE', '']
  return alignColumns([titles, ...rows])
}

/** `19/20`, and what is special. */
function nodesOf({ nodes }: ClusterOverview): string {
  return `${nodes.ready}/${nodes.total}${nodes.cordoned > 0 ? ` (${nodes.cordoned} cordoned)` : ''}`
}

const figures = ({ desired, current, ready, updated }: DaemonSetOverview): string[] =>
  [desired, current, ready, updated].map(String)

function stateOf(
  { settled, desired, misscheduled }: DaemonSetOverview,
  isClusterComing: boolean,
  paint: Terminal['paint'],
): string {
  const extra = misscheduled > 0 ? paint('yellow', ` ${misscheduled} misscheduled`) : ''
  const isHere = settled && !isClusterComing
  if (isHere && desired === 0) return paint('dim', 'no node is to run it')
  return (isHere ? paint('green', '✓ all here') : paint('yellow', '… on the way')) + extra
}

function differenceLines({ items, isCut }: ShadowDifferences, { paint }: Pick<Terminal, 'paint'>): string[] {
  if (items.length === 0) return []
  const shown = items
    .slice(0, differencesMax)
    .map(({ cluster, sentence }) => `  ${oneLine(cluster)}: ${oneLine(sentence)}`)
  const more = items.length - shown.length
  return [
    '',
    paint('bold', "Where the cluster's own controller did otherwise"),
    ...shown,
    ...(more > 0 ? [paint('dim', `  and ${more} more${isCut ? ', at least' : ''}`)] : []),
  ]
}

function eventLines(events: readonly RecentEvent[], { paint }: Pick<Terminal, 'paint'>): string[] {
  const times = events.map(({ at }) => localClock(at))
  const rows = alignColumns(
    events.map(({ cluster, sentence }, index) => [times[index] ?? '', oneLine(cluster), oneLine(sentence)]),
  )
  // Newest last, as in a log.
  return rows.map(line => paint('dim', line)).reverse()
}
