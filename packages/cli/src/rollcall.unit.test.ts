import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exitCodes } from './errors.ts'
import { run } from './program.ts'
import { type Answers, type FakeAuditor, ProblemAnswer, startFakeAuditor } from './testing/fake-auditor.ts'
import { aCluster, aCommand, aDaemonSet, aDecision, aNode, anEvent, aPlacement, instant } from './testing/records.ts'
import { createTestPorts } from './testing/test-ports.ts'

/** The command as its user sees it: what is written, and the exit code. */

let auditor: FakeAuditor | null = null
let home = ''

beforeEach(async () => {
  vi.stubEnv('TZ', 'UTC')
  home = await mkdtemp(join(tmpdir(), 'rollcall-cli-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await auditor?.close()
  auditor = null
  await rm(home, { recursive: true })
})

type Ran = { readonly out: string; readonly err: string; readonly code: number; readonly asked: readonly string[] }

async function rollcall(
  words: readonly string[],
  answers: Answers = fleet,
  env: Record<string, string> = {},
): Promise<Ran> {
  auditor ??= await startFakeAuditor(answers)
  const ports = createTestPorts({ env: { ROLLCALL_SERVER: auditor.url, ...env }, homeDir: home })
  const code = await run(words, ports)
  return { ...ports.written, code, asked: auditor.asked }
}

const pageOf = <T>(items: T[]) => ({ items, next: null })
const windowOf = <T>(items: T[]) => ({ items, older: null, newer: 'n', atEnd: true })
const fits = (wanted: readonly string[] | undefined, value: string): boolean =>
  wanted === undefined || wanted.includes(value)

const nodes = [
  aNode('n1'),
  aNode('n2', { ready: false, unschedulable: true, pods: { total: 1, ready: 0 } }),
  aNode('n3', { taints: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }], pods: { total: 0, ready: 0 } }),
  aNode('n1', { cluster: 'west', createdAt: instant(200_000) }),
]
const daemonSets = [
  aDaemonSet('fluentd'),
  aDaemonSet('node-exporter', { namespace: 'monitoring', nodeSelector: { os: 'linux' } }),
]
const placements = [
  aPlacement('fluentd-abc', 'n1'),
  aPlacement('fluentd-def', 'n2', { ready: false, readyAt: null, phase: 'Pending' }),
  aPlacement('fluentd-old', 'n2', {
    closed: { at: instant(300), position: 60, by: 'd1', cause: 'rollout-replace', inferred: false },
  }),
]

