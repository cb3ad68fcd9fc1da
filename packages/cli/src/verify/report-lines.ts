import type { ChainReport, CheckpointReport } from '@rollcall/store'
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

function checkpointLines({ count, keys, newest, uncovered }: CheckpointReport): string[] {
  if (newest === null) {
    return ['  no checkpoints: a chain that was rewritten as a whole, or cut off at its end, could not be told']
  }
  const behind =
    uncovered === 0 ? '' : `; ${many(uncovered, 'position')} behind it, which only the chain vouches for yet`
  return [
    `  ${many(count, 'checkpoint')}, the newest of ${time(newest.at)} at position ${number(newest.position)}${behind}`,
    ...(keys === 'given'
      ? []
      : ['  by the keys that the database itself names: bring them with --public-key for proof against its owner']),
  ]
}
