import { conflict } from './errors.ts'
import type { BindOptions, Json, KubeObject } from './object-store.ts'

type PodParts = {
  readonly spec: { readonly nodeName?: string; readonly schedulingGates?: readonly Json[] }
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/**
 * The pod on its node, with the condition PodScheduled (`pkg/registry/core/pod/storage`).
 * @throws ApiStatusError 409 when it is bound already, being deleted, or gated
 */
export function boundPod(pod: KubeObject, node: string, options: BindOptions, now: string): KubeObject {
  const { name, uid, resourceVersion, deletionTimestamp } = pod.metadata
  const { spec, status = {} } = pod as unknown as PodParts
  const refuse = (what: string, why: string) => {
    throw conflict(what, '', name, why)
  }
  if (options.uid !== undefined && options.uid !== uid) {
    refuse('pods', `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`)
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const shown = `ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`
    refuse('pods', `Precondition failed: ${shown}`)
  }
  if (deletionTimestamp !== undefined) {
    refuse('pods/binding', `pod ${name} is being deleted, cannot be assigned to a host`)
  }
  if (spec.nodeName) refuse('pods/binding', `pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`)
  if (spec.schedulingGates?.length) refuse('pods/binding', `pod ${name} has non-empty .spec.schedulingGates`)

  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: now }
  const conditions = (status.conditions ?? []).filter(condition => condition.type !== 'PodScheduled')
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata.labels, ...options.labels },
      annotations: { ...pod.metadata.annotations, ...options.annotations },
    },
    spec: { ...spec, nodeName: node },
    status: { ...status, conditions: [...conditions, scheduled] },
  }
}

/** Where the node is: a bound pod gets these labels of its node (admission plugin PodTopologyLabels). */
export function topologyLabelsOf(node: KubeObject | null): { readonly [key: string]: string } {
  const labels = Object.entries(node?.metadata.labels ?? {})
  return Object.fromEntries(labels.filter(([key]) => topologyLabels.has(key)))
}

const topologyLabels: ReadonlySet<string> = new Set(['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'])