const fleet: Answers = {
  clusters: () => pageOf([aCluster('east'), aCluster('west', { mode: 'observe', version: null, lastEventAt: null })]),
  nodes: (_, query) => pageOf(nodes.filter(node => fits(query.name, node.name) && fits(query.cluster, node.cluster))),
  daemonSets: (_, query) =>
    pageOf(
      daemonSets.filter(
        one => fits(query.name, one.name) && fits(query.namespace, one.namespace) && fits(query.cluster, one.cluster),
      ),
    ),
  placements: (_, query) =>
    pageOf(
      placements.filter(
        one =>
          fits(query.name, one.pod.name) &&
          fits(query.node, one.node) &&
          fits(query.daemonSet, one.daemonSet.name) &&
          (query.presence === 'all' || one.closed === null),
      ),
    ),
  whyNode: ({ cluster, node }, { daemonSet }) => {
    if (cluster !== 'east' || node !== 'n3')
      throw new ProblemAnswer({ code: 'unknown-node', status: 404, detail: 'No such node.', mend: '-' })
    if (daemonSet?.some(wanted => !daemonSets.some(({ name }) => name === wanted)))
      throw new ProblemAnswer({ code: 'unknown-daemonset', status: 404, detail: 'No such DaemonSet.', mend: '-' })
    const taint = { key: 'gpu', value: 'true', effect: 'NoSchedule' }
    return {
      cluster,
      node: nodes[2] ?? null,
      slots: [
        {
          daemonSet: { namespace: 'logging', name: 'fluentd', uid: 'u1' },
          gone: false,
          decision: aDecision({
            node,
            verdict: 'mayContinue',
            action: 'none',
            reason: { rule: 'taint-not-tolerated', source: '§2.1 step 4', facts: { taint } },
            commands: [],
          }),
          noDecision: false,
          rollout: null,
          placements: [],
          lastPlacement: aPlacement('fluentd-xyz', 'n3', {
            closed: { at: instant(120), position: 70, by: null, cause: 'deleted by others', inferred: false },
          }),
        },
        {
          daemonSet: { namespace: 'monitoring', name: 'node-exporter', uid: 'u2' },
          gone: false,
          decision: aDecision({ node, daemonSet: { namespace: 'monitoring', name: 'node-exporter', uid: 'u2' } }),
          noDecision: false,
          rollout: {
            reason: {
              rule: 'rollout-paused',
              source: 'docs/annotations.md',
              facts: { waiting: 2, revision: 'node-exporter-5d8f', hash: '5d8f' },
            },
            at: instant(60),
            position: 66,
          },
          placements: [aPlacement('node-exporter-q', 'n3', { daemonSet: { name: 'node-exporter', uid: 'u2' } })],
          lastPlacement: null,
        },
      ],
    }
  },
  whyPod: ({ cluster, namespace, name }) => ({
    cluster,
    namespace,
    name,
    stories: [
      {
        daemonSet: { namespace, name: 'fluentd', uid: 'u1' },
        node: 'n2',
        placement: placements[2] ?? null,
        created: { command: aCommand(), decision: aDecision({ node: 'n2' }) },
        ended: {
          command: aCommand({ id: 'd1', type: 'DeletePod', node: 'n2', pod: { name, uid: 'u' } }),
          decision: aDecision({
            position: 55,
            node: 'n2',
            action: 'delete',
            reason: {
              rule: 'rollout-replace',
              source: '§4.3',
              facts: { maxUnavailable: 1, unavailable: 0, desired: 3, revision: 'fluentd-5cd' },
            },
            commands: [aCommand({ id: 'd1', type: 'DeletePod', node: 'n2', pod: { name, uid: 'u' } })],
          }),
        },
        standing: null,
      },
    ],
  }),
  nodeHistory: () =>
    windowOf([
      { kind: 'event', position: 28, at: instant(602), event: anEvent('NodeObserved') },
      { kind: 'decision', position: 29, at: instant(601), decision: aDecision() },
      { kind: 'opened', position: 30, at: instant(600), placement: aPlacement('fluentd-abc', 'n1') },
      { kind: 'outcome', position: 31, at: instant(600), command: aCommand() },
      {
        kind: 'event',
        position: 33,
        at: instant(500),
        event: anEvent('NodeObserved', {
          changes: [{ path: 'unschedulable', before: false, after: true }],
          by: { manager: 'kubectl-cordon', operation: 'Update', at: null },
        }),
      },
    ]),
  events: () =>
    windowOf([
      anEvent('ClusterIdentified', {
        subject: null,
        position: 1,
        event: { type: 'ClusterIdentified', cluster: 'east', at: 0, serverVersion: 'v1.37.2', mode: 'control' },
      }),
      anEvent('NodeObserved'),
    ]),
}

