import {
  daemonSetsAsOf,
  type LedgerSource,
  nodesAsOf,
  placementsAsOf,
  stateAt,
  whyNodeAsOf,
  whyPodAsOf,
} from '@rollcall/replay'
import { CliError } from '../errors.ts'
import { didYouMean } from '../near.ts'
import { localTime } from '../output/duration.ts'
import { checkedFormat, type Listing, printList, structured } from '../output/format.ts'
import { oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { daemonSetColumns } from '../queries/get-daemonsets.ts'
import { nodeColumns } from '../queries/get-nodes.ts'
import { placementColumns } from '../queries/get-placements.ts'
import { splitName } from '../queries/scope.ts'
import { whyNodeLines } from '../queries/why-node.ts'
import { whyPodLines } from '../queries/why-pod.ts'
import { momentOf, type RecordOptions, withRecord } from './open-record.ts'
import { withProgress } from './progress.ts'

export type AtFlags = RecordOptions & {
  readonly file?: string
  readonly output: string
  readonly namespace?: string
  readonly daemonset?: string
}
export type AtGetFlags = AtFlags & { readonly node?: readonly string[] }
export type AtWhyFlags = AtFlags

type State = Awaited<ReturnType<typeof stateAt>>

/** Lets `answer` have the state of the moment, and says on standard error which it is. */
async function withStateAt(
  moment: string,
  flags: AtFlags,
  ports: Ports,
  answer: (state: State, then: number, source: LedgerSource) => Promise<void>,
): Promise<void> {
  const asked = momentOf('the moment', moment, ports.now())
  if ('time' in asked && asked.time > ports.now()) {
    throw new CliError('usage', `${moment} lies in the future`, 'nothing is known of it: name a time that has been')
  }
  await withRecord(flags.file, flags, ports, async source => {
    const state = await withProgress('folding', ports, onProgress => stateAt(source, asked, { onProgress }))
    const then = 'time' in asked ? asked.time : state.now
    const about = oneLine(`As of position ${state.position}, ${localTime(then)}, cluster ${state.cluster}:`)
    ports.terminal.err(`${about}\n`)
    await answer(state, then, source)
  })
}

/** `rollcall at MOMENT get nodes|daemonsets|placements [NAME…]` */
export async function getAt(
  moment: string,
  kind: 'nodes' | 'daemonsets' | 'placements',
  wanted: readonly string[],
  flags: AtGetFlags,
  ports: Ports,
): Promise<void> {
  const format = checkedFormat(flags.output)
  await withStateAt(moment, flags, ports, async (state, then) => {
    const print = <Row extends object>(listing: Listing<Row>) => printList(listing, format, ports)
    if (kind === 'nodes') {
      const rows = named(nodesAsOf(state), wanted, 'node', ({ name }) => ({ namespace: '', name }))
      await print({ rows, columns: nodeColumns(then), what: kind })
    } else if (kind === 'daemonsets') {
      const inNamespace = daemonSetsAsOf(state).filter(({ namespace }) => isMeant(namespace, flags.namespace))
      const rows = named(inNamespace, wanted, 'DaemonSet', one => one)
      await print({ rows, columns: daemonSetColumns(then), what: 'DaemonSets' })
    } else {
      const of = flags.daemonset === undefined ? null : splitName(flags.daemonset)
      const filtered = placementsAsOf(state).filter(
        ({ namespace, daemonSet, node }) =>
          isMeant(namespace, flags.namespace) &&
          (of === null || (isMeant(namespace, of.namespace) && daemonSet.name === of.name)) &&
          (flags.node === undefined || flags.node.includes(node)),
      )
      const rows = named(filtered, wanted, 'pod', ({ namespace, pod }) => ({ namespace, name: pod.name }))
      await print({ rows, columns: placementColumns(then), what: kind })
    }
  })
}

/** `rollcall at MOMENT why pod|node NAME` */
export async function whyAt(
  moment: string,
  kind: 'pod' | 'node',
  written: string,
  flags: AtWhyFlags,
  ports: Ports,
): Promise<void> {
  const format = checkedFormat(flags.output)
  await withStateAt(moment, flags, ports, async (state, at, source) => {
    const then = { terminal: ports.terminal, now: () => at }
    const modes = { mode: state.mode, modeRequests: [] }
    await withProgress('looking back', ports, async onProgress => {
      if (kind === 'node') {
        const of = flags.daemonset === undefined ? null : splitName(flags.daemonset)
        if (of) expectDaemonSet(state, flags.daemonset ?? '')
        const isOf = ({ namespace, name }: { namespace: string; name: string }) =>
          isMeant(namespace, flags.namespace) && (of === null || (isMeant(namespace, of.namespace) && of.name === name))
        const answer = await whyNodeAsOf(source, state, written, { of: isOf, onProgress })
        ports.terminal.out(
          format === 'json' || format === 'yaml'
            ? await structured(format, { items: [answer] })
            : `${whyNodeLines(answer, written, modes, then).join('\n')}\n`,
        )
        return
      }
      const name = podNamed(state, written, flags.namespace)
      const answer = { cluster: state.cluster, ...name, stories: [await whyPodAsOf(source, state, name, onProgress)] }
      ports.terminal.out(
        format === 'json' || format === 'yaml'
          ? await structured(format, { items: [answer] })
          : `${whyPodLines(answer, modes, then).join('\n')}\n`,
      )
    })
  })
}

const isMeant = (namespace: string, wanted: string | null | undefined): boolean =>
  wanted === undefined || wanted === null || wanted === namespace

/** Those of these names; all when none is given. @throws CliError on a name that nothing had then */
function named<Row>(
  rows: readonly Row[],
  wanted: readonly string[],
  what: string,
  nameOf: (row: Row) => { readonly namespace: string; readonly name: string },
): readonly Row[] {
  if (wanted.length === 0) return rows
  return [...new Set(wanted)].flatMap(written => {
    const { namespace, name } = splitName(written)
    const found = rows.filter(row => nameOf(row).name === name && isMeant(nameOf(row).namespace, namespace))
    if (found.length > 0) return found
    const near = didYouMean(
      name,
      rows.map(row => nameOf(row).name),
    )
    throw new CliError('notFound', `there was no ${what} ${written} then`, near)
  })
}

function expectDaemonSet(state: State, written: string): void {
  named(daemonSetsAsOf(state), [written], 'DaemonSet', one => one)
}

/** With its namespace; without one it must be that of a pod which was there. @throws CliError */
function podNamed(state: State, written: string, inNamespace: string | undefined): { namespace: string; name: string } {
  const { namespace = null, name } = splitName(written)
  const known = namespace ?? inNamespace ?? null
  if (known !== null) return { namespace: known, name }
  const [pod] = named(placementsAsOf(state), [name], 'pod', one => ({ namespace: one.namespace, name: one.pod.name }))
  if (pod) return { namespace: pod.namespace, name }
  throw new CliError('notFound', `there was no pod ${name} then`, 'if it had ended by then, add its namespace')
}
