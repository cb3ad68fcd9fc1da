import { nodeSubject } from '../event-recorder.ts'
import { asNode, type Condition, timeText, withCondition } from '../kinds.ts'
import { type Delay, drawn } from '../kubelet/timings.ts'
import type { Part, PartPorts } from '../parts.ts'
import { hexDigits } from '../random.ts'
import { type NodeShape, nodeDraft, type Pressure, pressureCondition, readyCondition } from './node-shape.ts'

export type NodeAgentPorts = PartPorts & {
  /** From registration to Ready. */
  readonly nodeReady: Delay
  /** How often a kubelet renews its lease; 0: never. */
  readonly leaseMs: number
  /** A node's kubelet came up, went silent, or ended. */
  readonly onChange: (node: string) => void
}

/** What every node's kubelet does for its node: registers it, renews its lease, reports its conditions. */
export type NodeAgents = Part & {
  /** A machine starts: its kubelet registers the node. */
  readonly join: (shape: NodeShape) => void
  /** The machine is gone; its objects stay until somebody removes them. */
  readonly leave: (name: string) => void
  /** Up, and reaches the API server. */
  readonly isUp: (name: string) => boolean
  readonly setReady: (name: string, isReady: boolean, why: string) => void
  /** A silent kubelet neither reports nor does anything the API server would hear of. */
  readonly setSilent: (name: string, isSilent: boolean) => void
  readonly setPressure: (name: string, pressure: Pressure, isOn: boolean) => void
}

type Agent = {
  isSilent: boolean
  isReady: boolean
  why: string
  readonly pressures: Map<Pressure, boolean>
  stopLease: (() => void) | null
}

const leaseNamespace = 'kube-node-lease'

export function startNodeAgents(ports: NodeAgentPorts): NodeAgents {
  const { store, clock, timers, random, recorder } = ports
  const agents = new Map<string, Agent>()
  let joined = 0

  function agentOf(name: string): Agent {
    const agent = agents.get(name)
    if (!agent) throw new RangeError(`no kubelet runs on a node ${JSON.stringify(name)}: add the node first`)
    return agent
  }

  function register(shape: NodeShape): void {
    joined += 1
    const now = timeText(clock.now())
    const draft = nodeDraft(shape, joined, uuid(), now)
    // A node of that name may be there from before: a kubelet that starts again goes on with it.
    if (!store.find('nodes', '', shape.name)) store.create('nodes', '', draft, { manager: 'kubelet' })
    const { status } = draft
    store.change('nodes', '', shape.name, present => ({ ...present, status }), 'status', { manager: 'kubelet' })
    renewLease(shape.name)
  }

  function uuid(): string {
    const digits = hexDigits(random, 32)
    return [0, 8, 12, 16, 20].map((at, index) => digits.slice(at, [8, 12, 16, 20, 32][index])).join('-')
  }

  function report(name: string, ...conditions: readonly Condition[]): void {
    if (!store.find('nodes', '', name)) return
    const now = timeText(clock.now())
    const heard = (put: readonly Condition[] | undefined, condition: Condition) =>
      withCondition(put, { ...condition, lastHeartbeatTime: now }, now)
    store.change(
      'nodes',
      '',
      name,
      present => {
        const { status } = asNode(present)
        return { ...present, status: { ...status, conditions: conditions.reduce(heard, status.conditions) } }
      },
      'status',
      { manager: 'kubelet' },
    )
  }

  function reportReady(name: string, agent: Agent): void {
    const before = store.find('nodes', '', name)
    const pressures = [...agent.pressures].map(([pressure, isOn]) => pressureCondition(pressure, isOn))
    report(name, ...pressures, readyCondition(agent.isReady, agent.why))
    const after = store.find('nodes', '', name)
    if (!after || after === before) return
    const reason = agent.isReady ? 'NodeReady' : 'NodeNotReady'
    recorder.record(nodeSubject(after), 'Normal', reason, `Node ${name} status is now: ${reason}`, 'kubelet', name)
  }

  function renewLease(name: string): void {
    const agent = agents.get(name)
    if (!agent || agent.isSilent || ports.leaseMs === 0) return
    const renewTime = `${new Date(clock.now()).toISOString().slice(0, -1)}000Z`
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime }
    if (store.find('leases', leaseNamespace, name)) {
      store.change('leases', leaseNamespace, name, present => ({ ...present, spec }))
    } else {
      const node = store.find('nodes', '', name)
      const owner = node && { apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid }
      store.create('leases', leaseNamespace, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, ...(owner ? { ownerReferences: [owner] } : {}) },
        spec,
      })
    }
    agent.stopLease = timers.after(ports.leaseMs * (1 + 0.04 * random()), () => renewLease(name))
  }

  function becomeReady(name: string, agent: Agent): void {
    timers.after(drawn(ports.nodeReady, random), () => {
      if (agents.get(name) !== agent) return
      agent.isReady = true
      if (!agent.isSilent) reportReady(name, agent)
    })
  }

  return {
    stop() {
      for (const agent of agents.values()) agent.stopLease?.()
      agents.clear()
    },
    join(shape) {
      if (agents.has(shape.name)) throw new RangeError(`a node ${JSON.stringify(shape.name)} is there already`)
      const agent = { isSilent: false, isReady: false, why: 'kubelet is starting', pressures: calm(), stopLease: null }
      agents.set(shape.name, agent)
      register(shape)
      becomeReady(shape.name, agent)
      ports.onChange(shape.name)
    },
    leave(name) {
      agentOf(name).stopLease?.()
      agents.delete(name)
      ports.onChange(name)
    },
    isUp: name => agents.get(name)?.isSilent === false,
    setReady(name, isReady, why) {
      const agent = agentOf(name)
      agent.isReady = isReady
      agent.why = why
      if (!agent.isSilent) reportReady(name, agent)
    },
    setSilent(name, isSilent) {
      const agent = agentOf(name)
      if (agent.isSilent === isSilent) return
      agent.isSilent = isSilent
      agent.stopLease?.()
      if (!isSilent) {
        renewLease(name)
        reportReady(name, agent)
      }
      ports.onChange(name)
    },
    setPressure(name, pressure, isOn) {
      const agent = agentOf(name)
      agent.pressures.set(pressure, isOn)
      if (!agent.isSilent) report(name, pressureCondition(pressure, isOn))
    },
  }
}

function calm(): Map<Pressure, boolean> {
  return new Map([
    ['MemoryPressure', false],
    ['DiskPressure', false],
    ['PIDPressure', false],
  ])
}
