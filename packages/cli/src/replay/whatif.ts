import type { Taint } from '@rollcall/contracts'
import { type Change, compareHistories, type LedgerSource, type Moment, whatIf } from '@rollcall/replay'
import { CliError } from '../errors.ts'
import { checkedFormat, structured } from '../output/format.ts'
import type { Ports } from '../ports.ts'
import { withCore } from './load-core.ts'
import { countOf, momentOf, type RecordOptions, withRecord } from './open-record.ts'
import { withProgress } from './progress.ts'
import { readManifest } from './read-manifest.ts'
import { whatIfLines } from './whatif-lines.ts'

export type WhatIfFlags = RecordOptions & {
  readonly from?: string
  readonly to?: string
  readonly daemonset?: readonly string[]
  readonly label?: readonly string[]
  readonly taint?: readonly string[]
  readonly dropEvent?: readonly string[]
  readonly core?: string
  readonly output: string
}

/** `rollcall whatif`: the record, and what would have become of it, side by side. */
export async function tellWhatIf(file: string | undefined, flags: WhatIfFlags, ports: Ports): Promise<void> {
  const format = checkedFormat(flags.output)
  const changes = await changesOf(flags)
  if (changes.length === 0 && flags.core === undefined) {
    throw new CliError('usage', 'what is to be otherwise?', 'add --daemonset, --label, --taint, --drop-event or --core')
  }
  const now = ports.now()
  const to = flags.to === undefined ? {} : { to: momentOf('--to', flags.to, now) }
  await withRecord(file, flags, ports, source =>
    withCore(flags.core, ports, async core => {
      const from = flags.from === undefined ? beginOf(source, changes) : momentOf('--from', flags.from, now)
      const told = await withProgress('folding', ports, onProgress =>
        whatIf(source, { from, ...to, changes, core, onProgress }),
      )
      const comparison = compareHistories(told)
      if (format === 'json' || format === 'yaml') {
        const { recorded, alternative, control, ...about } = told
        const histories = Object.entries({ recorded, alternative, control }).map(([name, { acts, gaps, pods }]) => [
          name,
          { acts, gaps: Object.fromEntries(gaps), pods: Object.fromEntries(pods) },
        ])
        const { recorded: ofRecord, unchanged, alternative: ofAlternative, ...compared } = comparison
        ports.terminal.out(
          await structured(format, {
            ...about,
            blast: { recorded: ofRecord, unchanged, alternative: ofAlternative },
            ...compared,
            ...Object.fromEntries(histories),
          }),
        )
        return
      }
      ports.terminal.out(`${whatIfLines(told, comparison, ports.terminal).join('\n')}\n`)
    }),
  )
}

/** Before the first event that is dropped; else at the end: what would come of it now. */
function beginOf({ lastPosition }: LedgerSource, changes: readonly Change[]): Moment {
  const dropped = changes.flatMap(change => (change.kind === 'dropEvent' ? [change.position] : []))
  return { position: dropped.length > 0 ? Math.max(0, Math.min(...dropped) - 1) : (lastPosition ?? 0) }
}

async function changesOf(flags: WhatIfFlags): Promise<Change[]> {
  const changes: Change[] = []
  for (const file of flags.daemonset ?? []) changes.push({ kind: 'daemonSet', facts: await readManifest(file) })
  for (const text of flags.label ?? []) changes.push({ kind: 'label', ...labelArgument(text) })
  for (const text of flags.taint ?? []) changes.push({ kind: 'taint', ...taintArgument(text) })
  for (const text of flags.dropEvent ?? []) {
    const position = countOf('--drop-event', text.replace(/^@/, ''), 999_999_999, 1)
    changes.push({ kind: 'dropEvent', position })
  }
  return changes
}

/** `n17=disk=ssd`, `n17=disk-` */
function labelArgument(text: string): { node: string; label: string; value: string | null } {
  const [, node, label, sign, value = ''] = /^([^=]+)=([^=]+?)(?:(-)|=([^=]*))$/.exec(text) ?? []
  if (node === undefined || label === undefined) {
    throw new CliError(
      'usage',
      `--label ${JSON.stringify(text)} is no label of a node`,
      'write NODE=LABEL=VALUE or NODE=LABEL-',
    )
  }
  return { node, label, value: sign === '-' ? null : value }
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** `n17=gpu=true:NoSchedule`, `n17=gpu:NoSchedule-` */
function taintArgument(text: string): { node: string; taint: Taint; isRemoved: boolean } {
  const [, node, key, value = '', effect = '', sign] = /^([^=]+)=([^=:]+)(?:=([^=:]*))?:(\w+)(-)?$/.exec(text) ?? []
  if (node === undefined || key === undefined || !effects.includes(effect)) {
    const mend = `write NODE=KEY=VALUE:EFFECT or NODE=KEY:EFFECT-; EFFECT is ${effects.join(', ')}`
    throw new CliError('usage', `--taint ${JSON.stringify(text)} is no taint of a node`, mend)
  }
  return { node, taint: { key, value, effect }, isRemoved: sign === '-' }
}
