import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodesServed, podsIn, statusOf } from './support/cluster.ts'
import { startRecorder } from './support/recorder.ts'
import { eventually, type Rollcall, startRollcall } from './support/rollcall.ts'

const examples = join(import.meta.dirname, '../../examples')
const nodes = ['node-1', 'node-2', 'node-3', 'node-4', 'node-5']
let rollcall: Rollcall
let database: pg.Client

beforeAll(async () => {
  rollcall = await startRollcall({ clusters: ['east', 'west'], nodes: nodes.length })
  database = new pg.Client(rollcall.databaseUrl)
  await database.connect()
})
afterAll(async () => {
  await database?.end()
  await rollcall?.stop()
})

const served = (cluster: string, namespace: string, expected: readonly string[]) =>
  eventually(async () => expect(await nodesServed(rollcall, cluster, namespace)).toEqual(expected))

describe('a log collector, as people write it', () => {
  test('gets one pod on every node of the cluster it was applied to, and of no other', async () => {
    await rollcall.kubectl('east', 'apply', '-f', join(examples, 'fluentd.yaml'))
    await served('east', 'logging', nodes)
    await eventually(async () =>
      expect(await statusOf(rollcall, 'east', 'logging', 'fluentd')).toMatchObject({
        observedGeneration: 1,
        desiredNumberScheduled: 5,
        currentNumberScheduled: 5,
        numberReady: 5,
        numberAvailable: 5,
        updatedNumberScheduled: 5,
        numberMisscheduled: 0,
      }),
    )
    expect(await rollcall.kubectl('west', 'get', 'pods', '-A', '-o', 'name')).toBe('')
  })

  test('is described with its events, as with the built-in controller', async () => {
    await eventually(async () => {
      const text = await rollcall.kubectl('east', '-n', 'logging', 'describe', 'ds', 'fluentd')
      expect(text.match(/SuccessfulCreate .*daemonset-controller .*Created pod: fluentd-/g)).toHaveLength(5)
      expect(text).toMatch(/Pods Status:\s+5 Running \/ 0 Waiting/)
    })
  })

  test('is listed as with the built-in controller', async () => {
    const [header, ...lines] = (await rollcall.kubectl('east', '-n', 'logging', 'get', 'ds', '-o', 'wide'))
      .trim()
      .split('\n')
    expect(header?.split(/\s{2,}/)).toEqual(
      'NAME|DESIRED|CURRENT|READY|UP-TO-DATE|AVAILABLE|NODE SELECTOR|AGE|CONTAINERS|IMAGES|SELECTOR'.split('|'),
    )
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^fluentd\s+5\s+5\s+5\s+5\s+5\s+<none>\s+\S+\s+fluentd\s+fluent\/fluentd:\S+\s+\S+$/)
    const pods = await rollcall.kubectl('east', '-n', 'logging', 'get', 'pods', '-l', 'name=fluentd', '-o', 'wide')
    const rows = pods.trim().split('\n').slice(1)
    expect(rows.map(row => row.split(/\s+/)[6]).sort()).toEqual(nodes)
    for (const row of rows) expect(row).toMatch(/^fluentd-[bcdfghjklmnpqrstvwxz2456789]{10}\s+1\/1\s+Running\s+0\s/)
  })

  test('follows a node that joins, and ends on one that leaves; the record says when and why', async () => {
    await rollcall.cluster('east').addNodes(['late'])
    await served('east', 'logging', ['late', ...nodes])
    await rollcall.kubectl('east', 'delete', 'node', 'late')
    // The pod garbage collector waits 40 to 60 s before it removes a pod whose node is gone.
    await eventually(async () => {
      const { rows } = await database.query<{ closed: boolean; ending: string }>(
        "select closed_at is not null as closed, close_cause as ending from placements where cluster = 'east' and node = 'late'",
      )
      expect(rows).toEqual([{ closed: true, ending: 'deleted by others' }])
    }, 120_000)
    const { rows } = await database.query<{ rule: string }>(
      "select rule from decisions where cluster = 'east' and node = 'late' order by position, seq",
    )
    expect(rows.map(({ rule }) => rule)).toContain('eligible')
    expect(rows.at(-1)?.rule).toBe('node-gone')
    await served('east', 'logging', nodes)
  })

  test('rolls out a new image within maxUnavailable, keeps its history, and rolls back', async () => {
    const witness = startRecorder(rollcall.cluster('east').kubeconfig, 'logging', nodes)
    await eventually(async () => expect(witness.served()).toBe(nodes.length))
    const unserved = witness.countUnserved()
    await rollcall.kubectl('east', '-n', 'logging', 'set', 'image', 'ds/fluentd', 'fluentd=fluent/fluentd:v1.19')
    await rollcall.kubectl('east', '-n', 'logging', 'rollout', 'status', 'ds/fluentd', '--timeout=120s')
    // One node after the other, as its maxUnavailable says.
    expect(unserved()).toBe(1)
    await witness.stop()
    expect(
      new Set((await podsIn(rollcall, 'east', 'logging')).filter(({ live }) => live).map(({ image }) => image)),
    ).toEqual(new Set(['fluent/fluentd:v1.19']))
    expect(await rollcall.kubectl('east', '-n', 'logging', 'rollout', 'history', 'ds/fluentd')).toMatch(/\n1 .*\n2 /)
    await rollcall.kubectl('east', '-n', 'logging', 'rollout', 'undo', 'ds/fluentd')
    await rollcall.kubectl('east', '-n', 'logging', 'rollout', 'status', 'ds/fluentd', '--timeout=120s')
    expect(await rollcall.kubectl('east', '-n', 'logging', 'rollout', 'history', 'ds/fluentd')).toMatch(/\n2 .*\n3 /)
    await served('east', 'logging', nodes)
  })
})