describe('get', () => {
  test('clusters', async () => {
    const { out, code } = await rollcall(['get', 'clusters'])
    expect(code).toBe(exitCodes.ok)
    expect(out).toMatchInlineSnapshot(`
      "NAME  MODE     VERSION    NODES  DAEMONSETS  PODS  POSITION  LAST EVENT
      east  control  v1.37.2    2/3    1           2/3   120       12s
      west  observe  <unknown>  2/3    1           2/3   120       <none>
      "
    `)
  })

  test('nodes, and wide', async () => {
    expect((await rollcall(['get', 'no'])).out).toMatchInlineSnapshot(`
      "CLUSTER  NAME  STATUS                       DAEMON PODS  AGE
      east     n1    Ready                        1/1          120m
      east     n2    NotReady,SchedulingDisabled  0/1          120m
      east     n3    Ready                        0/0          120m
      west     n1    Ready                        1/1          2d7h
      "
    `)
    expect((await rollcall(['get', 'nodes', '--cluster', 'east', '-o', 'wide'])).out).toMatchInlineSnapshot(`
      "CLUSTER  NAME  STATUS                       DAEMON PODS  AGE   CHANGED  TAINTS               LABELS
      east     n1    Ready                        1/1          120m  60s      <none>               zone=a
      east     n2    NotReady,SchedulingDisabled  0/1          120m  60s      <none>               zone=a
      east     n3    Ready                        0/0          120m  60s      gpu=true:NoSchedule  zone=a
      "
    `)
  })

  test('daemonsets, by name and namespace', async () => {
    expect((await rollcall(['get', 'ds'])).out).toMatchInlineSnapshot(`
      "CLUSTER  NAMESPACE   NAME           DESIRED  CURRENT  READY  UP-TO-DATE  AVAILABLE  AGE
      east     logging     fluentd        3        3        2      3           2          60m
      east     monitoring  node-exporter  3        3        2      3           2          60m
      "
    `)
    expect((await rollcall(['get', 'ds', 'monitoring/node-exporter', '-o', 'wide'])).out).toMatchInlineSnapshot(`
      "CLUSTER  NAMESPACE   NAME           DESIRED  CURRENT  READY  UP-TO-DATE  AVAILABLE  AGE  MISSCHEDULED  NODE SELECTOR  UPDATES                          REVISION               IMAGES
      east     monitoring  node-exporter  3        3        2      3           2          60m  0             os=linux       RollingUpdate, maxUnavailable 1  2 (node-exporter-5cd)  fluent/fluentd:v1.18
      "
    `)
    expect((await rollcall(['get', 'ds', '-n', 'logging'])).out).not.toContain('monitoring')
  })

  test('placements', async () => {
    expect((await rollcall(['get', 'placements', '--gone'])).out).toMatchInlineSnapshot(`
      "CLUSTER  NODE  NAMESPACE  DAEMONSET  POD          STATE    AGE
      east     n1    logging    fluentd    fluentd-abc  Ready    10m
      east     n2    logging    fluentd    fluentd-def  Pending  10m
      east     n2    logging    fluentd    fluentd-old  Ended    5m
      "
    `)
  })

  test('json and yaml are the items of the API', async () => {
    const { out } = await rollcall(['get', 'ds', 'fluentd', '-o', 'json'])
    expect(JSON.parse(out)).toEqual({ items: [daemonSets[0]] })
    expect((await rollcall(['get', 'placements', 'fluentd-abc', '-o', 'yaml'])).out).toMatchInlineSnapshot(`
      "items:
        - cluster: east
          namespace: logging
          daemonSet:
            name: fluentd
            uid: uid-of-fluentd
          node: n1
          pod:
            name: fluentd-abc
            uid: uid-of-fluentd-abc
          revision: 5cd
          openedAt: 2026-01-02T11:50:00.000Z
          openedPosition: 30
          openedBy: c0ffee
          provisional: false
          phase: Running
          ready: true
          boundAt: 2026-01-02T11:50:01.000Z
          readyAt: 2026-01-02T11:50:10.000Z
          finishedAt: null
          terminatingAt: null
          ending: null
          closed: null
      "
    `)
  })

  test('an empty list is said on standard error, and is no failure', async () => {
    const ran = await rollcall(['get', 'ds', '-n', 'nowhere'])
    expect(ran).toMatchObject({ out: '', err: 'No DaemonSets on record.\n', code: 0 })
    expect((await rollcall(['get', 'ds', '-n', 'nowhere', '-o', 'json'])).out).toBe('{\n  "items": []\n}\n')
  })

  test('options reach the API', async () => {
    const { asked } = await rollcall([
      'get',
      'pl',
      '-l',
      'ssd=true',
      '--node',
      'n1',
      '--node',
      'n2',
      '--daemonset',
      'logging/fluentd',
      '--from',
      '1h',
      '--to',
      '2026-01-02T11:30:00Z',
    ])
    expect(decodeURIComponent(asked.at(-1) ?? '')).toBe(
      '/api/v1/placements?namespace=logging&daemonSet=fluentd&node=n1&node=n2&labelSelector=ssd=true&from=2026-01-02T11:00:00.000Z&to=2026-01-02T11:30:00.000Z&limit=1000',
    )
  })

  test('all pages are asked for', async () => {
    const { out } = await rollcall(['get', 'nodes', '-o', 'json'], {
      nodes: (_, { cursor }) =>
        cursor === undefined ? { items: [aNode('n1')], next: 'more' } : { items: [aNode('n2')], next: null },
    })
    expect(JSON.parse(out).items.map(({ name }: { name: string }) => name)).toEqual(['n1', 'n2'])
  })

  test('control characters from a cluster never reach the terminal', async () => {
    const { out } = await rollcall(['get', 'nodes', '-o', 'wide'], {
      nodes: () => pageOf([aNode('n1', { labels: { evil: '\u001b[2J\nrm' } })]),
    })
    expect(out).toContain('evil=\\u001b[2J\\nrm')
  })
})

