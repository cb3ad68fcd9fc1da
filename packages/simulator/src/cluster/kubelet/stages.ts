import { isTerminal, keyOf } from '../kinds.ts'
import { isReady } from '../nodes/node-shape.ts'
import { refusalOf } from './admission.ts'
import { becomesReady, crashed, crashes, hasProbe, pullBackedOff, pulledAndStarted, restarted } from './containers.ts'
import { endedStatus, waitingStatus, withContainers } from './pod-status.ts'
import { type PodView, type Stage, statusesOf, waitsFor } from './pod-view.ts'
import { backOffMs, drawn } from './timings.ts'

const isEnding = ({ pod }: PodView) => pod.metadata.deletionTimestamp !== undefined

/** The kubelet has said that it is done with the pod; finalizers may still hold the object. */
const isLetGo = (view: PodView) => isEnding(view) && view.pod.metadata.deletionGracePeriodSeconds === 0

const hasNothingRunning = (view: PodView) =>
  isTerminal(view.pod) || statusesOf(view).every(({ state }) => !('running' in state))

const remove: Stage = {
  name: 'remove',
  selects: view => isEnding(view) && !isLetGo(view) && hasNothingRunning(view),
  delayMs: () => 0,
  next: () => ({ remove: true }),
}

const stop: Stage = {
  name: 'stop',
  selects: view => isEnding(view) && !isTerminal(view.pod) && !hasNothingRunning(view),
  delayMs: ({ pod, timings }, random) =>
    Math.min(drawn(timings.stop, random), (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000),
  begins: view =>
    statusesOf(view)
      .filter(({ state }) => 'running' in state)
      .map(({ name }) => ({
        type: 'Normal',
        reason: 'Killing',
        message: `Stopping container ${name}`,
        container: name,
      })),
  next: ({ pod }, { now }) => ({ status: endedStatus(pod, 0, now, { phase: 'Succeeded' }), remove: true }),
}

/** Nothing more becomes of a pod at its end. */
const rest: Stage = {
  name: 'rest',
  selects: view => isTerminal(view.pod) || isEnding(view),
  delayMs: () => Number.POSITIVE_INFINITY,
  next: () => ({}),
}

const accept: Stage = {
  name: 'accept',
  selects: ({ pod }) => pod.status.startTime === undefined,
  delayMs: ({ timings }, random) => drawn(timings.accept, random),
  next(view, { now }) {
    const { pod, node } = view
    const refusal = refusalOf(view, keyOf(pod))
    if (refusal) {
      const events = [{ type: 'Warning', ...refusal }] as const
      return { status: { ...pod.status, ...refusal, phase: 'Failed', startTime: now }, events }
    }
    const hostIP = node?.status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? ''
    const reason = pod.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating'
    const containers = pod.spec.containers.map(container => waitingStatus(container, reason))
    const ips = pod.spec.hostNetwork === true ? { podIP: hostIP, podIPs: [{ ip: hostIP }] } : {}
    return {
      status: withContainers(pod, containers, now, {
        startTime: now,
        hostIP,
        hostIPs: [{ ip: hostIP }],
        ...ips,
      }),
    }
  },
}

const creating = (view: PodView) =>
  statusesOf(view).filter(status => waitsFor(status, 'ContainerCreating', 'PodInitializing'))

/** Images are pulled, and the containers that got theirs start. */
const start: Stage = {
  name: 'start',
  selects: view => creating(view).length > 0,
  delayMs(view, random) {
    const { timings, images, nodeName } = view
    const isThere = view.pod.spec.containers.every(({ image }) => images.isOn(nodeName, image))
    return drawn(isThere ? timings.look : timings.pull, random) + drawn(timings.start, random)
  },
  begins: view =>
    view.pod.spec.containers
      .filter(({ image }) => !view.images.isOn(view.nodeName, image))
      .map(({ name, image }) => ({
        type: 'Normal',
        reason: 'Pulling',
        message: `Pulling image "${image}"`,
        container: name,
      })),
  next(view, tools) {
    const { statuses, ...more } = pulledAndStarted(view, tools)
    return { ...more, status: withContainers(view.pod, statuses, tools.now) }
  },
}

/** A readiness probe is asked for the first time. */
const probe: Stage = {
  name: 'probe',
  selects: view =>
    statusesOf(view).some(
      status => 'running' in status.state && !status.ready && !crashes(view, status) && becomesReady(view, status.name),
    ),
  delayMs(view, random) {
    const slowest = view.pod.spec.containers.map(({ readinessProbe }) =>
      readinessProbe
        ? (readinessProbe.initialDelaySeconds ?? 0) + (readinessProbe.periodSeconds ?? 10) * 0.1 * random()
        : 0,
    )
    return Math.max(...slowest) * 1000
  },
  next: (view, { now }) => ({
    status: withContainers(
      view.pod,
      statusesOf(view).map(status => ('running' in status.state ? { ...status, ready: true } : status)),
      now,
    ),
  }),
}

const loseReadiness: Stage = {
  name: 'loseReadiness',
  selects: view => statusesOf(view).some(({ ready, name }) => ready && !becomesReady(view, name)),
  delayMs: () => 0,
  next: (view, { now }) => ({
    events: statusesOf(view)
      .filter(({ ready, name }) => ready && hasProbe(view, name))
      .map(({ name }) => ({
        type: 'Warning',
        reason: 'Unhealthy',
        message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
        container: name,
      })),
    status: withContainers(
      view.pod,
      statusesOf(view).map(status => (becomesReady(view, status.name) ? status : { ...status, ready: false })),
      now,
    ),
  }),
}

const crash: Stage = {
  name: 'crash',
  selects: view => statusesOf(view).some(status => crashes(view, status)),
  delayMs: ({ timings }, random) => drawn(timings.crash, random),
  next(view, tools) {
    if (view.pod.spec.restartPolicy === 'Never') {
      return { status: endedStatus(view.pod, 1, tools.now, { phase: 'Failed' }) }
    }
    const { statuses, ...more } = crashed(view, tools)
    return { ...more, status: withContainers(view.pod, statuses, tools.now) }
  },
}

const restart: Stage = {
  name: 'restart',
  selects: view => statusesOf(view).some(status => waitsFor(status, 'CrashLoopBackOff')),
  delayMs(view) {
    const restarts = statusesOf(view).map(({ restartCount }) => restartCount)
    return backOffMs(Math.max(1, ...restarts), view.timings)
  },
  next(view, tools) {
    const { statuses, ...more } = restarted(view, tools)
    return { ...more, status: withContainers(view.pod, statuses, tools.now) }
  },
}

const backOffPull: Stage = {
  name: 'backOffPull',
  selects: view => statusesOf(view).some(status => waitsFor(status, 'ErrImagePull')),
  delayMs: (_, random) => 1_000 + 1_000 * random(),
  next(view, { now }) {
    const { statuses, ...more } = pullBackedOff(view)
    return { ...more, status: withContainers(view.pod, statuses, now) }
  },
}

const retryPull: Stage = {
  name: 'retryPull',
  selects: view => statusesOf(view).some(status => waitsFor(status, 'ImagePullBackOff')),
  delayMs: ({ pullFailures, timings }) => backOffMs(Math.max(1, pullFailures), timings),
  next: (view, tools) => start.next(view, tools),
}

/** Somebody else wrote readiness down otherwise: the node was not ready, and is again. */
const report: Stage = {
  name: 'report',
  selects: ({ pod, node }) => {
    if (node && !isReady(node)) return false
    const said = pod.status.conditions?.find(({ type }) => type === 'Ready')?.status
    const isWell = pod.status.phase === 'Running' && (pod.status.containerStatuses ?? []).every(({ ready }) => ready)
    return said !== (isWell ? 'True' : 'False')
  },
  delayMs: (_, random) => 200 + 1_000 * random(),
  next: (view, { now }) => ({ status: withContainers(view.pod, statusesOf(view), now) }),
}

/** In order of precedence: a pod is in the first that selects it. */
export const podStages: readonly Stage[] = [
  remove,
  stop,
  rest,
  accept,
  start,
  loseReadiness,
  probe,
  crash,
  restart,
  report,
  backOffPull,
  retryPull,
]
