import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodesServed, podsIn } from './support/cluster.ts'
import { startRecorder } from './support/recorder.ts'
import { eventually, type Rollcall, startRollcall } from './support/rollcall.ts'

// What annotations make of rollouts (docs/annotations.md), on a real control plane: KWOK plays the kubelets, and leaves alone what
// carries the label `silent`, so that the test can say how it fares.

const nodes = ['node-1', 'node-2', 'node-3', 'node-4', 'node-5', 'node-6']
const silent = 'infra.rollcall.dev/kubelet'
let rollcall: Rollcall
let database: pg.Client

beforeAll(async () => {
  rollcall = await startRollcall({ clusters: ['east'], nodes: nodes.length })
  database = new pg.Client(rollcall.databaseUrl)
  await database.connect()
})
afterAll(async () => {
  await database?.end()
  await rollcall?.stop()
})

const kubectl = (...args: string[]) => rollcall.kubectl('east', ...args)
const patch = (...args: string[]) => kubectl('patch', ...args)

async function daemonSet(namespace: string, annotations: object, maxUnavailable: number, more = {}): Promise<void> {
  await kubectl('create', 'namespace', namespace)
  const labels = { app: 'agent' }
  const spec = { containers: [{ name: 'agent', image: 'agent:1' }], terminationGracePeriodSeconds: 0, ...more }
  const object = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace, annotations },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { rollingUpdate: { maxUnavailable } },
      template: { metadata: { labels }, spec },
    },
  }
  await applyIn(namespace, object)
  await eventually(async () => expect(await nodesServed(rollcall, 'east', namespace)).toEqual(nodes))
}
/** Server-side, from a file in the test's folder: the object is long. */
async function applyIn(namespace: string, object: object): Promise<void> {
  const file = join(rollcall.dir, `${namespace}.json`)
  await writeFile(file, JSON.stringify(object))
  await kubectl('apply', '--server-side', '-f', file)
}
const annotate = (namespace: string, ...annotations: string[]) =>
  kubectl('-n', namespace, 'annotate', '--overwrite', 'ds', 'agent', ...annotations.map(each => `rollcall.dev/${each}`))
const roll = (namespace: string, image: string) =>
  kubectl('-n', namespace, 'set', 'image', 'ds/agent', `agent=${image}`)
const onImage = async (namespace: string, image: string) =>
  (await podsIn(rollcall, 'east', namespace))
    .filter(pod => pod.live && pod.image === image)
    .map(({ node }) => node)
    .sort()
const eventuallyOn = (namespace: string, image: string, expected: readonly string[]) =>
  eventually(async () => expect(await onImage(namespace, image)).toEqual(expected))
async function rules(namespace: string): Promise<string[]> {
  const { rows } = await database.query<{ rule: string }>(
    `select rule from decisions where daemonset_namespace = $1 and node is null and rule like 'rollout-%'
     order by position, point, seq`,
    [namespace],
  )
  return rows.map(({ rule }) => rule)
}
const held = (namespace: string, rule: string) =>
  eventually(async () => expect((await rules(namespace)).at(-1)).toBe(rule))
const witness = (namespace: string) => startRecorder(rollcall.cluster('east').kubeconfig, namespace, nodes)

test('paused, then a canary, then zone by zone with a soak, then to the end: never more than one node without its pod', async () => {
  for (const [index, node] of nodes.entries()) await kubectl('label', 'node', node, `zone=${index < 3 ? 'a' : 'b'}`)
  await daemonSet('staged', { 'rollcall.dev/paused': 'true' }, 1)
  const seen = witness('staged')
  await eventually(async () => expect(seen.served()).toBe(nodes.length))
  const unserved = seen.countUnserved()
  await roll('staged', 'agent:2')
  await held('staged', 'rollout-paused')
  expect(await onImage('staged', 'agent:2')).toEqual([])
  await annotate('staged', 'paused-', 'canary=1')
  await held('staged', 'rollout-canary-size')
  await eventuallyOn('staged', 'agent:2', ['node-1'])
  await annotate('staged', 'canary-', 'rollout-order=zone', 'rollout-soak=3s')
  await eventuallyOn('staged', 'agent:2', ['node-1', 'node-2', 'node-3'])
  await held('staged', 'rollout-soaking')
  await eventuallyOn('staged', 'agent:2', nodes)
  await held('staged', 'rollout-goes-on')
  await eventually(async () => {
    const status = await kubectl('-n', 'staged', 'get', 'ds', 'agent', '-o', 'json')
    const { conditions = [] } = JSON.parse(status).status as { conditions?: { type: string; reason: string }[] }
    expect(conditions.find(({ type }) => type === 'Progressing')?.reason).toBe('Complete')
  })
  expect(unserved()).toBe(1)
  expect(seen.twins).toEqual([])
  await seen.stop()
})

