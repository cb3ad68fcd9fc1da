import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFound,
  notSupported,
  required,
} from '../field-error.ts'
import { dnsLabelComplaints, environmentNameComplaints, portNameComplaints, portNumberComplaints } from '../formats.ts'
import { nonNegative } from '../numbers.ts'
import { thousandths } from '../quantity.ts'
import type { Container, EnvironmentVariable, Port, Probe } from './pod-spec.ts'

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const

export function* validateContainers(
  containers: readonly Container[],
  volumes: ReadonlySet<string>,
  path: string,
): Iterable<FieldError> {
  if (containers.length === 0) {
    yield required(path)
    return
  }
  const names = new Set<string>()
  for (const [index, container] of containers.entries()) {
    const at = `${path}[${index}]`
    yield* validateContainer(container, volumes, at)
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name)
    names.add(container.name)
    for (const probe of probes) yield* validateProbe(container[probe], probe, `${at}.${probe}`)
  }
  yield* validateHostPorts(containers, path)
}

export function* validateInitContainers(
  containers: readonly Container[],
  regular: readonly Container[],
  volumes: ReadonlySet<string>,
  path: string,
): Iterable<FieldError> {
  const names = new Set(regular.map(container => container.name))
  for (const [index, container] of containers.entries()) {
    const at = `${path}[${index}]`
    yield* validateContainer(container, volumes, at)
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name)
    names.add(container.name)
    yield* validateHostPorts([container], path)
    if (container.restartPolicy === 'Always') {
      for (const probe of probes) yield* validateProbe(container[probe], probe, `${at}.${probe}`)
      continue
    }
    for (const field of ['lifecycle', ...probes] as const) {
      const detail = 'may not be set for init containers without restartPolicy=Always'
      if (container[field] !== undefined) yield forbiddenField(`${at}.${field}`, detail)
    }
  }
}

function* validateContainer(container: Container, volumes: ReadonlySet<string>, path: string): Iterable<FieldError> {
  if (!container.name) yield required(`${path}.name`)
  else {
    for (const complaint of dnsLabelComplaints(container.name)) {
      yield invalidValue(`${path}.name`, container.name, complaint)
    }
  }
  if (!container.image) yield required(`${path}.image`)
  yield* oneOf(
    container.terminationMessagePolicy,
    ['File', 'FallbackToLogsOnError'],
    `${path}.terminationMessagePolicy`,
  )
  yield* validatePorts(container.ports ?? [], `${path}.ports`)
  yield* validateEnvironment(container.env ?? [], `${path}.env`)
  yield* validateMounts(container.volumeMounts ?? [], volumes, `${path}.volumeMounts`)
  yield* oneOf(container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], `${path}.imagePullPolicy`)
  yield* validateResources(container.resources ?? {}, `${path}.resources`)
}

/** A value of a closed set, which must be there. */
export function* oneOf(value: string | undefined, supported: readonly string[], path: string): Iterable<FieldError> {
  if (!value) yield required(path)
  else if (!supported.includes(value)) yield notSupported(path, value, supported)
}

function* validatePorts(ports: readonly Port[], path: string): Iterable<FieldError> {
  const names = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const at = `${path}[${index}]`
    if (port.name) {
      const complaints = portNameComplaints(port.name)
      for (const complaint of complaints) yield invalidValue(`${at}.name`, port.name, complaint)
      if (names.has(port.name)) yield duplicate(`${at}.name`, port.name)
      if (complaints.length === 0) names.add(port.name)
    }
    if (!port.containerPort) yield required(`${at}.containerPort`)
    else yield* validatePortNumber(port.containerPort, `${at}.containerPort`)
    if (port.hostPort) yield* validatePortNumber(port.hostPort, `${at}.hostPort`)
    yield* oneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], `${at}.protocol`)
  }
}

function* validatePortNumber(port: number, path: string): Iterable<FieldError> {
  for (const complaint of portNumberComplaints(port)) yield invalidValue(path, port, complaint)
}

