import { writeFile } from 'node:fs/promises'
import {
  type LedgerSource,
  type Moment,
  type OnProgress,
  type Subject,
  takeCapture,
  windowAround,
} from '@rollcall/replay'
import { CliError } from '../errors.ts'
import { localTime } from '../output/duration.ts'
import { oneLine } from '../output/table.ts'
import { durationArgument, timeArgument } from '../output/time-argument.ts'
import type { Ports } from '../ports.ts'
import { type RecordOptions, windowOf, withRecord } from './open-record.ts'
import { withProgress } from './progress.ts'

export type CaptureFlags = RecordOptions & {
  readonly output: string
  readonly around?: string
  readonly window: string
  readonly about?: string
  readonly from?: string
  readonly to?: string
  readonly keepPeople?: boolean
  readonly keepAnswers?: boolean
}

/** `rollcall capture -o FILE`: a window of a record as a file. */
export async function capture(file: string | undefined, flags: CaptureFlags, ports: Ports): Promise<void> {
  if (flags.around !== undefined && (flags.from !== undefined || flags.to !== undefined)) {
    throw new CliError('usage', '--around and --from or --to both say which part is taken', 'give one or the other')
  }
  const kept = { people: flags.keepPeople === true, answers: flags.keepAnswers === true }
  const { bytes, manifest, digest } = await withRecord(file, flags, ports, source =>
    withProgress('reading', ports, async onProgress => {
      const window = await windowAsked(source, flags, ports, onProgress)
      return await takeCapture(source, { ...window, about: flags.about ?? flags.around ?? '', kept, onProgress })
    }),
  )
  await writeFile(flags.output, bytes, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') {
      throw new CliError('usage', `${flags.output} is there already`, 'name another file, or remove it')
    }
    throw new CliError(
      'failed',
      `${flags.output} cannot be written: ${error.message}`,
      'check the folder and its rights',
    )
  })
  const { cluster, from, to, events, decisionPoints } = manifest
  ports.terminal.out(
    `${oneLine(flags.output)}: ${bytes.length.toLocaleString('en')} bytes, digest ${digest.slice(0, 12)}
  cluster ${oneLine(cluster)}, positions ${from.position + 1} to ${to.position}, up to ${localTime(to.time)}
  ${from.position === 0 ? 'from the start of the record' : 'with the state before'}, ${events} events, ${decisionPoints} decision points
  In it: ${['names, labels and taints of nodes', 'names and labels of pods', 'images', 'digests', ...inIt(kept, true)].join(', ')}.
  Not in it: ${['manifests', 'environment values', ...inIt(kept, false)].join(', ')}.
`,
  )
}

const inIt = (kept: { readonly people: boolean; readonly answers: boolean }, isIn: boolean): string[] => [
  ...(kept.people === isIn ? ['names and addresses of people'] : []),
  ...(kept.answers === isIn ? ['what API servers said'] : []),
]

async function windowAsked(
  source: LedgerSource,
  flags: CaptureFlags,
  { now }: Ports,
  onProgress: OnProgress,
): Promise<{ from?: Moment; to?: Moment }> {
  if (flags.around === undefined) return windowOf(flags, now())
  const windowMs = durationArgument('--window', flags.window)
  const subject = subjectArgument(flags.around)
  if (subject) return await windowAround(source, subject, windowMs, onProgress)
  const time = Date.parse(timeArgument('--around', flags.around, now()))
  return { from: { time: time - windowMs }, to: { time: time + windowMs } }
}

const kinds = { pod: 'Pod', po: 'Pod', daemonset: 'DaemonSet', ds: 'DaemonSet', node: 'Node', no: 'Node' } as const

/** `pod/fluentd-x`, `pod/logging/fluentd-x`, `node/n17`; null: it is none of these. @throws CliError when it names nothing */
function subjectArgument(text: string): Subject | null {
  const [kind = '', ...names] = text.split('/')
  if (names.length === 0 || !Object.hasOwn(kinds, kind)) return null
  const known = kinds[kind as keyof typeof kinds]
  const [first = '', second] = names
  if (known === 'Node' && first !== '' && second === undefined) return { kind: known, namespace: '', name: first }
  if (known !== 'Node' && first !== '' && names.length === 1) return { kind: known, namespace: null, name: first }
  if (known !== 'Node' && first !== '' && second && names.length === 2) {
    return { kind: known, namespace: first, name: second }
  }
  const form = known === 'Node' ? `${kind}/NAME` : `${kind}/NAME or ${kind}/NAMESPACE/NAME`
  throw new CliError('usage', `--around ${JSON.stringify(text)} names nothing`, `write it as ${form}`)
}
