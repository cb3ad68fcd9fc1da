import { since } from './age.ts'
import { ageColumn, column, columnOf, nameColumn } from './columns.ts'
import { type Fields, fieldsOf, itemsOf, type Printer, textOf } from './table.ts'

const status = 'io.k8s.api.core.v1.NodeStatus'
const system = 'io.k8s.api.core.v1.NodeSystemInfo'
const rolePrefix = 'node-role.kubernetes.io/'

/** `kubectl get nodes` (`pkg/printers/internalversion/printers.go`, printNode). */
export const nodePrinter = (): Printer => ({
  columns: [
    nameColumn(),
    column('Status', 'The status of the node'),
    column('Roles', 'The roles of the node'),
    ageColumn(),
    columnOf('Version', system, 'kubeletVersion'),
    columnOf('Internal-IP', status, 'addresses', { priority: 1 }),
    columnOf('External-IP', status, 'addresses', { priority: 1 }),
    columnOf('OS-Image', system, 'osImage', { priority: 1 }),
    columnOf('Kernel-Version', system, 'kernelVersion', { priority: 1 }),
    columnOf('Container-Runtime', system, 'containerRuntimeVersion', { priority: 1 }),
  ],
  cells(node, nowMs) {
    const metadata = fieldsOf(node.metadata)
    const { nodeInfo, addresses } = fieldsOf(node.status)
    const info = fieldsOf(nodeInfo)
    const architecture = textOf(info.architecture)
    const kernel = textOf(info.kernelVersion) || '<unknown>'
    return [
      textOf(metadata.name),
      statusText(node),
      rolesOf(fieldsOf(metadata.labels)).join(',') || '<none>',
      since(metadata.creationTimestamp, nowMs),
      textOf(info.kubeletVersion),
      addressOf(addresses, 'InternalIP'),
      addressOf(addresses, 'ExternalIP'),
      textOf(info.osImage) || '<unknown>',
      architecture === '' ? kernel : `${kernel} (${architecture})`,
      textOf(info.containerRuntimeVersion) || '<unknown>',
    ]
  },
})

function statusText(node: Fields): string {
  const ready = itemsOf(fieldsOf(node.status).conditions).find(condition => condition.type === 'Ready')
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
  return fieldsOf(node.spec).unschedulable === true ? `${text},SchedulingDisabled` : text
}

function rolesOf(labels: Fields): readonly string[] {
  const roles = new Set<string>()
  for (const [key, value] of Object.entries(labels)) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) roles.add(key.slice(rolePrefix.length))
    else if (key === 'kubernetes.io/role' && textOf(value) !== '') roles.add(textOf(value))
  }
  return [...roles].sort()
}

function addressOf(addresses: unknown, type: string): string {
  return textOf(itemsOf(addresses).find(address => address.type === type)?.address) || '<none>'
}
