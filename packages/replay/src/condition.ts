import { TypeError as CheckError, Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js'
import type { ClusterState } from '@rollcall/daemonset'
import { ReplayError } from './errors.ts'
import { daemonSetView, nodeView, podView } from './view.ts'

/**
 * Conditions are CEL (the Common Expression Language, as in Kubernetes' own policies) over the plain view of `view.ts`:
 * `daemonset("logging/fluentd").ready < daemonset("logging/fluentd").desired`, `podsOn("n17").size() == 0`.
 * Numbers are CEL's `int`; times are milliseconds since the epoch.
 */
const fields = {
  Node: { name: 'string', labels: 'map<string, string>', taints: 'list<string>', unschedulable: 'bool', ready: 'bool' },
  Pod: {
    name: 'string',
    namespace: 'string',
    node: 'string',
    daemonSet: 'string',
    phase: 'string',
    ready: 'bool',
    deleting: 'bool',
    revision: 'string',
  },
  DaemonSet: {
    name: 'string',
    namespace: 'string',
    generation: 'int',
    images: 'list<string>',
    revision: 'string',
    desired: 'int',
    current: 'int',
    ready: 'int',
    available: 'int',
    unavailable: 'int',
    updated: 'int',
    misscheduled: 'int',
    deleting: 'bool',
  },
} as const

export type Condition = {
  readonly text: string
  /** Whether it holds. What asks about a DaemonSet or node that is not there does not hold. @throws ReplayError */
  holds(state: ClusterState): boolean
  /** DaemonSets and nodes that were asked for, and were never there. */
  neverSeen(): string[]
}

/** CEL's instances of our types: classes of their own, made anew at every question. */
class Node {}
class Pod {}
class DaemonSet {}

class NotThere extends Error {}

/** @throws ReplayError naming the column in which it cannot be understood */
export function parseCondition(text: string): Condition {
  let asked: ClusterState | null = null
  const seen = new Map<string, boolean>()
  const present = (): ClusterState => {
    if (asked === null) throw new Error('a condition is asked about no state')
    return asked
  }
  let isMissing = false
  const found = <T>(what: string, value: T | undefined): T => {
    seen.set(what, seen.get(what) === true || value !== undefined)
    if (value !== undefined) return value
    isMissing = true
    throw new NotThere(`${what} is not there`)
  }
  const environment = vocabulary(present, found)
  const run = parsed(environment, text)
  return {
    text,
    neverSeen: () => [...seen].flatMap(([what, wasThere]) => (wasThere ? [] : [what])),
    holds(state) {
      asked = state
      isMissing = false
      try {
        return run(contextOf(state)) === true
      } catch (error) {
        if (isMissing) return false
        if (!(error instanceof EvaluationError)) throw error
        const where = `at position ${state.position}: ${error.summary}${columnOf(error.range, text)}`
        throw new ReplayError('bad-condition', `the condition cannot be answered ${where}`, { cause: error })
      }
    },
  }
}

type Found = <T>(what: string, value: T | undefined) => T

function vocabulary(present: () => ClusterState, found: Found): Environment {
  const environment = new Environment()
    .registerType('Node', { ctor: Node, fields: fields.Node })
    .registerType('Pod', { ctor: Pod, fields: fields.Pod })
    .registerType('DaemonSet', { ctor: DaemonSet, fields: fields.DaemonSet })
  const daemonSetOf = (name: string) => daemonSetNamed(present(), name)
  return environment
    .registerVariable('cluster', 'string')
    .registerVariable('mode', 'string')
    .registerVariable('position', 'int')
    .registerVariable('time', 'int')
    .registerVariable('nodes', 'list<Node>')
    .registerVariable('pods', 'list<Pod>')
    .registerVariable('daemonsets', 'list<DaemonSet>')
    .registerFunction('daemonset(string): DaemonSet', (name: string) =>
      celDaemonSet(found(`DaemonSet ${name}`, daemonSetOf(name))),
    )
    .registerFunction('node(string): Node', (name: string) => celNode(found(`node ${name}`, present().nodes.get(name))))
    .registerFunction('hasDaemonset(string): bool', (name: string) => daemonSetOf(name) !== undefined)
    .registerFunction('hasNode(string): bool', (name: string) => present().nodes.has(name))
    .registerFunction('hasPod(string): bool', (name: string) => present().pods.has(name))
    .registerFunction('podsOn(string): list<Pod>', (node: string) =>
      [...present().pods.values()].filter(pod => pod.node === node).map(pod => celPod(present(), pod)),
    )
    .registerFunction('podsOf(string): list<Pod>', (name: string) =>
      podsOfDaemonSet(present(), found(`DaemonSet ${name}`, daemonSetOf(name))),
    )
    .registerFunction('podsOf(string, string): list<Pod>', (name: string, node: string) =>
      podsOfDaemonSet(present(), found(`DaemonSet ${name}`, daemonSetOf(name)), node),
    )
}

type DaemonSetState = Parameters<typeof daemonSetView>[0]

function daemonSetNamed(state: ClusterState, written: string): DaemonSetState | undefined {
  const slash = written.indexOf('/')
  return state.daemonSetsByNamespace.get(written.slice(0, slash))?.get(written.slice(slash + 1))
}

function podsOfDaemonSet(state: ClusterState, { facts }: DaemonSetState, node?: string): Pod[] {
  return [...(state.podsByOwner.get(facts.uid) ?? [])].flatMap(key => {
    const pod = state.pods.get(key)
    return pod && (node === undefined || pod.node === node) ? [celPod(state, pod)] : []
  })
}

const celNode = (node: Parameters<typeof nodeView>[0]): Node => Object.assign(new Node(), nodeView(node))
const celPod = (state: ClusterState, pod: Parameters<typeof podView>[1]): Pod =>
  Object.assign(new Pod(), podView(state, pod))

/** CEL's integers are bigint. */
function celDaemonSet(daemonSet: DaemonSetState): DaemonSet {
  const members = Object.entries(daemonSetView(daemonSet)).map(([name, value]) => [
    name,
    typeof value === 'number' ? BigInt(value) : value,
  ])
  return Object.assign(new DaemonSet(), Object.fromEntries(members))
}

/** The lists are made when they are asked for: a large cluster is not copied for a question about one node. */
function contextOf(state: ClusterState) {
  return {
    cluster: state.cluster,
    mode: state.mode,
    position: BigInt(state.position),
    time: BigInt(state.now),
    get nodes() {
      return [...state.nodes.values()].map(celNode)
    },
    get pods() {
      return [...state.pods.values()].map(pod => celPod(state, pod))
    },
    get daemonsets() {
      return [...state.daemonSets.values()].map(celDaemonSet)
    },
  }
}

function parsed(environment: Environment, text: string): (context: object) => unknown {
  const bad = (problem: string, range: { readonly start: number } | undefined) =>
    new ReplayError(
      'bad-condition',
      `the condition ${JSON.stringify(text)} is not understood${columnOf(range, text)}: ${problem}`,
    )
  try {
    const run = environment.parse(text)
    const { valid, type, error } = run.check()
    if (!valid) throw error ?? new Error('it is not valid')
    if (type !== 'bool' && type !== 'dyn') throw bad(`it is of type ${type}, and must be true or false`, { start: 0 })
    return run
  } catch (error) {
    if (error instanceof ParseError || error instanceof CheckError) throw bad(error.summary, error.range)
    throw error
  }
}

const columnOf = (range: { readonly start: number } | undefined, text: string): string =>
  range === undefined ? '' : ` at column ${Math.min(range.start, text.length) + 1}`
