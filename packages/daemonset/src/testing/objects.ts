import { type DaemonSetFacts, type NodeFacts, type PodFacts, sha256Hex, type TemplateFacts } from '@rollcall/contracts'

export const cluster = 'test'

export function aNode(name: string, change: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name,
    uid: `uid-${name}`,
    resourceVersion: '1',
    createdAt: 0,
    deletedAt: null,
    labels: {},
    taints: [],
    unschedulable: false,
    conditions: [],
    ...change,
  }
}

export function aTemplate(change: Partial<TemplateFacts> = {}): TemplateFacts {
  const template = {
    labels: { app: 'ds' },
    hostNetwork: false,
    nodeName: null,
    nodeSelector: {},
    affinityTerms: null,
    tolerations: [],
    images: ['image:1'],
    ...change,
  }
  return { ...template, digest: change.digest ?? sha256Hex(JSON.stringify(template)) }
}

export function aDaemonSet(change: Partial<DaemonSetFacts> = {}): DaemonSetFacts {
  return {
    namespace: 'default',
    name: 'ds',
    uid: 'uid-ds',
    resourceVersion: '1',
    generation: 1,
    createdAt: 0,
    deletedAt: null,
    templateGeneration: 1,
    annotations: {},
    selector: { matchLabels: { app: 'ds' }, matchExpressions: [] },
    updateStrategy: { type: 'RollingUpdate', maxUnavailable: 1, maxSurge: 0 },
    minReadySeconds: 0,
    revisionHistoryLimit: 10,
    template: aTemplate(),
    status: {
      observedGeneration: 0,
      desiredNumberScheduled: 0,
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      numberReady: 0,
      numberAvailable: 0,
      numberUnavailable: 0,
      updatedNumberScheduled: 0,
      collisionCount: null,
    },
    conditions: [],
    ...change,
  }
}

export function aPod(name: string, change: Partial<PodFacts> = {}): PodFacts {
  return {
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    resourceVersion: '1',
    createdAt: 0,
    deletedAt: null,
    labels: { app: 'ds', 'pod-template-generation': '1' },
    owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'ds', uid: 'uid-ds' },
    commandId: null,
    nodeName: null,
    target: null,
    phase: 'Running',
    ready: true,
    readySince: 0,
    reason: null,
    restarts: 0,
    trouble: null,
    ...change,
  }
}
