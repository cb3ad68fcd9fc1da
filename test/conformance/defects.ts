import type {
  Command,
  DaemonSetFacts,
  DaemonSetStatus,
  Event,
  NodeFacts,
  PodFacts,
  RevisionFacts,
} from '@rollcall/contracts'
import { commandTypeSchema, daemonSetStatusSchema } from '@rollcall/contracts'
import { hashLabel } from './manifest.ts'

/** A controller with a defect: what it makes of what it is told, and what becomes of a command that it takes for issued. */
export type Defect = {
  readonly sees?: (event: Event) => Event
  readonly issues?: (command: Command) => Command | null
}

export const doesNothing: Defect = { issues: () => null }

/** What only annotations ask for: the simulator's stories hold it. */
const onRequest: readonly string[] = ['EvictPod', 'RollBack', 'UntaintNode']

/** Controllers that are wrong in one thing, by a sentence that says in which. */
export const defects: ReadonlyMap<string, Defect> = new Map([
  ...commandTypeSchema.options
    .filter(type => !onRequest.includes(type))
    .map(type => [`never issues ${type}`, issuing(command => (command.type === type ? null : command))] as const),
  ...Object.keys(daemonSetStatusSchema.shape).map(
    field => [`writes ${field} one too high`, overstating(field)] as const,
  ),
  ['labels no pod with its generation', issuing(change('CreatePod', () => ({ templateGeneration: null })))],
  ['skips a number of a revision', issuing(change('CreateRevision', ({ revision }) => ({ revision: revision + 1 })))],
  ['reports something else', issuing(change('RecordEvent', () => ({ reason: 'Something' })))],
  ['calls every event normal', issuing(change('RecordEvent', () => ({ eventType: 'Normal' as const })))],

  ['ignores labels of nodes', seesNode(() => ({ labels: {} }))],
  ['ignores taints', seesNode(() => ({ taints: [] }))],
  ['takes NoExecute for NoSchedule', seesNode(({ taints }) => ({ taints: taints.map(milder) }))],
  ['leaves nodes out that are not ready', seesNode(node => (isReady(node) ? {} : { taints: [strange] }))],
  ['leaves cordoned nodes out', seesNode(({ unschedulable }) => (unschedulable ? { taints: [strange] } : {}))],

  ['takes pods of others for orphans', seesPod(() => ({ owner: null }))],
  ['does not see that pods are ending', seesPod(() => ({ deletedAt: null }))],
  ['takes every pod for running', seesPod(() => ({ phase: 'Running' }))],
  ['takes Succeeded for Failed', seesPod(({ phase }) => (phase === 'Succeeded' ? { phase: 'Failed' } : {}))],
  ['takes every pod for ready', seesPod(() => ({ ready: true, readySince: 0 }))],
  ['takes no pod for ready', seesPod(() => ({ ready: false, readySince: null }))],
  ['does not know how old pods are', seesPod(() => ({ createdAt: 0 }))],
  ['does not see where a pod is bound', seesPod(() => ({ nodeName: null }))],
  ['does not see where a pod is aimed', seesPod(() => ({ target: null }))],
  ['ignores the hash of pods', seesPod(({ labels: { [hashLabel]: _, ...labels } }) => ({ labels }))],

  ['does not see that DaemonSets are ending', seesDaemonSet(() => ({ deletedAt: null }))],
  ['ignores the generation of templates', seesDaemonSet(() => ({ templateGeneration: null }))],
  ['takes OnDelete for RollingUpdate', strategy(() => ({ type: 'RollingUpdate' }))],
  ['takes RollingUpdate for OnDelete', strategy(() => ({ type: 'OnDelete' }))],
  ['misses one pod too many', strategy(({ maxUnavailable: max }) => ({ maxUnavailable: oneMore(max) }))],
  ['surges by one too many', strategy(({ maxSurge: max }) => ({ maxSurge: max === 0 ? 0 : oneMore(max) }))],
  ['never surges', strategy(({ maxSurge }) => (maxSurge === 0 ? {} : { maxSurge: 0, maxUnavailable: 1 }))],
  ['takes ready for available', seesDaemonSet(() => ({ minReadySeconds: 0 }))],
  ['waits a second too long', seesDaemonSet(({ minReadySeconds }) => ({ minReadySeconds: minReadySeconds + 1 }))],
  [
    'keeps a revision too many',
    seesDaemonSet(({ revisionHistoryLimit: limit }) => ({ revisionHistoryLimit: limit + 1 })),
  ],
  ['ignores node selectors', template(() => ({ nodeSelector: {} }))],
  ['ignores affinity', template(() => ({ affinityTerms: null }))],
  ['ignores tolerations', template(() => ({ tolerations: [] }))],
  ['ignores the node that a template names', template(() => ({ nodeName: null }))],
  ['ignores that pods are on the host’s network', template(() => ({ hostNetwork: false }))],

  ['does not see that revisions are ending', seesRevision(() => ({ deletedAt: null }))],
  ['takes revisions of others for orphans', seesRevision(() => ({ owner: null }))],
  ['ignores hash labels of revisions', seesRevision(({ labels: { [hashLabel]: _, ...labels } }) => ({ labels }))],
  ['takes no revision for that of its template', seesRevision(() => ({ templateDigest: null }))],
])

