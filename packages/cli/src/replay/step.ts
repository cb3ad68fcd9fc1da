import { type LedgerSource, type Step, stateAt, Walk } from '@rollcall/replay'
import { checkedFormat, structured } from '../output/format.ts'
import type { Ports } from '../ports.ts'
import { countOf, momentOf, type RecordOptions, withRecord } from './open-record.ts'
import { withProgress } from './progress.ts'
import { stepLines } from './step-lines.ts'

export type StepFlags = RecordOptions & {
  readonly at?: string
  readonly count: string
  readonly back?: boolean
  readonly output: string
}

const countMax = 100_000

/** `rollcall step`: positions one by one, forward or backward. */
export async function stepThrough(file: string | undefined, flags: StepFlags, ports: Ports): Promise<void> {
  const format = checkedFormat(flags.output)
  const count = countOf('--count', flags.count, countMax)
  const steps = await withRecord(file, flags, ports, async source => {
    const walk = await openWalk(source, flags, ports)
    try {
      return await walked(walk, count, flags.back === true)
    } finally {
      await walk.close()
    }
  })
  if (format === 'json' || format === 'yaml') {
    ports.terminal.out(await structured(format, { items: steps }))
    return
  }
  if (steps.length === 0) ports.terminal.err(`The record ${flags.back ? 'begins' : 'ends'} here.\n`)
  for (const step of steps) ports.terminal.out(`${stepLines(step, ports.terminal).join('\n')}\n`)
}

async function openWalk(source: LedgerSource, { at, back }: StepFlags, ports: Ports): Promise<Walk> {
  return await withProgress('folding', ports, async onProgress => {
    if (at === undefined) {
      const { snapshot } = await source.fromStart()
      const start = snapshot?.position ?? 0
      return await Walk.open(source, back === true ? (source.lastPosition ?? start) : start, { onProgress })
    }
    const moment = momentOf('--at', at, ports.now())
    const position = 'position' in moment ? moment.position : (await stateAt(source, moment, { onProgress })).position
    return await Walk.open(source, position, { onProgress })
  })
}

async function walked(walk: Walk, count: number, isBack: boolean): Promise<Step[]> {
  const steps: Step[] = []
  while (steps.length < count) {
    const step = isBack ? await walk.backward() : await walk.forward()
    if (step === null) break
    steps.push(step)
  }
  return steps
}
