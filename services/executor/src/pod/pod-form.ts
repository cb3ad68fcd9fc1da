import { type Json, overrideLabel, overrideValue, type ResourceOverride } from '@rollcall/contracts'
import { arrayIn, type DaemonSetRef, type JsonObject, objectIn, ownerReferenceTo } from '../kube-objects.ts'
import { withOverride } from './resources.ts'
import { type Toleration, withDaemonTolerations } from './tolerations.ts'

/** On every pod Rollcall creates: the command that did it. A second create recognises its own pod by it. */
export const commandAnnotation = 'rollcall.dev/command'

/** A pod printed but for three blanks, so that one more pod costs joining texts, not copying a template. */
export type PodForm = {
  /** The pod as JSON text. */
  fill(blanks: { podName: string; commandId: string; node: string }): string
}

export type PodFormSource = {
  /** The pod template as the API server's JSON has it. */
  readonly template: JsonObject
  readonly daemonSet: DaemonSetRef
  /** Label `controller-revision-hash`; empty: not written. */
  readonly hash: string
  /** Label `pod-template-generation`; null: not written. */
  readonly templateGeneration: number | null
  /** Keys of automatic tolerations that it does not get. Default: none. */
  readonly withoutTolerations?: readonly string[]
  /** Resources in place of the template's. Default: none. */
  readonly override?: ResourceOverride | null
}

/** Null when the pod would have no label at all: the reference refuses that (spec §1.6). */
export function printPodForm(source: PodFormSource): PodForm | null {
  const labels = podLabels(source)
  if (Object.keys(labels).length === 0) return null
  const { daemonSet } = source
  const metadata = objectIn(source.template, 'metadata')
  const finalizers = arrayIn(metadata, 'finalizers')

  // The blanks lie between these: the pod's name, the command's id, the node's name.
  const beforeName = '{"apiVersion":"v1","kind":"Pod","metadata":{"name":'
  const beforeCommand =
    `,"generateName":${JSON.stringify(`${daemonSet.name}-`)},"namespace":${JSON.stringify(daemonSet.namespace)}` +
    `,"labels":${JSON.stringify(labels)}` +
    (finalizers.length > 0 ? `,"finalizers":${JSON.stringify(finalizers)}` : '') +
    `,"ownerReferences":[${JSON.stringify(ownerReferenceTo(daemonSet))}]` +
    `,"annotations":${opened(without(objectIn(metadata, 'annotations'), commandAnnotation))}` +
    `${JSON.stringify(commandAnnotation)}:`
  const [beforeNode, afterNode] = printSpec(
    withOverride(objectIn(source.template, 'spec'), source.override ?? null),
    source.withoutTolerations,
  )
  const beforeSpec = `}},"spec":${beforeNode}`

  return {
    fill: ({ podName, commandId, node }) =>
      beforeName +
      JSON.stringify(podName) +
      beforeCommand +
      JSON.stringify(commandId) +
      beforeSpec +
      JSON.stringify(node) +
      afterNode,
  }
}

function podLabels({ template, hash, templateGeneration, override }: PodFormSource): JsonObject {
  return {
    ...objectIn(objectIn(template, 'metadata'), 'labels'),
    ...(templateGeneration === null ? {} : { 'pod-template-generation': String(templateGeneration) }),
    ...(hash === '' ? {} : { 'controller-revision-hash': hash }),
    ...(override ? { [overrideLabel]: overrideValue(override) } : {}),
  }
}

/** The pod's spec in two halves; the node's name, as a JSON string, goes between them (spec §1.6 step 5, §1.8). */
function printSpec(spec: JsonObject, withoutTolerations: readonly string[] | undefined): readonly [string, string] {
  const own = arrayIn(spec, 'tolerations') as Toleration[]
  const tolerations = withDaemonTolerations(own, spec.hostNetwork === true, withoutTolerations)
  const affinity = objectIn(spec, 'affinity')
  const nodeAffinity = objectIn(affinity, 'nodeAffinity')
  const before =
    opened(without({ ...spec, tolerations: tolerations as unknown as Json }, 'affinity')) +
    `"affinity":${opened(without(affinity, 'nodeAffinity'))}` +
    `"nodeAffinity":${opened(without(nodeAffinity, 'requiredDuringSchedulingIgnoredDuringExecution'))}` +
    '"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchFields":' +
    '[{"key":"metadata.name","operator":"In","values":['
  return [before, ']}]}]}}}}}']
}

/** An object's JSON with the closing brace left off, ready for one more member. */
function opened(object: JsonObject): string {
  const text = JSON.stringify(object)
  return text === '{}' ? '{' : `${text.slice(0, -1)},`
}

function without(object: JsonObject, member: string): JsonObject {
  const { [member]: _, ...rest } = object
  return rest
}