test('an image that crashes: the rollout pauses itself and goes back, and five of six nodes never lose their pod', async () => {
  await daemonSet('crashing', { 'rollcall.dev/auto-pause': 'true', 'rollcall.dev/auto-rollback': 'true' }, 1)
  const seen = witness('crashing')
  await eventually(async () => expect(seen.served()).toBe(nodes.length))
  const unserved = seen.countUnserved()
  const template = {
    metadata: { labels: { [silent]: 'silent' } },
    spec: { containers: [{ name: 'agent', image: 'agent:crash' }] },
  }
  await patch('-n', 'crashing', 'ds', 'agent', '-p', JSON.stringify({ spec: { template } }))
  const broken = await eventually(async () => {
    const [pod] = (await podsIn(rollcall, 'east', 'crashing')).filter(
      ({ live, image, node }) => live && image === 'agent:crash' && node,
    )
    if (!pod) throw new Error('no new pod yet')
    return pod
  })
  const looping = (restartCount: number) => ({
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'agent',
          image: 'agent:crash',
          imageID: '',
          ready: false,
          restartCount,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1 } },
        },
      ],
    },
  })
  const crash = (count: number) =>
    patch('-n', 'crashing', 'pod', broken.name, '--subresource=status', '-p', JSON.stringify(looping(count)))
  // Its second crash, for which the kubelet waits already, is not a loop yet.
  await crash(1)
  await crash(2)
  await eventually(async () => expect(await rules('crashing')).toContain('rollout-goes-back'))
  await eventually(async () => expect(await nodesServed(rollcall, 'east', 'crashing')).toEqual(nodes))
  await eventuallyOn('crashing', 'agent:1', nodes)
  expect(unserved()).toBe(1)
  expect(seen.twins).toEqual([])
  await seen.stop()
})

test('dead nodes spend nothing of maxUnavailable with unhealthy-nodes: all others are updated, one by one', async () => {
  const dead = ['node-1', 'node-2']
  const alive = nodes.slice(2)
  // It tolerates what a node that is not Ready is tainted with, as most daemons do: such nodes are to run it.
  await daemonSet('ignoring', { 'rollcall.dev/unhealthy-nodes': 'ignore' }, 1, {
    tolerations: [{ operator: 'Exists' }],
  })
  for (const node of dead) {
    await kubectl('label', 'node', node, `${silent}=silent`)
    const pod = (await podsIn(rollcall, 'east', 'ignoring')).find(each => each.node === node)
    if (!pod) throw new Error(`${node} has no pod`)
    await kubectl('-n', 'ignoring', 'label', 'pod', pod.name, `${silent}=silent`)
    const notReady = (more: object) =>
      JSON.stringify({ status: { conditions: [{ type: 'Ready', status: 'False', ...more }] } })
    await patch('-n', 'ignoring', 'pod', pod.name, '--subresource=status', '-p', notReady({}))
    await patch('node', node, '--subresource=status', '-p', notReady({ reason: 'KubeletNotReady', message: 'dead' }))
  }
  const seen = witness('ignoring')
  await eventually(async () => expect(seen.served()).toBe(alive.length))
  const status = async () => JSON.parse(await kubectl('-n', 'ignoring', 'get', 'ds', 'agent', '-o', 'json')).status
  await eventually(async () =>
    expect(await status()).toMatchObject({ desiredNumberScheduled: nodes.length, numberUnavailable: dead.length }),
  )
  const unserved = seen.countUnserved()
  await roll('ignoring', 'agent:2')
  await eventuallyOn('ignoring', 'agent:2', alive)
  expect(unserved()).toBe(dead.length + 1)
  expect(await onImage('ignoring', 'agent:1')).toEqual(dead)
  expect(seen.twins).toEqual([])
  await seen.stop()
})
