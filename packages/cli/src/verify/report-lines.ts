import type { ChainReport, CheckpointReport, ProjectionDifference, ProjectionsReport } from '@rollcall/store'
import { oneLine } from '../output/table.ts'
import type { Terminal } from '../terminal.ts'

const number = (count: number): string => count.toLocaleString('en')
const many = (count: number, noun: string): string => `${number(count)} ${noun}${count === 1 ? '' : 's'}`
const time = (ms: number): string => new Date(ms).toISOString()

/** What a person reads of a report. */
export function reportLines(report: ChainReport, { paint }: Pick<Terminal, 'paint'>): string[] {
  const { cluster, rows, checkpoints } = report
  if (report.ok) {
    return [
      `${cluster}: ${paint('green', 'as it was written')}`,
      `  ${many(rows, 'row')} up to position ${number(report.lastPosition)}`,
      ...archivedLines(report),
      ...checkpointLines(checkpoints),
    ]
  }
  const { position, seq, type, at } = report
  const what = type === null || at === null ? '' : `, ${type} of ${time(at)}`
  const point = seq === 0 ? '' : `, decision point ${seq}`
  return [
    `${cluster}: ${paint('red', 'ALTERED')} at position ${position}${point}${what}`,
    `  ${report.problem}`,
    `  ${many(rows, 'row')} before it are as they were written`,
    ...checkpointLines(checkpoints),
  ]
}

const archivedLines = ({ archived }: ChainReport): string[] =>
  archived === null
    ? []
    : [
        `  positions 1 to ${number(archived.lastPosition)} were not looked at: with --archive ${archived.place} they are`,
      ]

/** What a person reads of projections that were held against the ledger. */
export function projectionLines(
  { differences, lastPosition }: ProjectionsReport,
  { paint }: Pick<Terminal, 'paint'>,
): string[] {
  if (differences.length === 0) {
    return [`  projections: ${paint('green', 'as the ledger tells them')} up to position ${number(lastPosition)}`]
  }
  return [
    `  projections: ${paint('red', 'ALTERED')}, the first row of each table:`,
    ...differences.flatMap(differenceLines),
  ]
}

function differenceLines({ table, rows, position, key, columns, recorded, rebuilt }: ProjectionDifference): string[] {
  const row = Object.entries(key).map(([name, value]) => `${name} ${short(value)}`)
  const head = `    ${table}, ${row.join(', ')}, of position ${number(position)}`
  const more = rows === 1 ? [] : [`      ${many(rows, 'row')} of ${table} differ`]
  if (recorded === null) return [`${head}: the ledger tells of this row, but it is missing`, ...more]
  if (rebuilt === null) return [`${head}: the ledger tells of no such row`, ...more]
  return [
    head,
    ...columns.map(name => `      ${name} is ${short(recorded[name])}, the ledger tells ${short(rebuilt[name])}`),
    ...more,
  ]
}

const shownMax = 120

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null)
  return oneLine(text.length > shownMax ? `${text.slice(0, shownMax)}…` : text)
}

function checkpointLines({ count, keys, newest, uncovered, anchors }: CheckpointReport): string[] {
  if (newest === null) {
    return [
      ...anchorLines(anchors),
      '  no checkpoints: a chain that was rewritten as a whole, or cut off at its end, could not be told',
    ]
  }
  const behind =
    uncovered === 0 ? '' : `; ${many(uncovered, 'position')} behind it, which only the chain vouches for yet`
  return [
    ...anchorLines(anchors),
    `  ${many(count, 'checkpoint')}, the newest of ${time(newest.at)} at position ${number(newest.position)}${behind}`,
    ...(keys === 'given'
      ? []
      : ['  by the keys that the database itself names: bring them with --public-key for proof against its owner']),
  ]
}

function anchorLines(anchors: CheckpointReport['anchors']): string[] {
  if (anchors === null) return []
  if (anchors.count === 0) return ['  none of the anchors is of this cluster']
  return [`  held against ${many(anchors.count, 'anchor')}, the last of position ${number(anchors.lastPosition)}`]
}
