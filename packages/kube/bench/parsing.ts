import { eventCodec } from '@rollcall/contracts'
import { changedBy, podFacts } from '../src/index.ts'
import { watchEventsOf } from '../src/watch-stream.ts'

/** CPU per watched pod change: reading the line, parsing, slimming, encoding. No network. */
const count = 20_000

const pod = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    name: 'fluentd-bcdfghjklm',
    generateName: 'fluentd-',
    namespace: 'kube-system',
    uid: '6b1f6f0e-0b1f-4f6a-9c39-1a2b3c4d5e6f',
    resourceVersion: '123456',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { app: 'fluentd', 'controller-revision-hash': '74b45fcf6b', 'pod-template-generation': '1' },
    annotations: { 'rollcall.dev/command': '0123456789abcdef0123456789abcdef' },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        name: 'fluentd',
        uid: 'd-1',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
    managedFields: ['rollcall', 'kube-scheduler', 'kubelet'].map(manager => ({
      manager,
      operation: 'Update',
      apiVersion: 'v1',
      time: '2026-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: Object.fromEntries(
        Array.from({ length: 40 }, (_, index) => [`f:field${index}`, { 'f:a': {}, 'f:b': {} }]),
      ),
    })),
  },
  spec: {
    nodeName: 'node-1234',
    containers: [
      {
        name: 'main',
        image: 'fluentd:1',
        env: Array.from({ length: 12 }, (_, index) => ({ name: `V${index}`, value: `value ${index}` })),
        volumeMounts: [{ name: 'a', mountPath: '/a' }],
      },
    ],
    tolerations: Array.from({ length: 7 }, (_, index) => ({ key: `node.kubernetes.io/k${index}`, operator: 'Exists' })),
  },
  status: {
    phase: 'Running',
    conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(type => ({
      type,
      status: 'True',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })),
  },
}
const line = `${JSON.stringify({ type: 'MODIFIED', object: pod })}\n`
const bytes = Buffer.from(line.repeat(count))

async function* chunks() {
  for (let start = 0; start < bytes.length; start += 64 * 1024) yield bytes.subarray(start, start + 64 * 1024)
}

async function measure(what: string, each: (object: unknown) => unknown): Promise<void> {
  const cpu = process.cpuUsage()
  for await (const event of watchEventsOf(chunks(), 'x')) if (event.type !== 'BOOKMARK') each(event.object)
  const { user, system } = process.cpuUsage(cpu)
  console.log(`${what}: ${((user + system) / count).toFixed(1)} µs CPU per change of ${line.length} bytes`)
}

for (let round = 0; round < 2; round++) {
  await measure('lines and JSON', () => null)
  await measure('… and facts', podFacts)
  await measure('… and the encoded event', object =>
    eventCodec.encode({ type: 'PodObserved', cluster: 'c', at: 1, pod: podFacts(object), by: changedBy(object) }),
  )
}
