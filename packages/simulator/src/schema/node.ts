import type { KubeObject } from '../objects/object-store.ts'
import type { Strategy } from '../objects/strategy.ts'
import { duplicate, type FieldError, forbiddenField, invalidValue } from './field-error.ts'
import { labelValueComplaints } from './formats.ts'
import { validateLabelKey } from './labels.ts'
import { validateMetadata, validateMetadataUpdate } from './metadata.ts'
import { validateTaintEffect } from './pod/validate-scheduling.ts'
import { plainStrategy, withPresentStatus, withStatusOnly } from './strategy.ts'

type Taint = { readonly key: string; readonly value?: string; readonly effect: string; readonly timeAdded?: string }

type NodeSpec = {
  readonly podCIDR?: string
  readonly taints?: readonly Taint[]
  readonly podCIDRs?: readonly string[]
  readonly providerID?: string
}

type NodeStatus = { readonly capacity?: object; readonly allocatable?: object }

const notReady: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

const specOf = (node: KubeObject) => (node.spec ?? {}) as NodeSpec

/** `pkg/registry/core/node/strategy.go`, with the admission plugin TaintNodesByCondition. */
export const nodeStrategy: Strategy = {
  ...plainStrategy,
  prepareCreate(node) {
    const { taints = [] } = specOf(node)
    const isTainted = taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect)
    const { podCIDR, podCIDRs = podCIDR ? [podCIDR] : [] } = specOf(node)
    const spec = {
      ...specOf(node),
      ...(podCIDRs.length === 0 ? {} : { podCIDRs }),
      ...(isTainted ? {} : { taints: [...taints, notReady] }),
    }
    return withAllocatable({ ...node, spec } as KubeObject)
  },
  prepareUpdate: (node, present) => withPresentStatus({ ...node, spec: node.spec ?? {} }, present),
  prepareStatus: (node, present) => withAllocatable(withStatusOnly(node, present)),
  *validateCreate(node) {
    yield* validateMetadata(node, false)
    yield* validateTaints(specOf(node).taints ?? [])
  },
  *validateUpdate(node, present) {
    yield* validateMetadataUpdate(node, present)
    yield* validateTaints(specOf(node).taints ?? [])
    yield* validateOnceSet(specOf(node), specOf(present))
  },
}

/** All of the capacity, unless the kubelet says otherwise. */
function withAllocatable(node: KubeObject): KubeObject {
  const { capacity, allocatable } = (node.status ?? {}) as NodeStatus
  if (capacity === undefined || allocatable !== undefined) return node
  return { ...node, status: { ...(node.status as object), allocatable: capacity } } as KubeObject
}

function* validateTaints(taints: readonly Taint[]): Iterable<FieldError> {
  const seen = new Set<string>()
  for (const [index, taint] of taints.entries()) {
    // Where kube-apiserver says it is, though it is in spec.
    const path = `metadata.taints[${index}]`
    const { key = '', value = '', effect = '', timeAdded = null } = taint
    yield* validateLabelKey(key, `${path}.key`)
    const complaints = labelValueComplaints(value)
    if (complaints.length > 0) yield invalidValue(`${path}.value`, value, complaints.join(';'))
    yield* validateTaintEffect(effect, `${path}.effect`)
    const id = `${effect} ${key}`
    if (seen.has(id)) {
      const shown = { Key: key, Value: value, Effect: effect, TimeAdded: timeAdded }
      yield { ...duplicate(path, shown), detail: 'taints must be unique by key and effect pair' }
    }
    seen.add(id)
  }
}

function* validateOnceSet(spec: NodeSpec, present: NodeSpec): Iterable<FieldError> {
  if (present.providerID && spec.providerID !== present.providerID) {
    const detail = spec.providerID ? 'field cannot be modified once set' : 'field cannot be cleared once set'
    yield invalidValue('spec.providerID', null, detail)
  }
  const before = present.podCIDRs ?? []
  if (before.length > 0 && before.join() !== (spec.podCIDRs ?? []).join()) {
    yield forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')
  }
}