describe('why', () => {
  test('node: each DaemonSet, with the facts judged, also why there is none', async () => {
    const { out, code } = await rollcall(['why', 'node', 'n3'])
    expect(code).toBe(exitCodes.ok)
    expect(out).toMatchInlineSnapshot(`
      "Node n3 in cluster east · Ready · taints gpu=true:NoSchedule

      ○ logging/fluentd: no pod
        Node n3 has the taint gpu=true:NoSchedule, which DaemonSet logging/fluentd does not tolerate, so no pod is created there.
        Decided 2026-01-02 11:49:59 (10m ago) at position 29, by the rule taint-not-tolerated.
        Because node n1 was seen (position 28).
        Its last pod there, fluentd-xyz, ended 2026-01-02 11:58:00 (2m ago): others deleted it, not Rollcall.

      ● monitoring/node-exporter: pod node-exporter-q, Ready, for 10m
        Node n3 fits the node selector and affinity of DaemonSet monitoring/node-exporter, all its taints are tolerated, and there was no pod yet, so one was created.
        Decided 2026-01-02 11:49:59 (10m ago) at position 29, by the rule eligible.
        Because node n1 was seen (position 28).
        Command CreatePod: pod fluentd-abc was created for node n1, 2026-01-02 11:50:00 (10m ago).
        Its pod is not of revision node-exporter-5d8f yet: The rollout of DaemonSet monitoring/node-exporter is paused (rollcall.dev/paused), so 2 pods of older templates stay. Decided 2026-01-02 11:59:00 (60s ago) at position 66, by the rule rollout-paused.
      "
    `)
  })

  test('pod: its story', async () => {
    expect((await rollcall(['why', 'pod', 'fluentd-old'])).out).toMatchInlineSnapshot(`
      "Pod logging/fluentd-old in cluster east
        of DaemonSet logging/fluentd, on node n2
        Ended · there since 2026-01-02 11:50:00 (10m ago)
        first ready 2026-01-02 11:50:10 (9m50s ago)
        gone 2026-01-02 11:55:00 (5m ago)

      Why it was to be there
        Node n2 fits the node selector and affinity of DaemonSet logging/fluentd, all its taints are tolerated, and there was no pod yet, so one was created.
        Decided 2026-01-02 11:49:59 (10m ago) at position 29, by the rule eligible.
        Because node n1 was seen (position 28).
        Command CreatePod: pod fluentd-abc was created for node n1, 2026-01-02 11:50:00 (10m ago).

      Why it ended
        The pod on node n2 was of an older template than fluentd-5cd, and of 3 pods, 1 may be unavailable (maxUnavailable) and 0 were, so it was deleted to be replaced.
        Decided 2026-01-02 11:49:59 (10m ago) at position 55, by the rule rollout-replace.
        Because node n1 was seen (position 28).
        Command DeletePod: pod fluentd-old on node n2 was deleted, 2026-01-02 11:50:00 (10m ago).
      "
    `)
  })

  test('json is what the API answered', async () => {
    const { out } = await rollcall(['why', 'node', 'n3', '-o', 'json'])
    expect(JSON.parse(out).items).toHaveLength(1)
    expect(JSON.parse(out).items[0].slots[0].decision.reason.rule).toBe('taint-not-tolerated')
  })
})