const strange = { key: 'defect', value: '', effect: 'NoSchedule' }
const milder = <T extends { effect: string }>(taint: T): T => ({ ...taint, effect: 'NoSchedule' })
const isReady = ({ conditions }: NodeFacts) =>
  conditions.every(({ type, status }) => type !== 'Ready' || status === 'True')

function oneMore(max: number | string | null): number | string {
  return typeof max === 'number' ? max + 1 : '100%'
}

function issuing(issues: (command: Command) => Command | null): Defect {
  return { issues }
}

function change<T extends Command['type']>(type: T, by: (command: Extract<Command, { type: T }>) => object) {
  const isOf = (command: Command): command is Extract<Command, { type: T }> => command.type === type
  return (command: Command): Command => (isOf(command) ? { ...command, ...by(command) } : command)
}

/** It reads what it wrote as what it meant, or it would write for ever. A collision count that is unset stays so. */
function overstating(field: string): Defect {
  const shifted = (status: DaemonSetStatus, by: number) => {
    const entries = Object.entries(status)
    return Object.fromEntries(
      entries.map(([name, value]) => [name, name === field && value !== null ? value + by : value]),
    ) as DaemonSetStatus
  }
  return {
    ...issuing(change('WriteStatus', ({ status }) => ({ status: shifted(status, 1) }))),
    ...seesDaemonSet(({ status }) => ({ status: shifted(status, -1) })),
  }
}

function seesNode(as: (node: NodeFacts) => Partial<NodeFacts>): Defect {
  return {
    sees: event => (event.type === 'NodeObserved' ? { ...event, node: { ...event.node, ...as(event.node) } } : event),
  }
}
function seesPod(as: (pod: PodFacts) => Partial<PodFacts>): Defect {
  return {
    sees: event => (event.type === 'PodObserved' ? { ...event, pod: { ...event.pod, ...as(event.pod) } } : event),
  }
}
function seesDaemonSet(as: (daemonSet: DaemonSetFacts) => Partial<DaemonSetFacts>): Defect {
  return {
    sees: event =>
      event.type === 'DaemonSetObserved'
        ? { ...event, daemonSet: { ...event.daemonSet, ...as(event.daemonSet) } }
        : event,
  }
}
function seesRevision(as: (revision: RevisionFacts) => Partial<RevisionFacts>): Defect {
  return {
    sees: event =>
      event.type === 'RevisionObserved' ? { ...event, revision: { ...event.revision, ...as(event.revision) } } : event,
  }
}
type Strategy = DaemonSetFacts['updateStrategy']
function strategy(as: (strategy: Strategy) => Partial<Strategy>): Defect {
  return seesDaemonSet(({ updateStrategy }) => ({ updateStrategy: { ...updateStrategy, ...as(updateStrategy) } }))
}
type Template = DaemonSetFacts['template']
function template(as: (template: Template) => Partial<Template>): Defect {
  return seesDaemonSet(({ template: of }) => ({ template: { ...of, ...as(of) } }))
}
