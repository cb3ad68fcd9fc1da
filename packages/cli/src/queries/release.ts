import type { CommandUnderWay, Hold } from '@rollcall/contracts/api'
import { CliError } from '../errors.ts'
import { shortDuration } from '../output/duration.ts'
import { structured } from '../output/format.ts'
import { oneLine } from '../output/table.ts'
import { durationArgument } from '../output/time-argument.ts'
import type { Ports } from '../ports.ts'
import { oneCluster } from './one-cluster.ts'
import { listed, nameOf, type Outlook, outlookOf, printOutlook } from './outlook.ts'
import type { QueryOptions, Scope } from './scope.ts'

export type ReleaseOptions = QueryOptions & { readonly yes?: boolean; readonly timeout: string }

/** `rollcall release --cluster C [--yes] [--timeout DURATION]`. Of a cluster that was given back before, says whether it is over. */
export async function release(options: ReleaseOptions, ports: Ports): Promise<void> {
  const timeoutMs = durationArgument('--timeout', options.timeout)
  const { scope, name: cluster, mode } = await oneCluster(options, ports)
  const { terminal } = ports
  const isForPrograms = scope.format === 'json' || scope.format === 'yaml'
  const say = (text: string) => {
    if (!isForPrograms) terminal.out(text)
  }
  const isAsked = options.yes === true && mode !== 'observe'
  const daemonSets = await outlookOf(cluster, scope)
  const holds = await scope.client.all('holds', { cluster: [cluster], state: ['open', 'rejected'] })
  const intent = isAsked ? await scope.client.request('requestMode', { cluster }, { mode: 'observe' }) : null
  if (!isForPrograms) printOutlook(daemonSets, terminal)
  for (const line of endsWithUs(daemonSets, holds)) say(`${line}\n`)
  if (intent !== null)
    say(
      `${oneLine(cluster)}: Rollcall decides nothing more in it from position ${intent.position} on, asked by ${oneLine(intent.user)}.\n`,
    )
  else if (mode === 'observe') say(`${oneLine(cluster)}: Rollcall only observes it.\n`)

  const mayEnd = isAsked || mode === 'observe'
  const underWay = await commandsLeft(cluster, mayEnd ? timeoutMs : 0, scope, ports)
  if (isForPrograms)
    terminal.out(
      await structured(scope.format as 'json' | 'yaml', {
        cluster,
        mode,
        daemonSets,
        holds,
        intent,
        commandsUnderWay: underWay,
      }),
    )
  if (!mayEnd) {
    say(
      `Nothing was done. What is missing, unwanted or outdated would be left to the built-in controller${underWay.length === 0 ? '' : `, once ${counted(underWay)} under way ${isOrAre(underWay)} done`}. With --yes it is done.\n`,
    )
  } else if (underWay.length === 0) {
    say('All that it had asked for before is done: the built-in controller may be switched on.\n')
  } else {
    for (const command of underWay.slice(0, linesMax)) say(`  ${lineOf(command, ports.now())}\n`)
    if (underWay.length > linesMax) say(`  and ${underWay.length - linesMax} more, -o json for all\n`)
    throw new CliError(
      'incomplete',
      `${counted(underWay)} of before ${isOrAre(underWay)} still under way in ${cluster} after ${shortDuration(timeoutMs)} (--timeout)`,
      `do not switch the built-in controller on yet: does the executor run? rollcall release --cluster ${cluster} waits on`,
    )
  }
}

/** What holds only while Rollcall acts: the built-in controller knows neither its annotations nor its guard. */
function endsWithUs(daemonSets: readonly Outlook[], holds: readonly Hold[]): string[] {
  const asking = daemonSets.filter(({ annotations }) => Object.keys(annotations).length > 0).map(nameOf)
  const held = holds.map(
    ({ id, daemonSet, pods, nodes }) => `${pods ?? nodes} of ${nameOf(daemonSet)} (${oneLine(id)})`,
  )
  return [
    ...(asking.length > 0
      ? [
          `The built-in controller follows no annotation under rollcall.dev/: rollouts that they hold go on (${listed(asking)}).`,
        ]
      : []),
    ...(held.length > 0
      ? [`It has no guard either: pods that are held would be deleted: ${listed(held)}. Settle that first.`]
      : []),
  ]
}

const linesMax = 10
const pollMs = 1_000
const redrawnLine = '\r\u001b[K'

/** Waits until no command of the cluster is under way, for so long at most; resolves with those that still are. */
async function commandsLeft(
  cluster: string,
  timeoutMs: number,
  { client }: Scope,
  { terminal, now, wait }: Ports,
): Promise<CommandUnderWay[]> {
  const deadline = now() + timeoutMs
  let isDrawn = false
  try {
    while (true) {
      const askedAt = now()
      const left = await client.all('commandsUnderWay', {}, { cluster })
      if (left.length === 0 || now() >= deadline) return left
      if (terminal.isTerminal) {
        isDrawn = true
        terminal.err(`${redrawnLine}waiting for ${counted(left)} of before`)
      }
      // A long list costs the server: it is asked for a small share of the time.
      await wait(Math.min(Math.max(pollMs, 5 * (now() - askedAt)), deadline - now()))
    }
  } finally {
    if (isDrawn) terminal.err(redrawnLine)
  }
}

const counted = ({ length }: readonly unknown[]): string => `${length} command${length === 1 ? '' : 's'}`
const isOrAre = ({ length }: readonly unknown[]): string => (length === 1 ? 'is' : 'are')

function lineOf({ type, daemonSet, node, pod, issuedAt, publishedAt }: CommandUnderWay, now: number): string {
  const words = [
    `${type} for ${daemonSet.namespace}/${daemonSet.name}`,
    ...(pod === null ? [] : [`pod ${pod.name}`]),
    ...(node === null ? [] : [`on ${node}`]),
    `decided ${shortDuration(now - Date.parse(issuedAt))} ago`,
    ...(publishedAt === null ? ['not handed to the executor yet'] : []),
  ]
  return oneLine(words.join(', '))
}
