import { since } from './age.ts'
import { ageColumn, column, columnOf, nameColumn } from './columns.ts'
import { labelsText, selectorText } from './labels.ts'
import { type Fields, fieldsOf, itemsOf, numberOf, type Printer, textOf } from './table.ts'

const status = 'io.k8s.api.apps.v1.DaemonSetStatus'

/** `kubectl get daemonsets` (spec §5.3; printDaemonSet). */
export const daemonSetPrinter = (): Printer => ({
  columns: [
    nameColumn(),
    columnOf('Desired', status, 'desiredNumberScheduled', { type: 'integer' }),
    columnOf('Current', status, 'currentNumberScheduled', { type: 'integer' }),
    columnOf('Ready', status, 'numberReady', { type: 'integer' }),
    columnOf('Up-to-date', status, 'updatedNumberScheduled', { type: 'integer' }),
    columnOf('Available', status, 'numberAvailable', { type: 'integer' }),
    columnOf('Node Selector', 'io.k8s.api.core.v1.PodSpec', 'nodeSelector'),
    ageColumn(),
    column('Containers', 'Names of each container in the template.', { priority: 1 }),
    column('Images', 'Images referenced by each container in the template.', { priority: 1 }),
    columnOf('Selector', 'io.k8s.api.apps.v1.DaemonSetSpec', 'selector', { priority: 1 }),
  ],
  cells(daemonSet, nowMs) {
    const metadata = fieldsOf(daemonSet.metadata)
    const { selector, template } = fieldsOf(daemonSet.spec)
    const pod = fieldsOf(fieldsOf(template).spec)
    const counts = fieldsOf(daemonSet.status)
    const containers = itemsOf(pod.containers)
    return [
      textOf(metadata.name),
      numberOf(counts.desiredNumberScheduled),
      numberOf(counts.currentNumberScheduled),
      numberOf(counts.numberReady),
      numberOf(counts.updatedNumberScheduled),
      numberOf(counts.numberAvailable),
      labelsText(pod.nodeSelector),
      since(metadata.creationTimestamp, nowMs),
      containers.map(container => textOf(container.name)).join(','),
      containers.map(container => textOf(container.image)).join(','),
      selectorText(selector),
    ]
  },
})

/** `kubectl get controllerrevisions` (printControllerRevision). */
export const controllerRevisionPrinter = (): Printer => ({
  columns: [
    nameColumn(),
    column('Controller', 'Controller of the object'),
    columnOf('Revision', 'io.k8s.api.apps.v1.ControllerRevision', 'revision'),
    ageColumn(),
  ],
  cells(revision, nowMs) {
    const metadata = fieldsOf(revision.metadata)
    return [
      textOf(metadata.name),
      controllerText(metadata),
      numberOf(revision.revision),
      since(metadata.creationTimestamp, nowMs),
    ]
  },
})

function controllerText(metadata: Fields): string {
  const controller = itemsOf(metadata.ownerReferences).find(owner => owner.controller === true)
  if (controller === undefined) return '<none>'
  const [group = ''] = textOf(controller.apiVersion).includes('/') ? textOf(controller.apiVersion).split('/') : []
  const kind = group === '' ? textOf(controller.kind) : `${textOf(controller.kind)}.${group}`
  return `${kind.toLowerCase()}/${textOf(controller.name)}`
}
