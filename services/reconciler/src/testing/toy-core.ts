import {
  type Command,
  commandId,
  compareResourceVersions,
  type DecisionPoint,
  digestOf,
  type Effect,
  type Event,
  type Json,
  podNameFor,
  slotOf,
} from '@rollcall/contracts'
import type { Core, StreamState } from '../core.ts'

/**
 * A core that fits a screen, to test the loop around it: every node that changed is given a CreatePod command; one that has
 * no outcome after `patienceMs` is noted as overdue, which needs a tick.
 */
type ToyState = StreamState & {
  position: number
  now: number
  readonly nodes: Record<string, string>
  readonly dirty: Record<string, number>
  /** Commands under way: when each is overdue. */
  readonly underway: Record<string, number>
  overdue: number
}

const daemonSet = { namespace: 'kube-system', name: 'toy', uid: 'uid-toy' }
const patienceMsDefault = 10_000

export type ToyFaults = {
  /** Nodes whose event makes `evolve` throw. */
  readonly unfoldable: Set<string>
  /** Nodes whose presence makes `decide` throw. */
  readonly undecidable: Set<string>
}

export function createToyCore(
  options: { readonly commandsMax?: number; readonly patienceMs?: number } = {},
): Core & { readonly faults: ToyFaults } {
  const { patienceMs = patienceMsDefault } = options
  const commandsMax = options.commandsMax ?? 1_000
  const faults: ToyFaults = { unfoldable: new Set(), undecidable: new Set() }
  const wakeAt = (state: ToyState) => {
    const times = Object.values(state.underway)
    return times.length === 0 ? null : Math.min(...times)
  }

  const core = {
    version: 'toy-1',
    createState: (cluster: string): ToyState => ({
      cluster,
      position: 0,
      now: 0,
      nodes: {},
      dirty: {},
      underway: {},
      overdue: 0,
    }),

    evolve(state: ToyState, event: Event): readonly Effect[] | null {
      const effects = effectsOf(state, event, faults)
      if (effects === null) return null
      state.position++
      state.now = Math.max(state.now, event.at)
      if (event.type === 'NodeObserved') state.dirty[event.node.name] = state.position
      return effects
    },

    wakeAt,
    needsDecision(state: ToyState) {
      const due = wakeAt(state)
      return Object.keys(state.dirty).length > 0 || (due !== null && due <= state.now)
    },

    decide(state: ToyState): DecisionPoint {
      const broken = Object.keys(state.nodes).find(node => faults.undecidable.has(node))
      if (broken !== undefined) throw new Error(`node ${broken} cannot be decided`)
      const nodes = Object.entries(state.dirty).sort().slice(0, commandsMax)
      const commands = nodes.map(([node, position]) => createPod(state, node, position))
      const late = Object.keys(state.underway).filter(id => (state.underway[id] ?? 0) <= state.now)
      const point = {
        position: state.position,
        at: state.now,
        core: core.version,
        decisions: nodes.map(([node, position], index) => ({
          daemonSet,
          node,
          verdict: 'shouldRun' as const,
          action: 'create' as const,
          reason: { rule: 'toy', source: 'toy', facts: {} },
          causes: [position],
          commands: [commands[index]?.id ?? ''],
        })),
        commands,
        marks: late.map(id => ({ kind: 'overdue', id })),
        wakeAt: null,
      }
      const after = structuredClone(state)
      core.applyDecision(after, point)
      return { ...point, wakeAt: wakeAt(after) }
    },

    applyDecision(state: ToyState, point: DecisionPoint) {
      for (const decision of point.decisions) delete state.dirty[decision.node ?? '']
      for (const command of point.commands) state.underway[command.id] = command.issuedAt + patienceMs
      for (const mark of point.marks) {
        delete state.underway[String(mark.id)]
        state.overdue++
      }
    },

    snapshotOf: (state: ToyState): Json => structuredClone(state) as unknown as Json,
    restore: (snapshot: Json): ToyState => structuredClone(snapshot) as unknown as ToyState,
    openHolds: () => ({ holds: 0, nodes: 0 }),
    fingerprint: (state: ToyState) => digestOf(state),
  }
  return { ...core, faults } as Core & { readonly faults: ToyFaults }
}

function effectsOf(state: ToyState, event: Event, faults: ToyFaults): readonly Effect[] | null {
  switch (event.type) {
    case 'NodeObserved': {
      const { name, resourceVersion } = event.node
      if (faults.unfoldable.has(name)) throw new Error(`node ${name} cannot be folded`)
      const known = state.nodes[name]
      if (known !== undefined && compareResourceVersions(resourceVersion, known) <= 0) return null
      state.nodes[name] = resourceVersion
      return [{ kind: 'nodePut', node: event.node }]
    }
    case 'CommandSettled': {
      if (!(event.commandId in state.underway)) return null
      delete state.underway[event.commandId]
      return [{ kind: 'commandSettled', commandId: event.commandId, settled: event }]
    }
    case 'Ticked':
      return event.at > state.now ? [] : null
    default:
      return null
  }
}

function createPod(state: ToyState, node: string, position: number): Command {
  const slot = slotOf(daemonSet.uid, node)
  const id = commandId({ cluster: state.cluster, position, slot, type: 'CreatePod', subject: node })
  return {
    type: 'CreatePod',
    cluster: state.cluster,
    id,
    slot,
    position: state.position,
    issuedAt: state.now,
    daemonSet,
    node,
    podName: podNameFor(daemonSet.name, id),
    revision: { name: 'toy-1', hash: '1' },
    templateGeneration: null,
    asked: null,
  }
}
