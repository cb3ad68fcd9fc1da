import { since } from './age.ts'
import { ageColumn, column, columnOf, nameColumn } from './columns.ts'
import { type Fields, fieldsOf, itemsOf, numberOf, type Printer, textOf } from './table.ts'

const spec = 'io.k8s.api.core.v1.PodSpec'
const status = 'io.k8s.api.core.v1.PodStatus'

/** `kubectl get pods` (`pkg/printers/internalversion/printers.go`, printPod). */
export const podPrinter = (): Printer => ({
  columns: [
    nameColumn(),
    column('Ready', 'The aggregate readiness state of this pod for accepting traffic.'),
    column('Status', 'The aggregate status of the containers in this pod.'),
    column(
      'Restarts',
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    ),
    ageColumn(),
    columnOf('IP', status, 'podIP', { priority: 1 }),
    columnOf('Node', spec, 'nodeName', { priority: 1 }),
    columnOf('Nominated Node', status, 'nominatedNodeName', { priority: 1 }),
    columnOf('Readiness Gates', spec, 'readinessGates', { priority: 1 }),
  ],
  cells(pod, nowMs) {
    const metadata = fieldsOf(pod.metadata)
    const podStatus = fieldsOf(pod.status)
    const seen = lookAt(pod)
    return [
      textOf(metadata.name),
      `${seen.ready}/${seen.containers}`,
      seen.reason,
      seen.restarts !== 0 && seen.restartedAt !== ''
        ? `${seen.restarts} (${since(seen.restartedAt, nowMs)} ago)`
        : String(seen.restarts),
      since(metadata.creationTimestamp, nowMs),
      textOf(itemsOf(podStatus.podIPs)[0]?.ip) || '<none>',
      textOf(fieldsOf(pod.spec).nodeName) || '<none>',
      textOf(podStatus.nominatedNodeName) || '<none>',
      readinessGates(pod),
    ]
  },
  conditions(pod) {
    const phase = fieldsOf(pod.status).phase
    const message = { Succeeded: 'The pod has completed successfully.', Failed: 'The pod failed.' }[String(phase)]
    return message === undefined ? [] : [{ type: 'Completed', status: 'True', reason: String(phase), message }]
  },
})

type Seen = {
  readonly containers: number
  readonly ready: number
  readonly reason: string
  readonly restarts: number
  /** When a container last ended and began again; empty: never. */
  readonly restartedAt: string
}

function lookAt(pod: Fields): Seen {
  const podStatus = fieldsOf(pod.status)
  const init = lookAtInit(pod)
  const isInitialized = hasCondition(podStatus, 'Initialized')
  const seen = init.failing !== null && !isInitialized ? { ...init, reason: init.failing } : lookAtMain(pod, init)
  return { ...seen, containers: init.containers, reason: deletedReason(pod) ?? seen.reason }
}

type Init = {
  readonly containers: number
  readonly ready: number
  readonly restarts: number
  readonly restartedAt: string
  /** What the first init container that has not succeeded says. */
  readonly failing: string | null
  readonly sidecarRestarts: number
  readonly sidecarRestartedAt: string
}

function lookAtInit(pod: Fields): Init {
  const podSpec = fieldsOf(pod.spec)
  const initContainers = itemsOf(podSpec.initContainers)
  const sidecars = new Set(initContainers.filter(each => each.restartPolicy === 'Always').map(each => each.name))
  let [ready, restarts, restartedAt, sidecarRestarts, sidecarRestartedAt] = [0, 0, '', 0, '']
  let failing: string | null = null
  for (const [index, container] of itemsOf(fieldsOf(pod.status).initContainerStatuses).entries()) {
    const isSidecar = sidecars.has(container.name)
    restarts += numberOf(container.restartCount)
    restartedAt = later(restartedAt, endedBefore(container))
    if (isSidecar) {
      sidecarRestarts += numberOf(container.restartCount)
      sidecarRestartedAt = later(sidecarRestartedAt, endedBefore(container))
    }
    const { terminated } = fieldsOf(container.state)
    if (terminated !== undefined && numberOf(fieldsOf(terminated).exitCode) === 0) continue
    if (isSidecar && container.started === true) {
      if (container.ready === true) ready += 1
      continue
    }
    failing = initReason(fieldsOf(container.state), index, initContainers.length)
    break
  }
  const containers = itemsOf(podSpec.containers).length + sidecars.size
  return { containers, ready, restarts, restartedAt, failing, sidecarRestarts, sidecarRestartedAt }
}

function initReason({ terminated, waiting }: Fields, index: number, count: number): string {
  if (terminated !== undefined) return `Init:${endReason(fieldsOf(terminated))}`
  const waits = textOf(fieldsOf(waiting).reason)
  return waits !== '' && waits !== 'PodInitializing' ? `Init:${waits}` : `Init:${index}/${count}`
}

function endReason({ reason, signal, exitCode }: Fields): string {
  if (textOf(reason) !== '') return textOf(reason)
  return numberOf(signal) !== 0 ? `Signal:${signal}` : `ExitCode:${numberOf(exitCode)}`
}

function lookAtMain(pod: Fields, init: Init): Omit<Seen, 'containers'> {
  const podStatus = fieldsOf(pod.status)
  let [ready, restarts, restartedAt] = [init.ready, init.sidecarRestarts, init.sidecarRestartedAt]
  let [reason, errorReason, hasRunning] = [plainReason(podStatus), '', false]
  for (const container of itemsOf(podStatus.containerStatuses).toReversed()) {
    restarts += numberOf(container.restartCount)
    restartedAt = later(restartedAt, endedBefore(container))
    const { waiting, terminated, running } = fieldsOf(container.state)
    const waits = textOf(fieldsOf(waiting).reason)
    if (waits !== '') reason = waits
    else if (terminated !== undefined) {
      reason = endReason(fieldsOf(terminated))
      if (numberOf(fieldsOf(terminated).exitCode) !== 0) errorReason = reason
    } else if (container.ready === true && running !== undefined) {
      hasRunning = true
      ready += 1
    }
  }
  if (reason === 'Completed') {
    if (hasRunning && hasCondition(podStatus, 'Ready')) reason = 'Running'
    else if (errorReason !== '') reason = errorReason
    else if (hasRunning) reason = 'NotReady'
  }
  return { ready, reason, restarts, restartedAt }
}

function plainReason(podStatus: Fields): string {
  const isGated = itemsOf(podStatus.conditions).some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  )
  return isGated ? 'SchedulingGated' : textOf(podStatus.reason) || textOf(podStatus.phase)
}

function deletedReason(pod: Fields): string | null {
  if (fieldsOf(pod.metadata).deletionTimestamp === undefined) return null
  const { reason, phase } = fieldsOf(pod.status)
  if (reason === 'NodeLost') return 'Unknown'
  return phase === 'Failed' || phase === 'Succeeded' ? null : 'Terminating'
}

function hasCondition(podStatus: Fields, type: string): boolean {
  return itemsOf(podStatus.conditions).find(condition => condition.type === type)?.status === 'True'
}

function endedBefore(container: Fields): string {
  return textOf(fieldsOf(fieldsOf(container.lastState).terminated).finishedAt)
}

function later(a: string, b: string): string {
  return a > b ? a : b
}

function readinessGates(pod: Fields): string {
  const gates = itemsOf(fieldsOf(pod.spec).readinessGates)
  if (gates.length === 0) return '<none>'
  const open = gates.filter(gate => hasCondition(fieldsOf(pod.status), textOf(gate.conditionType)))
  return `${open.length}/${gates.length}`
}
