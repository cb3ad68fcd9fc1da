import {
  type Condition,
  type DaemonSetFacts,
  type DaemonSetStatus,
  type Json,
  type LabelSelector,
  type NodeSelectorTerm,
  ownConditions,
  type Requirement,
  type TemplateFacts,
  type Toleration,
  templateDigest,
} from '@rollcall/contracts'
import type { KubeObject } from '../cluster-api.ts'
import { fieldsOf, itemsOf, labelsOf, ObjectReader, textOf, textOrNull, textsOf } from './read.ts'

const templateGenerationAnnotation = 'deprecated.daemonset.template.generation'
/** What people ask Rollcall for; no other annotation is kept. */
const ownPrefix = 'rollcall.dev/'

/** What is kept of a DaemonSet. @throws FactsError */
export function daemonSetFacts(object: unknown): DaemonSetFacts {
  const reader = new ObjectReader('DaemonSet', object)
  const spec = fieldsOf(reader.object.spec)
  const annotations = labelsOf(reader.metadata.annotations)
  return {
    namespace: reader.required('namespace'),
    name: reader.required('name'),
    ...reader.identity(),
    generation: reader.int(reader.metadata.generation, 'metadata.generation', 0),
    ...reader.lifetime(),
    templateGeneration: int64OrNull(annotations[templateGenerationAnnotation]),
    annotations: Object.fromEntries(Object.entries(annotations).filter(([key]) => key.startsWith(ownPrefix))),
    selector: selectorOf(spec.selector),
    updateStrategy: updateStrategyOf(reader, fieldsOf(spec.updateStrategy)),
    minReadySeconds: reader.int(spec.minReadySeconds, 'spec.minReadySeconds', 0),
    revisionHistoryLimit: reader.int(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', 10),
    template: templateFacts(reader, spec.template),
    status: statusOf(reader),
    conditions: conditionsOf(reader),
  }
}

/** As Go's `strconv.ParseInt(text, 10, 64)`, within what a JavaScript number holds exactly. */
function int64OrNull(text: string | undefined): number | null {
  if (text === undefined || !/^[+-]?[0-9]+$/.test(text)) return null
  const value = Number(text)
  return Number.isSafeInteger(value) ? value + 0 : null
}

function selectorOf(value: Json | undefined): LabelSelector | null {
  if (value === undefined || value === null) return null
  const selector = fieldsOf(value)
  return { matchLabels: labelsOf(selector.matchLabels), matchExpressions: requirementsOf(selector.matchExpressions) }
}

function requirementsOf(value: Json | undefined): Requirement[] {
  return itemsOf(value).map(requirement => ({
    key: textOf(requirement.key),
    operator: textOf(requirement.operator),
    values: textsOf(requirement.values),
  }))
}

function updateStrategyOf(reader: ObjectReader, strategy: KubeObject): DaemonSetFacts['updateStrategy'] {
  const rollingUpdate = fieldsOf(strategy.rollingUpdate)
  const intOrPercent = (member: 'maxUnavailable' | 'maxSurge') => {
    const value = rollingUpdate[member]
    if (typeof value === 'string') return value
    if (value === undefined || value === null) return null
    return reader.int(value, `spec.updateStrategy.rollingUpdate.${member}`, 0)
  }
  return {
    // The API server's default (spec §8.1).
    type: textOf(strategy.type) || 'RollingUpdate',
    maxUnavailable: intOrPercent('maxUnavailable'),
    maxSurge: intOrPercent('maxSurge'),
  }
}

function templateFacts(reader: ObjectReader, template: Json | undefined): TemplateFacts {
  if (typeof template !== 'object' || template === null || Array.isArray(template)) {
    return reader.fail('spec.template is missing')
  }
  const fields = fieldsOf(template)
  const spec = fieldsOf(fields.spec)
  return {
    digest: templateDigest(template),
    labels: labelsOf(fieldsOf(fields.metadata).labels),
    hostNetwork: spec.hostNetwork === true,
    nodeName: textOrNull(spec.nodeName),
    nodeSelector: labelsOf(spec.nodeSelector),
    affinityTerms: affinityTermsOf(spec),
    tolerations: itemsOf(spec.tolerations).map(tolerationOf),
    images: [...itemsOf(spec.initContainers), ...itemsOf(spec.containers)].map(container => textOf(container.image)),
  }
}

function affinityTermsOf(spec: KubeObject): NodeSelectorTerm[] | null {
  const required = fieldsOf(fieldsOf(spec.affinity).nodeAffinity).requiredDuringSchedulingIgnoredDuringExecution
  if (required === undefined || required === null) return null
  return itemsOf(fieldsOf(required).nodeSelectorTerms).map(term => ({
    matchExpressions: requirementsOf(term.matchExpressions),
    matchFields: requirementsOf(term.matchFields),
  }))
}

function tolerationOf(toleration: KubeObject): Toleration {
  const seconds = toleration.tolerationSeconds
  return {
    key: textOf(toleration.key),
    operator: textOf(toleration.operator),
    value: textOf(toleration.value),
    effect: textOf(toleration.effect),
    tolerationSeconds: typeof seconds === 'number' ? seconds : null,
  }
}

function statusOf(reader: ObjectReader): DaemonSetStatus {
  const status = fieldsOf(reader.object.status)
  const count = (member: keyof DaemonSetStatus) => reader.int(status[member], `status.${member}`, 0)
  const collisions = status.collisionCount
  return {
    observedGeneration: count('observedGeneration'),
    desiredNumberScheduled: count('desiredNumberScheduled'),
    currentNumberScheduled: count('currentNumberScheduled'),
    numberMisscheduled: count('numberMisscheduled'),
    numberReady: count('numberReady'),
    numberAvailable: count('numberAvailable'),
    numberUnavailable: count('numberUnavailable'),
    updatedNumberScheduled: count('updatedNumberScheduled'),
    collisionCount: collisions === undefined || collisions === null ? null : count('collisionCount'),
  }
}

/** Ours alone: what others write there is no news to us. */
function conditionsOf(reader: ObjectReader): Condition[] {
  const all = itemsOf(fieldsOf(reader.object.status).conditions)
  return ownConditions.flatMap(type => {
    const found = all.find(condition => condition.type === type)
    if (!found) return []
    const status = found.status === 'True' || found.status === 'False' ? found.status : 'Unknown'
    const since = reader.time(found.lastTransitionTime, `status.conditions[${type}].lastTransitionTime`) ?? 0
    return [{ type, status, reason: textOf(found.reason), message: textOf(found.message), since }]
  })
}
