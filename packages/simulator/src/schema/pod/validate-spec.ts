import { duplicate, type FieldError, forbiddenField, invalidValue, required } from '../field-error.ts'
import { dnsLabelComplaints, dnsSubdomainComplaints } from '../formats.ts'
import { validateLabels } from '../labels.ts'
import { validateAnnotations } from '../metadata.ts'
import type { PodSpec, PodTemplate, Volume } from './pod-spec.ts'
import { oneOf, validateContainers, validateInitContainers } from './validate-container.ts'
import { validateNodeAffinity, validateTolerations } from './validate-scheduling.ts'

/** A pod template, defaulted before (`pkg/apis/core/validation/validation.go`). */
export function* validatePodTemplate(template: PodTemplate, path: string): Iterable<FieldError> {
  const { metadata = {}, spec = {} } = template
  yield* validateLabels(metadata.labels, `${path}.labels`)
  yield* validateAnnotations(metadata.annotations, `${path}.annotations`)
  yield* validatePodSpec(spec, `${path}.spec`, 'template')
  if (spec.ephemeralContainers?.length) {
    yield forbiddenField(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')
  }
}

/** The spec of a pod or a template, defaulted before. */
export function* validatePodSpec(spec: PodSpec, path: string, of: 'pod' | 'template'): Iterable<FieldError> {
  const { containers = [], initContainers = [], volumes = [] } = spec
  const volumeNames = new Set(volumes.map(volume => volume.name))
  yield* validateVolumes(volumes, `${path}.volumes`)
  yield* validateContainers(containers, volumeNames, `${path}.containers`)
  yield* validateInitContainers(initContainers, containers, volumeNames, `${path}.initContainers`)
  yield* validateHostNetwork(spec, path, of)
  yield* oneOf(spec.restartPolicy, ['Always', 'OnFailure', 'Never'], `${path}.restartPolicy`)
  const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
  yield* oneOf(spec.dnsPolicy, dnsPolicies, `${path}.dnsPolicy`)
  yield* validateLabels(spec.nodeSelector, `${path}.nodeSelector`)
  const nodeAffinity = spec.affinity?.nodeAffinity
  if (nodeAffinity !== undefined) yield* validateNodeAffinity(nodeAffinity, `${path}.affinity.nodeAffinity`)
  yield* validateNames(spec, path)
  const deadline = spec.activeDeadlineSeconds
  if (deadline !== undefined && (deadline < 1 || deadline > 2 ** 31 - 1)) {
    yield invalidValue(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive')
  }
  yield* validateTolerations(spec.tolerations ?? [], `${path}.tolerations`)
}

function* validateNames(spec: PodSpec, path: string): Iterable<FieldError> {
  for (const field of ['serviceAccountName', 'nodeName', 'priorityClassName'] as const) {
    const name = spec[field]
    if (name)
      for (const complaint of dnsSubdomainComplaints(name)) yield invalidValue(`${path}.${field}`, name, complaint)
  }
  for (const field of ['hostname', 'subdomain'] as const) {
    const name = spec[field]
    if (name) for (const complaint of dnsLabelComplaints(name)) yield invalidValue(`${path}.${field}`, name, complaint)
  }
}

function* validateVolumes(volumes: readonly Volume[], path: string): Iterable<FieldError> {
  const names = new Set<string>()
  for (const [index, volume] of volumes.entries()) {
    const at = `${path}[${index}]`
    const [first, ...others] = Object.keys(volume).filter(key => key !== 'name' && volume[key] !== undefined)
    for (const other of others) yield forbiddenField(`${at}.${other}`, 'may not specify more than 1 volume type')
    if (first === undefined) yield required(at, 'must specify a volume type')
    if (volume.hostPath !== undefined && !volume.hostPath.path) yield required(`${at}.hostPath.path`)
    if (volume.secret !== undefined && !volume.secret.secretName) yield required(`${at}.secret.secretName`)
    if (volume.configMap !== undefined && !volume.configMap.name) yield required(`${at}.configMap.name`)
    if (!volume.name) yield required(`${at}.name`)
    else {
      for (const complaint of dnsLabelComplaints(volume.name)) yield invalidValue(`${at}.name`, volume.name, complaint)
    }
    if (names.has(volume.name)) yield duplicate(`${at}.name`, volume.name)
    names.add(volume.name)
  }
}

function* validateHostNetwork(spec: PodSpec, path: string, of: 'pod' | 'template'): Iterable<FieldError> {
  if (!spec.hostNetwork) return
  for (const [index, { ports = [] }] of (spec.containers ?? []).entries()) {
    for (const [number, { hostPort = 0, containerPort }] of ports.entries()) {
      // A template may leave it out: it is filled in when the pod is created.
      if (hostPort === containerPort || (of === 'template' && hostPort === 0)) continue
      const at = `${path}.containers[${index}].ports[${number}].hostPort`
      yield invalidValue(at, hostPort, 'must match `containerPort` when `hostNetwork` is true')
    }
  }
}
