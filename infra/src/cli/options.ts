import { parseArgs } from 'node:util'
import type { Via } from '../contract.ts'

export type UpOptions = {
  readonly clusters: number
  readonly nodes: number
  readonly kwok: boolean
  readonly daemonSetController: boolean
  readonly via: Via
  readonly only: readonly UnitKind[]
}
export type UnitKind = 'kafka' | 'postgres' | 'clusters'

export type Command =
  | { readonly verb: 'up'; readonly options: UpOptions }
  | { readonly verb: 'down'; readonly purge: boolean }
  | { readonly verb: 'status'; readonly json: boolean }
  | { readonly verb: 'help' }

/** Something on the command line that is not understood; the message says what would be. */
export class UsageError extends Error {
  readonly code = 'usage'
}

const kinds: readonly UnitKind[] = ['kafka', 'postgres', 'clusters']
const vias: readonly Via[] = ['auto', 'native', 'docker']
/** Each takes about 0.7 GiB. */
const clustersMax = 20
const nodesMax = 10_000

export const usage = `Starts the real parts on this machine: Kafka, Postgres, Kubernetes control planes with KWOK.

  pnpm infra up       start what does not run yet (data of an earlier time is used again)
      --clusters N                  control planes, named cluster-1, cluster-2, … (default 1)
      --nodes N                     nodes in each (default 5)
      --no-kwok                     no kubelets: nodes and pods stay as they are created
      --with-daemonset-controller   also Kubernetes' own, to compare with
      --via auto|native|docker      how Kafka and Postgres run (default auto: Docker where it answers)
      --only kafka,postgres,clusters   only these
  pnpm infra status   what runs, where it listens, where its log is
      -o json                       for programs
  pnpm infra down     stop everything; data stays
      --purge                       remove the data too
`

/** @throws UsageError */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals } = parsed(argv)
  if (values.help === true) return { verb: 'help' }
  const [verb = 'help', ...more] = positionals
  if (more.length > 0) throw new UsageError(`Not understood: ${more.join(' ')}`)
  const { help, ...given } = values
  switch (verb) {
    case 'up':
      return {
        verb,
        options: upOptions(
          only(given, verb, ['clusters', 'nodes', 'no-kwok', 'with-daemonset-controller', 'via', 'only']),
        ),
      }
    case 'down':
      return { verb, purge: only(given, verb, ['purge']).purge === true }
    case 'status':
      return { verb, json: isJson(only(given, verb, ['output']).output) }
    case 'help':
      return { verb }
    default:
      throw new UsageError(`There is up, down and status, but no ${JSON.stringify(verb)}`)
  }
}

type Values = ReturnType<typeof parsed>['values']

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        clusters: { type: 'string' },
        nodes: { type: 'string' },
        'no-kwok': { type: 'boolean' },
        'with-daemonset-controller': { type: 'boolean' },
        via: { type: 'string' },
        only: { type: 'string' },
        purge: { type: 'boolean' },
        output: { type: 'string', short: 'o' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function only(values: Values, verb: string, known: readonly string[]): Values {
  const foreign = Object.keys(values).filter(name => !known.includes(name))
  if (foreign.length > 0) throw new UsageError(`\`${verb}\` does not take --${foreign.join(', --')}`)
  return values
}

function upOptions(values: Values): UpOptions {
  return {
    clusters: count('clusters', values.clusters, 1, clustersMax),
    nodes: count('nodes', values.nodes, 5, nodesMax),
    kwok: values['no-kwok'] !== true,
    daemonSetController: values['with-daemonset-controller'] === true,
    via: oneOf('via', values.via ?? 'auto', vias),
    only: values.only === undefined ? kinds : values.only.split(',').map(kind => oneOf('only', kind.trim(), kinds)),
  }
}

function count(name: string, text: string | undefined, preset: number, max: number): number {
  if (text === undefined) return preset
  const number = Number(text)
  if (!/^\d+$/.test(text) || number > max)
    throw new UsageError(`--${name} takes a number from 0 to ${max}, not ${JSON.stringify(text)}`)
  return number
}

function oneOf<const Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find(each => each === text)
  if (choice === undefined) throw new UsageError(`--${name} takes ${choices.join(', ')}, not ${JSON.stringify(text)}`)
  return choice
}

function isJson(output: string | undefined): boolean {
  if (output !== undefined && output !== 'json') throw new UsageError(`-o takes json, not ${JSON.stringify(output)}`)
  return output === 'json'
}