/** Containers of a pod share its node's ports. */
function* validateHostPorts(containers: readonly Container[], path: string): Iterable<FieldError> {
  const taken = new Set<string>()
  for (const [index, { ports = [] }] of containers.entries()) {
    for (const [number, { protocol, hostIP = '', hostPort }] of ports.entries()) {
      if (!hostPort) continue
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(key)) yield duplicate(`${path}[${index}].ports[${number}].hostPort`, key)
      taken.add(key)
    }
  }
}

const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const

function* validateEnvironment(variables: readonly EnvironmentVariable[], path: string): Iterable<FieldError> {
  for (const [index, { name, value, valueFrom }] of variables.entries()) {
    const at = `${path}[${index}]`
    if (!name) yield required(`${at}.name`)
    else for (const complaint of environmentNameComplaints(name)) yield invalidValue(`${at}.name`, name, complaint)
    const complaint = valueFrom === undefined ? null : sourceComplaint(valueFrom, Boolean(value))
    if (complaint !== null) yield invalidValue(`${at}.valueFrom`, '', complaint)
  }
}

function sourceComplaint(from: NonNullable<EnvironmentVariable['valueFrom']>, hasValue: boolean): string | null {
  const count = sources.filter(source => from[source] !== undefined).length
  if (count === 0) {
    return 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'
  }
  if (hasValue) return 'may not be specified when `value` is not empty'
  return count > 1 ? 'may not have more than one field specified at a time' : null
}

function* validateMounts(
  mounts: NonNullable<Container['volumeMounts']>,
  volumes: ReadonlySet<string>,
  path: string,
): Iterable<FieldError> {
  const paths = new Set<string>()
  for (const [index, { name, mountPath }] of mounts.entries()) {
    const at = `${path}[${index}]`
    if (!name) yield required(`${at}.name`)
    if (!volumes.has(name)) yield notFound(`${at}.name`, name ?? '')
    if (!mountPath) yield required(`${at}.mountPath`)
    if (paths.has(mountPath)) yield invalidValue(`${at}.mountPath`, mountPath, 'must be unique')
    paths.add(mountPath)
  }
}

function* validateResources(
  { limits = {}, requests = {} }: NonNullable<Container['resources']>,
  path: string,
): Iterable<FieldError> {
  for (const [field, quantities] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const [name, quantity] of Object.entries(quantities)) {
      if (thousandths(quantity) < 0) {
        yield invalidValue(`${path}.${field}[${name}]`, String(quantity), 'must be greater than or equal to 0')
      }
    }
  }
  for (const [name, request] of Object.entries(requests)) {
    const limit = limits[name]
    if (limit === undefined || thousandths(request) <= thousandths(limit)) continue
    yield invalidValue(`${path}.requests`, String(request), `must be less than or equal to ${name} limit of ${limit}`)
  }
}

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'] as const

function* validateProbe(probe: Probe | undefined, kind: (typeof probes)[number], path: string): Iterable<FieldError> {
  if (probe === undefined) return
  const [first, ...others] = handlers.filter(handler => probe[handler] !== undefined)
  if (first === undefined) yield required(path, 'must specify a handler type')
  for (const other of others) yield forbiddenField(`${path}.${other}`, 'may not specify more than 1 handler type')
  const port = probe.httpGet?.port ?? probe.tcpSocket?.port
  if (port !== undefined) {
    const complaints = typeof port === 'number' ? portNumberComplaints(port) : portNameComplaints(port)
    for (const complaint of complaints) yield invalidValue(`${path}.${first}.port`, port, complaint)
  }
  const numbers = [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const
  for (const number of numbers) yield* nonNegative(probe[number], `${path}.${number}`)
  if (kind !== 'readinessProbe' && probe.successThreshold !== 1) {
    yield invalidValue(`${path}.successThreshold`, probe.successThreshold, 'must be 1')
  }
  const grace = probe.terminationGracePeriodSeconds
  if (grace === undefined) return
  if (grace <= 0) yield invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0')
  if (kind === 'readinessProbe') {
    yield invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes')
  }
}
