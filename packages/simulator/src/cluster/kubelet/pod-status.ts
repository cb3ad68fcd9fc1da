import {
  type Condition,
  type Container,
  type ContainerState,
  type ContainerStatus,
  isTerminal,
  type Pod,
  type PodPhase,
  type PodStatus,
  withCondition,
} from '../kinds.ts'

const unstarted = { ready: false, started: false, restartCount: 0, imageID: '', lastState: {} } as const

export function waitingStatus(container: Container, reason: string, message?: string): ContainerStatus {
  const { name, image } = container
  const state = { waiting: { reason, ...(message === undefined ? {} : { message }) } }
  return { ...unstarted, name, image, state }
}

/** The status with these containers: phase and conditions follow (kubelet's `getPhase`, `status/generate.go`). */
export function withContainers(
  pod: Pod,
  containerStatuses: readonly ContainerStatus[],
  now: string,
  more: Partial<PodStatus> = {},
): PodStatus {
  const phase = more.phase ?? (isTerminal(pod) ? (pod.status.phase as PodPhase) : phaseOf(containerStatuses))
  const hasStarted = phase !== 'Pending'
  const conditions = [
    { type: 'PodReadyToStartContainers', status: isUp(containerStatuses) ? 'True' : 'False' },
    { type: 'Initialized', status: 'True' },
    ...readiness(containerStatuses, phase),
  ] satisfies Condition[]
  return {
    ...pod.status,
    ...more,
    phase,
    conditions: conditions.reduce<readonly Condition[]>(
      (put, condition) => withCondition(put, condition, now),
      pod.status.conditions ?? [],
    ),
    containerStatuses,
    ...(hasStarted ? initContainers(pod, now) : {}),
  }
}

/** All containers at an end: the terminal phase says whether each exited with 0. */
export function endedStatus(
  pod: Pod,
  exitCode: number,
  now: string,
  more: Partial<PodStatus> & { readonly phase: PodPhase },
): PodStatus {
  const containers = pod.status.containerStatuses ?? []
  return withContainers(
    pod,
    containers.map(status => ended(status, exitCode, now)),
    now,
    more,
  )
}

export function ended(status: ContainerStatus, exitCode: number, now: string): ContainerStatus {
  if (!('running' in status.state)) return { ...status, ready: false }
  return { ...status, ready: false, started: false, state: terminatedState(status, exitCode, now) }
}

export function terminatedState(status: ContainerStatus, exitCode: number, now: string): ContainerState {
  const startedAt = 'running' in status.state ? status.state.running.startedAt : now
  const containerID = status.containerID === undefined ? {} : { containerID: status.containerID }
  const reason = exitCode === 0 ? 'Completed' : 'Error'
  return { terminated: { exitCode, reason, startedAt, finishedAt: now, ...containerID } }
}

/** The two readiness conditions. A pod at its end names why it is none. */
function readiness(statuses: readonly ContainerStatus[], phase: PodPhase): readonly Condition[] {
  const unready = statuses.filter(({ ready }) => !ready).map(({ name }) => name)
  if (unready.length === 0 && phase === 'Running') {
    return [
      { type: 'Ready', status: 'True' },
      { type: 'ContainersReady', status: 'True' },
    ]
  }
  const why =
    phase === 'Succeeded'
      ? { reason: 'PodCompleted' }
      : phase === 'Failed'
        ? { reason: 'PodFailed' }
        : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
  return [
    { type: 'Ready', status: 'False', ...why },
    { type: 'ContainersReady', status: 'False', ...why },
  ]
}

function phaseOf(statuses: readonly ContainerStatus[]): PodPhase {
  const isFresh = ({ state, lastState }: ContainerStatus) =>
    'waiting' in state && (lastState === undefined || !('terminated' in lastState))
  if (statuses.some(isFresh)) return 'Pending'
  return 'Running'
}

function isUp(statuses: readonly ContainerStatus[]): boolean {
  return statuses.some(({ state }) => 'running' in state)
}

/** Init containers are done as soon as the others have started; those that keep running run. */
function initContainers(pod: Pod, now: string): Pick<PodStatus, 'initContainerStatuses'> {
  const before = pod.status.initContainerStatuses
  if (!pod.spec.initContainers || before) return {}
  const initContainerStatuses = pod.spec.initContainers.map(({ name, image, restartPolicy }) => {
    const base = { ...unstarted, name, image, imageID: image, ready: true }
    return restartPolicy === 'Always'
      ? { ...base, started: true, state: { running: { startedAt: now } } }
      : {
          ...base,
          state: { terminated: { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now } },
        }
  })
  return { initContainerStatuses }
}
