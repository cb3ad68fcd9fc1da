import type { Hold, Intent } from '@rollcall/contracts/api'
import { CliError } from '../errors.ts'
import { didYouMean } from '../near.ts'
import { localTime, shortDuration } from '../output/duration.ts'
import { printList, structured } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import { durationArgument } from '../output/time-argument.ts'
import type { Ports } from '../ports.ts'
import { eligibility } from '../sentences/eligibility.ts'
import { eventWords } from '../sentences/events.ts'
import { type QueryOptions, type Scope, scopeOf, whereOf } from './scope.ts'

export type HoldsOptions = QueryOptions & { readonly all?: boolean }

/** `rollcall holds [HOLD] [--all]` */
export async function listHolds(id: string | undefined, options: HoldsOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  if (id !== undefined) {
    const hold = await holdNamed(id, scope)
    if (scope.format === 'table' || scope.format === 'wide')
      ports.terminal.out(`${(await story(hold, scope, ports)).join('\n')}\n`)
    else await printList({ rows: [hold], columns: columns(ports.now()), what: 'holds' }, scope.format, ports)
    return
  }
  const state = options.all ? undefined : (['open', 'rejected'] as const)
  const rows = await scope.client.all('holds', { cluster: scope.clusters, state: state && [...state] })
  await printList(
    { rows, columns: columns(ports.now()), what: options.all ? 'holds' : 'holds that wait' },
    scope.format,
    ports,
  )
}

/** `rollcall approve HOLD` */
export async function approveHold(id: string, options: QueryOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const hold = await holdNamed(id, scope)
  // What is held by the time this is read, and was not when it was looked at, is not approved.
  const seen = { position: hold.position }
  const intent = await scope.client.request('approveHold', { cluster: hold.cluster, hold: hold.id }, seen)
  await settled(`Approved: ${reach(hold)} ${hold.nodes === 1 ? 'is' : 'are'} deleted now`, intent, scope, ports)
}

/** `rollcall reject HOLD [--for DURATION]` */
export async function rejectHold(id: string, options: QueryOptions & { for?: string }, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const forMs = options.for === undefined ? null : durationArgument('--for', options.for)
  const hold = await holdNamed(id, scope)
  const intent = await scope.client.request('rejectHold', { cluster: hold.cluster, hold: hold.id }, { forMs })
  const howLong = forMs === null ? 'while its cause lasts' : `for ${shortDuration(forMs)}, and then it is asked again`
  await settled(`Rejected: ${reach(hold)} ${hold.nodes === 1 ? 'stays' : 'stay'} ${howLong}`, intent, scope, ports)
}

async function settled(words: string, intent: Intent, { format }: Scope, { terminal }: Ports): Promise<void> {
  if (format === 'json' || format === 'yaml') terminal.out(await structured(format, intent))
  else
    terminal.out(
      `${words}. On record at position ${intent.position} of ${oneLine(intent.cluster)}, asked by ${oneLine(intent.user)}.\n`,
    )
}

async function holdNamed(id: string, scope: Scope): Promise<Hold> {
  const found = await scope.client.all('holds', { cluster: scope.clusters, hold: id })
  const [hold] = found
  if (hold !== undefined && found.length === 1) return hold
  if (hold !== undefined) {
    const clusters = found.map(({ cluster }) => cluster).join(', ')
    throw new CliError('usage', `there is a hold ${id} in several clusters: ${clusters}`, 'name one with --cluster')
  }
  const standing = await scope.client.all('holds', { cluster: scope.clusters, state: ['open', 'rejected'] })
  const near = didYouMean(
    id,
    standing.map(hold => hold.id),
  )
  throw new CliError('notFound', `there is no hold ${id} on record ${whereOf(scope)}`, near ?? 'see rollcall holds')
}

const nameOf = ({ daemonSet: { namespace, name } }: Hold): string => `${namespace}/${name}`
const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`
const reach = (hold: Hold): string => `${counted(hold.pods ?? hold.nodes, 'pod')} of ${oneLine(nameOf(hold))}`

const columns = (now: number): Column<Hold>[] => [
  { title: 'HOLD', cell: ({ id }) => oneLine(id) },
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: 'DAEMONSET', cell: hold => oneLine(nameOf(hold)) },
  {
    title: 'STATE',
    cell: ({ state, until }) => (until === null ? state : `${state} until ${localTime(Date.parse(until))}`),
  },
  { title: 'NODES', cell: ({ nodes }) => String(nodes) },
  { title: 'PODS', cell: ({ pods, total }) => (pods === null ? '-' : `${pods}/${total ?? '?'}`) },
  { title: 'AGE', cell: ({ openedAt }) => shortDuration(now - Date.parse(openedAt)) },
  {
    title: 'WHY',
    cell: ({ because }) => oneLine(because.map(({ rule, nodes }) => `${rule} (${nodes})`).join(', ') || '-'),
  },
  { title: 'BY', cell: ({ by }) => oneLine(by?.user ?? '-'), isWide: true },
  { title: 'FIRST NODES', cell: ({ sample }) => oneLine(sample.join(',') || '-'), isWide: true },
]

/** One hold: how far it reaches, why, what led to it, and what can be done. */
async function story(hold: Hold, { client }: Scope, { terminal: { paint }, now }: Ports): Promise<string[]> {
  const { cluster, state, openedAt, nodes, total, because, sample, causes, by, until } = hold
  const ago = (instant: string) =>
    `${localTime(Date.parse(instant))} (${shortDuration(now() - Date.parse(instant))} ago)`
  const events = []
  for (const position of causes.slice(0, 3)) {
    const page = await client.ask('events', {}, { cluster: [cluster], from: [String(position - 1)], limit: 1 })
    events.push(...page.items.filter(event => event.position === position))
  }
  const more = nodes - sample.length
  return [
    `${paint('bold', `Hold ${oneLine(hold.id)}`)} in cluster ${oneLine(cluster)}: ${stateWords[state]}${by ? ` by ${oneLine(by.user)}` : ''}${until ? ` until ${localTime(Date.parse(until))}` : ''}`,
    `  It ${state === 'open' || state === 'rejected' ? 'keeps' : 'kept'} ${reach(hold)} (of ${total ?? '?'}) since ${ago(openedAt)}.`,
    ...because.map(({ rule, nodes, facts }) => `  ${oneLine(why(hold, rule, facts))} (${counted(nodes, 'node')})`),
    ...(sample.length > 0 ? [`  Nodes: ${oneLine(sample.join(', '))}${more > 0 ? `, and ${more} more` : ''}`] : []),
    ...(events.length > 0
      ? [
          `  What led to it: ${oneLine(events.map(event => `${eventWords(event)} (position ${event.position})`).join('; '))}`,
        ]
      : []),
    ...(state === 'open' ? [`  Settle it: rollcall approve ${hold.id}, or rollcall reject ${hold.id} [--for 1h]`] : []),
  ]
}

const stateWords = {
  open: 'waits for somebody',
  rejected: 'rejected',
  approved: 'approved',
  dissolved: 'dissolved, its cause is undone',
} as const

function why({ daemonSet }: Hold, rule: string, facts: Hold['because'][number]['facts']): string {
  const maker = Object.hasOwn(eligibility, rule) ? eligibility[rule] : undefined
  if (!maker) return rule
  const said = maker({ daemonSet, node: null, action: 'wait', reason: { rule, source: 'guard', facts } })
  return `${said.slice(0, 1).toUpperCase()}${said.slice(1).replace(/, so nothing is done for now$/, '')}`
}
