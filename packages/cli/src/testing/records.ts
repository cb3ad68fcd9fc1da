import type {
  Cluster,
  CommandRecord,
  DaemonSetRecord,
  DecisionRecord,
  Hold,
  LedgerEvent,
  NodeRecord,
  Placement,
} from '@rollcall/contracts/api'
import { testNow } from './test-ports.ts'

/** Records as the auditor tells them, for tests. `ago`: seconds before `testNow`. */
export const instant = (ago: number): string => new Date(testNow - ago * 1_000).toISOString()

const recorded = {
  firstSeenAt: instant(7_200),
  lastChangedAt: instant(60),
  lastPosition: 40,
  goneAt: null,
  inferred: false,
}

export const aCluster = (name: string, rest: Partial<Cluster> = {}): Cluster => ({
  name,
  uid: `uid-of-${name}`,
  version: 'v1.37.2',
  mode: 'control',
  modeRequests: [],
  position: 120,
  lastEventAt: instant(12),
  nodes: { total: 3, ready: 2 },
  daemonSets: 1,
  pods: { total: 3, ready: 2 },
  watch: [{ kind: 'Pod', resourceVersion: '812', movedAt: instant(12) }],
  ...rest,
})

export const aNode = (name: string, rest: Partial<NodeRecord> = {}): NodeRecord => ({
  cluster: 'east',
  name,
  uid: `uid-of-${name}`,
  createdAt: instant(7_200),
  labels: { zone: 'a' },
  taints: [],
  unschedulable: false,
  ready: true,
  conditions: [],
  pods: { total: 1, ready: 1 },
  ...recorded,
  ...rest,
})

export const aDaemonSet = (name: string, rest: Partial<DaemonSetRecord> = {}): DaemonSetRecord => ({
  cluster: 'east',
  namespace: 'logging',
  name,
  uid: `uid-of-${name}`,
  createdAt: instant(3_600),
  deletedAt: null,
  generation: 2,
  annotations: {},
  images: ['fluent/fluentd:v1.18'],
  nodeSelector: {},
  updateStrategy: { type: 'RollingUpdate', maxUnavailable: 1, maxSurge: 0 },
  revision: { name: `${name}-5cd`, number: 2, hash: '5cd' },
  status: {
    observedGeneration: 2,
    desiredNumberScheduled: 3,
    currentNumberScheduled: 3,
    numberMisscheduled: 0,
    numberReady: 2,
    numberAvailable: 2,
    numberUnavailable: 1,
    updatedNumberScheduled: 3,
    collisionCount: null,
  },
  pods: { total: 3, ready: 2, updated: 3 },
  ...recorded,
  ...rest,
})

export const aPlacement = (pod: string, node: string, rest: Partial<Placement> = {}): Placement => ({
  cluster: 'east',
  namespace: 'logging',
  daemonSet: { name: 'fluentd', uid: 'uid-of-fluentd' },
  node,
  pod: { name: pod, uid: `uid-of-${pod}` },
  revision: '5cd',
  openedAt: instant(600),
  openedPosition: 30,
  openedBy: 'c0ffee',
  provisional: false,
  phase: 'Running',
  ready: true,
  boundAt: instant(599),
  readyAt: instant(590),
  finishedAt: null,
  terminatingAt: null,
  ending: null,
  closed: null,
  ...rest,
})

export const aCommand = (rest: Partial<CommandRecord> = {}): CommandRecord => ({
  id: 'c0ffee',
  type: 'CreatePod',
  slot: 'uid-of-fluentd/n1',
  position: 29,
  issuedAt: instant(601),
  publishedAt: instant(601),
  node: 'n1',
  pod: { name: 'fluentd-abc', uid: null },
  body: {},
  settled: { position: 31, at: instant(600), result: 'done', attempts: 1, answer: null },
  delayed: null,
  ...rest,
})

export const anEvent = (type: LedgerEvent['type'], rest: Partial<LedgerEvent> = {}): LedgerEvent => ({
  cluster: 'east',
  position: 28,
  at: instant(602),
  type,
  family: 'observation',
  subject: { kind: 'Node', namespace: '', name: 'n1' },
  by: null,
  attributed: null,
  changes: null,
  event: { type, cluster: 'east', at: testNow - 602_000 },
  ...rest,
})

export const aDecision = (rest: Partial<DecisionRecord> = {}): DecisionRecord => {
  const { event: _, ...cause } = anEvent('NodeObserved')
  return {
    cluster: 'east',
    position: 29,
    at: instant(601),
    core: '1',
    daemonSet: { namespace: 'logging', name: 'fluentd', uid: 'uid-of-fluentd' },
    node: 'n1',
    verdict: 'shouldRun',
    action: 'create',
    reason: { rule: 'eligible', source: '§2.1 step 3', facts: {} },
    causes: [cause],
    causesTotal: 1,
    commands: [aCommand()],
    ...rest,
  }
}

export const aHold = (rest: Partial<Hold> = {}): Hold => ({
  cluster: 'east',
  id: '7f3a9c21',
  daemonSet: { namespace: 'storage', name: 'agent', uid: 'uid-agent' },
  state: 'open',
  openedAt: instant(300),
  openedPosition: 90,
  changedAt: instant(300),
  position: 91,
  nodes: 200,
  pods: 200,
  total: 250,
  because: [{ rule: 'node-selector-mismatch', nodes: 200, facts: { label: 'pool', wanted: 'storage', found: null } }],
  causes: [88],
  sample: ['n1', 'n2'],
  by: null,
  until: null,
  ...rest,
})