describe('a storage daemon with a nodeSelector', () => {
  const labelled = (cluster: string, ...args: string[]) => rollcall.kubectl(cluster, 'label', 'node', ...args)

  test('runs where the label is, and only there', async () => {
    await labelled('west', 'node-1', 'node-2', 'ssd=true')
    await rollcall.kubectl('west', 'apply', '-f', join(examples, 'storage-daemon.yaml'))
    await served('west', 'storage', ['node-1', 'node-2'])
    await labelled('west', 'node-4', 'ssd=true')
    await served('west', 'storage', ['node-1', 'node-2', 'node-4'])
    await labelled('west', 'node-1', 'ssd-')
    await served('west', 'storage', ['node-2', 'node-4'])
    const { rows } = await database.query<{ rule: string; facts: unknown }>(
      "select rule, facts from decisions where cluster = 'west' and node = 'node-1' and action = 'delete'",
    )
    expect(rows).toEqual([{ rule: 'node-selector-mismatch', facts: { label: 'ssd', wanted: 'true', found: null } }])
  })

  test('leaves a node that gets a NoExecute taint it does not tolerate, and comes back', async () => {
    await rollcall.kubectl('west', 'taint', 'node', 'node-2', 'dedicated=gpu:NoExecute')
    await served('west', 'storage', ['node-4'])
    // Kubernetes evicts for such a taint too: what Rollcall decided stands in its own record.
    const facts = { key: 'dedicated', value: 'gpu', effect: 'NoExecute' }
    await eventually(async () => {
      const { rows } = await database.query(
        `select verdict, facts->'taint' as taint from decisions
         where cluster = 'west' and node = 'node-2' and rule = 'taint-not-tolerated' order by position desc limit 1`,
      )
      expect(rows).toMatchObject([{ verdict: 'shouldNotRun', taint: facts }])
    })
    await rollcall.kubectl('west', 'taint', 'node', 'node-2', 'dedicated-')
    await served('west', 'storage', ['node-2', 'node-4'])
  })

  test('stays on a node that gets a NoSchedule taint, misscheduled; a node that has one gets no pod until it is gone', async () => {
    await rollcall.kubectl('west', 'taint', 'node', 'node-2', 'node-3', 'dedicated=gpu:NoSchedule')
    await labelled('west', 'node-3', 'ssd=true')
    const status = () => statusOf(rollcall, 'west', 'storage', 'storage-daemon')
    await eventually(async () =>
      expect(await status()).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 1, numberReady: 1 }),
    )
    await served('west', 'storage', ['node-2', 'node-4'])
    await rollcall.kubectl('west', 'taint', 'node', 'node-2', 'node-3', 'dedicated-')
    await served('west', 'storage', ['node-2', 'node-3', 'node-4'])
    await labelled('west', 'node-3', 'ssd-')
    await served('west', 'storage', ['node-2', 'node-4'])
  })
})

describe('three daemons in three namespaces', () => {
  test('do not disturb one another', async () => {
    await rollcall.kubectl('west', 'apply', '-f', join(examples, 'fluentd.yaml'))
    await rollcall.kubectl('west', 'apply', '-f', join(examples, 'node-monitor.yaml'))
    await served('west', 'logging', nodes)
    await served('west', 'monitoring', nodes)
    await served('west', 'storage', ['node-2', 'node-4'])
  })
})

describe('deletion', () => {
  test('with --cascade=orphan leaves the pods; the same DaemonSet takes them up again', async () => {
    const before = (await podsIn(rollcall, 'west', 'logging')).map(({ uid }) => uid).sort()
    await rollcall.kubectl('west', '-n', 'logging', 'delete', 'ds', 'fluentd', '--cascade=orphan')
    await rollcall.kubectl('west', 'apply', '-f', join(examples, 'fluentd.yaml'))
    await eventually(async () =>
      expect(await statusOf(rollcall, 'west', 'logging', 'fluentd')).toMatchObject({
        numberReady: 5,
        updatedNumberScheduled: 5,
      }),
    )
    expect((await podsIn(rollcall, 'west', 'logging')).map(({ uid }) => uid).sort()).toEqual(before)
    const revisions = await rollcall.kubectl('west', '-n', 'logging', 'get', 'controllerrevisions', '-o', 'name')
    expect(revisions.trim().split('\n')).toHaveLength(1)
  })

  test.each(['foreground', 'background'])('in the %s takes pods and revisions along', async cascade => {
    await rollcall.kubectl('west', 'apply', '-f', join(examples, 'fluentd.yaml'))
    await served('west', 'logging', nodes)
    await rollcall.kubectl('west', '-n', 'logging', 'delete', 'ds', 'fluentd', `--cascade=${cascade}`)
    await eventually(async () => {
      expect(await podsIn(rollcall, 'west', 'logging')).toEqual([])
      expect(await rollcall.kubectl('west', '-n', 'logging', 'get', 'controllerrevisions', '-o', 'name')).toBe('')
    })
  })
})