describe('history and events', () => {
  test('history of a node', async () => {
    expect((await rollcall(['history', 'node', 'n1', '--cluster', 'east'])).out).toMatchInlineSnapshot(`
      "TIME                 POSITION  WHAT
      2026-01-02 11:49:58  28        seen       node n1 was seen
      2026-01-02 11:49:59  29        decision   Node n1 fits the node selector and affinity of DaemonSet logging/fluentd, all its taints are tolerated, and there was no pod yet, so one was created.
      2026-01-02 11:50:00  30        placement  pod fluentd-abc of fluentd is on node n1
      2026-01-02 11:50:00  31        outcome    pod fluentd-abc was created for node n1
      2026-01-02 11:51:40  33        seen       node n1 was cordoned, by kubectl-cordon
      "
    `)
  })

  test('events', async () => {
    expect((await rollcall(['events'])).out).toMatchInlineSnapshot(`
      "TIME                 CLUSTER  WHAT HAPPENED
      2026-01-02 11:49:58  east     the cluster answered as Kubernetes v1.37.2; Rollcall acts in it
      2026-01-02 11:49:58  east     node n1 was seen
      "
    `)
    expect((await rollcall(['events', '-o', 'wide'])).out).toContain('NodeObserved')
  })
})

describe('errors name what, where, and the mend', () => {
  const said = async (words: readonly string[], answers?: Answers, env?: Record<string, string>) => {
    const { out, err, code } = await rollcall(words, answers, env)
    expect(out).toBe('')
    expect(err).not.toMatch(/\n {4}at /)
    return `${code} ${err.replaceAll(auditor?.url ?? '', 'URL').replaceAll(home, '~')}`
  }

  test('unknown names suggest near ones', async () => {
    expect(await said(['get', 'nodes', 'n4'])).toMatchInlineSnapshot(`
      "3 rollcall: there is no node n4 on record in any cluster
        did you mean n1 or n2 or n3?
      "
    `)
    expect(await said(['get', 'clusters', 'eest'])).toMatchInlineSnapshot(`
      "3 rollcall: there is no cluster eest on record
        did you mean east or west?
      "
    `)
    expect(await said(['get', 'ds', 'logging/fluend'])).toMatchInlineSnapshot(`
      "3 rollcall: there is no DaemonSet logging/fluend on record in any cluster
        did you mean logging/fluentd?
      "
    `)
    expect(await said(['why', 'node', 'n33'])).toMatchInlineSnapshot(`
      "3 rollcall: there is no node n33 on record in any cluster
        did you mean n3?
      "
    `)
    expect(await said(['why', 'pod', 'fluentd-abd'])).toMatchInlineSnapshot(`
      "3 rollcall: there is no pod fluentd-abd on record in any cluster
        did you mean fluentd-abc or fluentd-old or fluentd-def?
      "
    `)
    expect(await said(['history', 'ds', 'exporter'])).toMatchInlineSnapshot(`
      "3 rollcall: there is no DaemonSet exporter on record in any cluster
        see rollcall get daemonsets
      "
    `)
  })

  test('wrong command lines', async () => {
    expect(await said(['gett'])).toMatchInlineSnapshot(`
      "2 rollcall: unknown command 'gett'
        (Did you mean get?)
      "
    `)
    expect(await said(['get', 'deployments'])).toMatchInlineSnapshot(`
      "2 rollcall: unknown command 'deployments'
        --help shows how it is written
      "
    `)
    expect(await said(['get', 'nodes', '--clutser', 'east'])).toMatchInlineSnapshot(`
      "2 rollcall: unknown option '--clutser'
        (Did you mean --cluster?)
      "
    `)
    expect(await said(['get', 'nodes', '-o', 'xml'])).toMatchInlineSnapshot(`
      "2 rollcall: option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are table, wide, json, yaml, csv.
      "
    `)
    expect(await said(['why', 'pod'])).toMatchInlineSnapshot(`
      "2 rollcall: missing required argument 'name'
        --help shows how it is written
      "
    `)
    expect(await said(['get', 'pl', '--at', 'noon'])).toMatchInlineSnapshot(`
      "2 rollcall: --at "noon" is no time
        write it as 10m (ago), 2026-11-24T14:03:21Z, or "2026-11-24 14:03"
      "
    `)
    expect(await said(['history', 'node', 'n1', '--limit', '0'])).toMatchInlineSnapshot(`
      "2 rollcall: --limit "0" is no number of entries
        give a whole number above 0
      "
    `)
    expect(await said(['events', '--type', 'NodeObservd'])).toMatchInlineSnapshot(`
      "2 rollcall: --type NodeObservd is no type of event
        did you mean NodeObserved or PodObserved?
      "
    `)
    expect(await said(['events', '--pod', 'fluentd-abc'])).toMatchInlineSnapshot(`
      "2 rollcall: --pod fluentd-abc is in which namespace?
        write --pod NAMESPACE/fluentd-abc, or add -n
      "
    `)
    expect(await said(['why', 'pod', 'a/x', '-n', 'b'])).toMatchInlineSnapshot(`
      "2 rollcall: a/x is in namespace a, and -n says b
        leave one of them out
      "
    `)
  })

  test('the server does not answer, or is none', async () => {
    expect(await said(['get', 'nodes', '--server', 'http://127.0.0.1:1'])).toMatchInlineSnapshot(`
      "4 rollcall: http://127.0.0.1:1 (from --server) does not answer: HTTP clients refuse that port (X11, IRC and the like)
        is it running, and is the address right?
      "
    `)
    expect(await said(['get', 'nodes', '--server', 'localhost'])).toMatchInlineSnapshot(`
      "2 rollcall: --server is no address of a server: "localhost"
        write it as http://host:port
      "
    `)
    expect(await said(['get', 'nodes'], {}, { ROLLCALL_SERVER: '' })).toMatchInlineSnapshot(`
      "4 rollcall: no server is named, and no rollcall up runs with its data in ~/.local/share/rollcall
        start one (rollcall up), or name a server: --server URL, $ROLLCALL_SERVER, or --context with ~/.config/rollcall/config.yaml
      "
    `)
    expect(await said(['get', 'nodes', '--context', 'prod'], {})).toMatchInlineSnapshot(`
      "2 rollcall: --context names the context prod, which ~/.config/rollcall/config.yaml does not have
        it has none: add it there
      "
    `)
  })

  test('the server refuses', async () => {
    auditor = await startFakeAuditor(fleet, { token: 'secret' })
    expect(await said(['get', 'nodes'])).toMatchInlineSnapshot(`
      "5 rollcall: URL (from $ROLLCALL_SERVER) refuses it: No valid token
        give its token: --token, $ROLLCALL_TOKEN, or \`token\` of the context
      "
    `)
    expect(await said(['get', 'nodes', '--token', 'wrong'])).toMatchInlineSnapshot(`
      "5 rollcall: URL (from $ROLLCALL_SERVER) refuses it: No valid token
        the token it was given is not the right one
      "
    `)
    expect((await rollcall(['get', 'nodes', '--token', 'secret'])).code).toBe(exitCodes.ok)
    expect((await rollcall(['get', 'nodes'], {}, { ROLLCALL_TOKEN: 'secret' })).code).toBe(exitCodes.ok)
  })

  test('a DaemonSet that nobody knows is named, not the node that is asked about', async () => {
    expect(await said(['why', 'node', 'n3', '--daemonset', 'fluentb'])).toMatchInlineSnapshot(`
      "3 rollcall: there is no DaemonSet fluentb on record in any cluster
        did you mean fluentd?
      "
    `)
    expect(await said(['why', 'node', 'n33', '--daemonset', 'fluentd'])).toMatchInlineSnapshot(`
      "3 rollcall: there is no node n33 on record in any cluster
        did you mean n3?
      "
    `)
  })

  test('a problem of the API is told in its words', async () => {
    const away = new ProblemAnswer({
      code: 'store-away',
      status: 503,
      detail: 'The database does not answer.',
      mend: 'Try again later.',
    })
    const bad = new ProblemAnswer({
      code: 'bad-selector',
      status: 400,
      detail: 'labelSelector "a=" is malformed.',
      mend: 'Write key=value.',
    })
    expect(
      await said(['get', 'nodes'], {
        nodes: () => {
          throw away
        },
      }),
    ).toMatchInlineSnapshot(`
      "4 rollcall: The database does not answer
        Try again later.
      "
    `)
    await auditor?.close()
    auditor = null
    expect(
      await said(['get', 'nodes', '-l', 'a=b'], {
        nodes: () => {
          throw bad
        },
      }),
    ).toMatchInlineSnapshot(`
      "2 rollcall: labelSelector "a=" is malformed
        Write key=value.
      "
    `)
  })
})

