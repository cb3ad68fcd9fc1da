import type { Random } from '@rollcall/service'
import type { ContainerStatus } from '../kinds.ts'
import { hexDigits } from '../random.ts'
import { terminatedState, waitingStatus } from './pod-status.ts'
import { imageOf, type Next, type PodEvent, type PodView, statusesOf, waitsFor } from './pod-view.ts'
import { backOffMs } from './timings.ts'

type Tools = { readonly now: string; readonly random: Random }

/** The containers that wait for an image get it and start, or fail to. */
export function pulledAndStarted(
  view: PodView,
  tools: Tools,
): Pick<Next, 'events' | 'pulled' | 'pull'> & {
  readonly statuses: readonly ContainerStatus[]
} {
  const events: PodEvent[] = []
  const pulled: string[] = []
  let pull: Next['pull'] = 'worked'
  const statuses = statusesOf(view).map(status => {
    if (!waitsFor(status, 'ContainerCreating', 'PodInitializing', 'ErrImagePull', 'ImagePullBackOff')) return status
    const image = imageOf(view, status.name)
    if (view.images.behaviourOf(image) === 'missing') {
      pull = 'failed'
      events.push(...pullFailed(status.name, image))
      return waitingStatus({ name: status.name, image }, 'ErrImagePull', notFoundText(image))
    }
    const isThere = view.images.isOn(view.nodeName, image)
    events.push(imageEvent(status.name, image, isThere, tools.random), ...startEvents(status.name))
    pulled.push(image)
    return running(view, status, image, tools)
  })
  return { statuses, events, pulled, pull }
}

/** After a failed pull: no attempt for a while. */
export function pullBackedOff(view: PodView): Next & { readonly statuses: readonly ContainerStatus[] } {
  const events: PodEvent[] = []
  const statuses = statusesOf(view).map(status => {
    if (!waitsFor(status, 'ErrImagePull')) return status
    const image = imageOf(view, status.name)
    const container = status.name
    events.push(
      { type: 'Normal', reason: 'BackOff', message: `Back-off pulling image "${image}"`, container },
      { type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff', container },
    )
    const message = `Back-off pulling image "${image}": ErrImagePull: ${notFoundText(image)}`
    return waitingStatus({ name: status.name, image }, 'ImagePullBackOff', message)
  })
  return { statuses, events }
}

/** Containers that crash: the first time they start again at once, later after a back-off. */
export function crashed(view: PodView, tools: Tools): Next & { readonly statuses: readonly ContainerStatus[] } {
  const events: PodEvent[] = []
  const { namespace = '', name, uid } = view.pod.metadata
  const statuses = statusesOf(view).map(status => {
    if (!crashes(view, status)) return status
    const lastState = terminatedState(status, 1, tools.now)
    const fallen = { ...status, ready: false, started: false, lastState }
    if (status.restartCount === 0) {
      const image = imageOf(view, status.name)
      events.push(imageEvent(status.name, image, true, tools.random), ...startEvents(status.name))
      return { ...running(view, fallen, image, tools), restartCount: 1 }
    }
    const where = `${name}_${namespace}(${uid})`
    events.push({
      type: 'Warning',
      reason: 'BackOff',
      message: `Back-off restarting failed container ${status.name} in pod ${where}`,
      container: status.name,
    })
    const seconds = backOffMs(status.restartCount, view.timings) / 1000
    const message = `back-off ${durationText(seconds)} restarting failed container=${status.name} pod=${where}`
    return { ...fallen, state: { waiting: { reason: 'CrashLoopBackOff', message } } }
  })
  return { statuses, events }
}

export function restarted(view: PodView, tools: Tools): Next & { readonly statuses: readonly ContainerStatus[] } {
  const events: PodEvent[] = []
  const statuses = statusesOf(view).map(status => {
    if (!waitsFor(status, 'CrashLoopBackOff')) return status
    const image = imageOf(view, status.name)
    events.push(imageEvent(status.name, image, true, tools.random), ...startEvents(status.name))
    return { ...running(view, status, image, tools), restartCount: status.restartCount + 1 }
  })
  return { statuses, events }
}

export function crashes(view: PodView, status: ContainerStatus): boolean {
  if (!('running' in status.state)) return false
  return view.isToldToCrash || view.images.behaviourOf(imageOf(view, status.name)) === 'crashes'
}

/** Whether the container says it is ready once it runs (and its probe, if it has one, was tried). */
export function becomesReady(view: PodView, name: string): boolean {
  return !view.isToldUnready && view.images.behaviourOf(imageOf(view, name)) !== 'neverReady'
}

export function hasProbe({ pod }: PodView, name: string): boolean {
  return pod.spec.containers.find(container => container.name === name)?.readinessProbe !== undefined
}

function running(view: PodView, status: ContainerStatus, image: string, { now, random }: Tools): ContainerStatus {
  return {
    ...status,
    imageID: `${image.split('@')[0]}@sha256:${digestOf(image)}`,
    containerID: `containerd://${hexDigits(random, 64)}`,
    ready: becomesReady(view, status.name) && !hasProbe(view, status.name),
    started: true,
    state: { running: { startedAt: now } },
  }
}

/** The same image is the same bytes everywhere. */
function digestOf(image: string): string {
  let sum = 0x811c9dc5
  for (let index = 0; index < image.length; index++) sum = Math.imul(sum ^ image.charCodeAt(index), 0x01000193)
  return (sum >>> 0).toString(16).padStart(8, '0').repeat(8)
}

function imageEvent(container: string, image: string, isThere: boolean, random: Random): PodEvent {
  if (isThere) {
    const message = `Container image "${image}" already present on machine and can be accessed by the pod`
    return { type: 'Normal', reason: 'Pulled', message, container }
  }
  const took = `${(0.5 + 3 * random()).toFixed(3)}s`
  const bytes = 10_000_000 + Math.floor(random() * 90_000_000)
  const message = `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${bytes} bytes.`
  return { type: 'Normal', reason: 'Pulled', message, container }
}

function startEvents(container: string): readonly PodEvent[] {
  return [
    { type: 'Normal', reason: 'Created', message: 'Container created', container },
    { type: 'Normal', reason: 'Started', message: 'Container started', container },
  ]
}

function pullFailed(container: string, image: string): readonly PodEvent[] {
  return [
    {
      type: 'Warning',
      reason: 'Failed',
      message: `Failed to pull image "${image}": ${notFoundText(image)}`,
      container,
    },
    { type: 'Warning', reason: 'Failed', message: 'Error: ErrImagePull', container },
  ]
}

function notFoundText(image: string): string {
  return `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`
}

/** As Go writes a duration: `10s`, `1m20s`, `5m0s`. */
function durationText(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`
}
