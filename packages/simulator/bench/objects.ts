/**
 * `node packages/simulator/bench/objects.ts`: writes per second of the object store while it holds up to 50,000 pods
 * (10,000 nodes × 5 DaemonSets), with a watch on all of them. The columns should differ little from row to row: a write
 * costs what it touches.
 */
import { createRandom } from '../src/cluster/random.ts'
import { createObjectStore } from '../src/objects/create-object-store.ts'
import type { Draft, KubeObject } from '../src/objects/object-store.ts'

const daemonSets = 5

const podOf = (daemonSet: number, node: number): Draft => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `ds-${daemonSet}-${node}`,
    labels: { app: `ds-${daemonSet}`, 'controller-revision-hash': '7d9c8b6f5', 'pod-template-generation': '1' },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'DaemonSet', name: `ds-${daemonSet}`, uid: `u-${daemonSet}`, controller: true },
    ],
  },
  spec: {
    containers: [{ name: 'agent', image: 'registry.example/agent:1', resources: { requests: { cpu: '100m' } } }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [`n-${node}`] }] }],
        },
      },
    },
    tolerations: [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
    ],
  },
})

const running = (pod: KubeObject): KubeObject => ({
  ...pod,
  status: {
    ...(pod.status as object),
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  },
})

const labelled = (pod: KubeObject): KubeObject => ({
  ...pod,
  metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, seen: 'true' } },
})

function perSecond(count: number, write: (index: number) => void): string {
  const began = performance.now()
  for (let index = 0; index < count; index++) write(index)
  return Math.round((count / (performance.now() - began)) * 1_000).toLocaleString('en')
}

console.log('writes per second, one watch on all pods')
const titles = ['pods', 'create', 'bind', 'status', 'label', 'delete', 'list all, ms']
console.log(titles.map(title => title.padStart(14)).join(''))
for (const nodes of [200, 2_000, 10_000]) {
  const store = createObjectStore({ clock: { now: () => 1_767_225_600_000 }, random: createRandom('bench') })
  let seen = 0
  store.watch('pods', store.resourceVersion(), () => seen++)
  const pods = nodes * daemonSets
  const nameOf = (index: number) => `ds-${index % daemonSets}-${Math.floor(index / daemonSets)}`
  const change = (edit: (pod: KubeObject) => KubeObject, subresource?: 'status') =>
    perSecond(pods, index => store.change('pods', 'default', nameOf(index), edit, subresource))

  const create = perSecond(pods, index =>
    store.create('pods', 'default', podOf(index % daemonSets, Math.floor(index / daemonSets))),
  )
  const bind = perSecond(pods, index => store.bind('default', nameOf(index), `n-${Math.floor(index / daemonSets)}`))
  const status = change(running, 'status')
  const label = change(labelled)
  const began = performance.now()
  if (store.list('pods', null).length !== pods) throw new Error('pods are missing')
  const listMs = (performance.now() - began).toFixed(1)
  const deleted = perSecond(pods, index => store.delete('pods', 'default', nameOf(index), { gracePeriodSeconds: 0 }))
  if (seen !== pods * 6) throw new Error(`the watch saw ${seen} changes, not ${pods * 6}`)
  console.log(
    [pods.toLocaleString('en'), create, bind, status, label, deleted, listMs].map(cell => cell.padStart(14)).join(''),
  )
}
