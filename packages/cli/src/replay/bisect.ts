import { bisect, Walk } from '@rollcall/replay'
import { checkedFormat, structured } from '../output/format.ts'
import type { Ports } from '../ports.ts'
import { type RecordOptions, windowOf, withRecord } from './open-record.ts'
import { withProgress } from './progress.ts'
import { stepLines } from './step-lines.ts'

export type BisectFlags = RecordOptions & {
  readonly when: string
  readonly from?: string
  readonly to?: string
  readonly output: string
}

/** `rollcall bisect --when CONDITION`: the first event after which it holds, and what happened there. */
export async function bisectRecord(file: string | undefined, flags: BisectFlags, ports: Ports): Promise<void> {
  const format = checkedFormat(flags.output)
  const { terminal } = ports
  await withRecord(file, flags, ports, async source => {
    const found = await withProgress('asking', ports, onProgress =>
      bisect(source, flags.when, { ...windowOf(flags, ports.now()), onProgress }),
    )
    const walk = found.position === null ? null : await Walk.open(source, found.position - 1)
    const step = (await walk?.forward()) ?? null
    await walk?.close()
    if (format === 'json' || format === 'yaml') {
      terminal.out(await structured(format, { ...found, step }))
      return
    }
    if (step) terminal.out(`It holds since position ${step.position}:\n${stepLines(step, terminal).join('\n')}\n`)
    else if (found.heldBefore) terminal.out('It held before the first event that was looked at.\n')
    else terminal.out(`It held after none of ${found.tested} events, up to position ${found.last}.\n`)
    if (found.neverSeen.length > 0 && !step) terminal.err(`Never there: ${found.neverSeen.join(', ')}.\n`)
  })
}