describe('the server is found', () => {
  test('in a context of the configuration file, with its token and cluster', async () => {
    auditor = await startFakeAuditor(fleet, { token: 't0ken' })
    await mkdir(join(home, '.config/rollcall'), { recursive: true })
    const file = join(home, '.config/rollcall/config.yaml')
    await writeFile(
      file,
      `current-context: prod\ncontexts:\n  prod: {server: "${auditor.url}", token: t0ken, cluster: west}\n`,
    )
    const { out, code } = await rollcall(['get', 'nodes', '-o', 'json'], {}, { ROLLCALL_SERVER: '' })
    expect(code).toBe(exitCodes.ok)
    expect(JSON.parse(out).items).toEqual([nodes[3]])
    const wrong = await rollcall(['get', 'nodes', '--context', 'prd'])
    expect(wrong.err).toContain('did you mean prod?')
    await writeFile(file, 'contexts: {prod: {sever: x}}')
    const broken = await rollcall(['get', 'nodes', '--context', 'prod'])
    expect(broken).toMatchObject({ code: exitCodes.usage })
    expect(broken.err).toContain(`${file} is wrong at contexts.prod`)
  })

  test('by the up.json of a running rollcall up', async () => {
    auditor = await startFakeAuditor(fleet)
    await mkdir(join(home, 'data'), { recursive: true })
    await writeFile(join(home, 'data/up.json'), JSON.stringify({ version: 1, auditorUrl: auditor.url }))
    const env = { ROLLCALL_SERVER: '' }
    expect((await rollcall(['get', 'nodes', '--data', join(home, 'data')], {}, env)).code).toBe(exitCodes.ok)
    expect((await rollcall(['get', 'nodes'], {}, { ...env, ROLLCALL_DATA: join(home, 'data') })).code).toBe(
      exitCodes.ok,
    )
    await auditor.close()
    const late = await rollcall(['get', 'nodes', '--data', join(home, 'data')], {}, env)
    expect(late.code).toBe(exitCodes.unreachable)
    expect(late.err).toContain('is it still running? Start rollcall up again')
  })
})
