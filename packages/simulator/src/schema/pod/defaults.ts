import { mapField, mapItems, withDefaults } from '../defaults.ts'
import type {
  Container,
  EnvironmentVariable,
  FieldRef,
  HttpGet,
  PodSpec,
  Probe,
  ProjectedSource,
  Volume,
} from './pod-spec.ts'

const fileMode = 0o644

/** What a pod and a pod template get alike (`pkg/apis/core/v1/defaults.go`, spec §8.1). */
export function withPodSpecDefaults(spec: PodSpec): PodSpec {
  const account = spec.serviceAccountName || spec.serviceAccount
  const filled = withDefaults(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  })
  const named = account && account !== filled.serviceAccount ? { ...filled, serviceAccount: account } : filled
  const accounted = account ? withDefaults(named, { serviceAccountName: account }) : named
  const withVolumes = mapField(accounted, 'volumes', volumes => mapItems(volumes, withVolumeDefaults))
  return mapContainers(withVolumes, withContainerDefaults)
}

/** What only pods get: in a template it would restart every DaemonSet when Kubernetes adds one. */
export function withPodDefaults(spec: PodSpec): PodSpec {
  const linked = withDefaults(spec, { enableServiceLinks: true })
  const patient =
    (linked.terminationGracePeriodSeconds ?? 0) < 0 ? { ...linked, terminationGracePeriodSeconds: 1 } : linked
  const requesting = mapContainers(patient, withRequestsFromLimits)
  return requesting.hostNetwork ? mapContainers(requesting, withHostPorts) : requesting
}

function mapContainers(spec: PodSpec, change: (container: Container) => Container): PodSpec {
  const fields = ['containers', 'initContainers', 'ephemeralContainers'] as const
  return fields.reduce((next, field) => mapField(next, field, containers => mapItems(containers, change)), spec)
}

function withContainerDefaults(container: Container): Container {
  const filled = withDefaults(container, {
    imagePullPolicy: isLatest(container.image ?? '') ? 'Always' : 'IfNotPresent',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    resources: {},
  })
  const withPorts = mapField(filled, 'ports', ports => mapItems(ports, port => withDefaults(port, { protocol: 'TCP' })))
  const withEnv = mapField(withPorts, 'env', env => mapItems(env, withVariableDefaults))
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const
  const probed = probes.reduce((next, field) => mapField(next, field, withProbeDefaults), withEnv)
  return mapField(probed, 'lifecycle', lifecycle => {
    const started = mapField(lifecycle, 'postStart', handler => mapField(handler, 'httpGet', withHttpDefaults))
    return mapField(started, 'preStop', handler => mapField(handler, 'httpGet', withHttpDefaults))
  })
}

/** Whether the tag is `latest`, said or implied. */
function isLatest(image: string): boolean {
  const [name = '', digest] = image.split('@')
  const tag = /:([^/:]*)$/.exec(name)?.[1]
  return tag === undefined ? digest === undefined : tag === 'latest'
}

function withVariableDefaults(variable: EnvironmentVariable): EnvironmentVariable {
  return mapField(variable, 'valueFrom', source => {
    const referred = withFieldRefDefaults(source)
    return mapField(referred, 'fileKeyRef', key => withDefaults(key, { optional: false }))
  })
}

function withFieldRefDefaults<T extends FieldRef>(source: T): T {
  const { fieldRef } = source
  if (fieldRef === undefined) return source
  const filled = withDefaults(fieldRef, { apiVersion: 'v1' })
  return filled === fieldRef ? source : { ...source, fieldRef: filled }
}

function withProbeDefaults(probe: Probe): Probe {
  // Zero counts as missing here.
  const positive = (value: number | undefined, otherwise: number) => value || otherwise
  const { timeoutSeconds, periodSeconds, successThreshold, failureThreshold } = probe
  const isWhole = timeoutSeconds && periodSeconds && successThreshold && failureThreshold
  const filled = isWhole
    ? probe
    : {
        ...probe,
        timeoutSeconds: positive(timeoutSeconds, 1),
        periodSeconds: positive(periodSeconds, 10),
        successThreshold: positive(successThreshold, 1),
        failureThreshold: positive(failureThreshold, 3),
      }
  const withHttp = mapField(filled, 'httpGet', withHttpDefaults)
  return mapField(withHttp, 'grpc', grpc => (grpc.service === undefined ? { ...grpc, service: '' } : grpc))
}

function withHttpDefaults(action: HttpGet): HttpGet {
  return withDefaults(action, { path: '/', scheme: 'HTTP' })
}

function withVolumeDefaults(volume: Volume): Volume {
  const isEmpty = Object.keys(volume).every(key => key === 'name')
  if (isEmpty) return { ...volume, emptyDir: {} }
  const withPath = mapField(volume, 'hostPath', path => (path.type === undefined ? { ...path, type: '' } : path))
  const withSecret = mapField(withPath, 'secret', secret => withDefaults(secret, { defaultMode: fileMode }))
  const withMap = mapField(withSecret, 'configMap', map => withDefaults(map, { defaultMode: fileMode }))
  const withDownward = mapField(withMap, 'downwardAPI', downward =>
    withDefaults(
      mapField(downward, 'items', items => mapItems(items, withFieldRefDefaults)),
      { defaultMode: fileMode },
    ),
  )
  return mapField(withDownward, 'projected', projected =>
    withDefaults(
      mapField(projected, 'sources', sources => mapItems(sources, withSourceDefaults)),
      { defaultMode: fileMode },
    ),
  )
}

function withSourceDefaults(source: ProjectedSource): ProjectedSource {
  const withDownward = mapField(source, 'downwardAPI', downward =>
    mapField(downward, 'items', items => mapItems(items, withFieldRefDefaults)),
  )
  return mapField(withDownward, 'serviceAccountToken', token => withDefaults(token, { expirationSeconds: 3_600 }))
}

function withRequestsFromLimits(container: Container): Container {
  return mapField(container, 'resources', resources => {
    const { limits = {}, requests = {} } = resources
    const missing = Object.keys(limits).some(name => requests[name] === undefined)
    return missing ? { ...resources, requests: { ...limits, ...requests } } : resources
  })
}

function withHostPorts(container: Container): Container {
  return mapField(container, 'ports', ports =>
    mapItems(ports, port => (port.hostPort ? port : { ...port, hostPort: port.containerPort })),
  )
}
