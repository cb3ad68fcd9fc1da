import { describe, expect, test } from 'vitest'
import { exitCodes } from '../errors.ts'
import { type Answers, ProblemAnswer } from '../testing/fake-auditor.ts'
import { aCluster, aDaemonSet, aDecision, anEvent, aPlacement, instant } from '../testing/records.ts'
import { useAuditor } from '../testing/use-auditor.ts'
import { percent } from './get-coverage.ts'

/** Questions of an auditor, as their user sees them. */

const auditor = useAuditor()

const rollcall = (words: readonly string[], answers: Answers = fleet) => auditor.rollcall(words, answers)

const { event: _, ...imageChange } = anEvent('DaemonSetObserved', {
  position: 50,
  at: instant(300),
  subject: { kind: 'DaemonSet', namespace: 'logging', name: 'fluentd' },
  by: { manager: 'kubectl-set', operation: 'Update', at: null },
  changes: [{ path: 'images', before: ['a:1'], after: ['a:2'] }],
})
const { event: __, ...firstSight } = anEvent('DaemonSetObserved', {
  position: 5,
  at: instant(3_000),
  subject: { kind: 'DaemonSet', namespace: 'logging', name: 'fluentd' },
  by: { manager: 'argocd', operation: 'Apply', at: null },
})

const fleet: Answers = {
  clusters: () => ({ items: [aCluster('east'), aCluster('west', { mode: 'observe' })], next: null }),
  daemonSets: (_, { name }) => ({
    items: name === undefined || name.includes('fluentd') ? [aDaemonSet('fluentd')] : [],
    next: null,
  }),
  missing: () => ({
    items: [
      {
        node: 'n3',
        since: instant(500),
        decision: aDecision({
          node: 'n3',
          action: 'wait',
          reason: { rule: 'creation-refused-lately', source: '§3.6', facts: {} },
        }),
        lastPlacement: aPlacement('fluentd-old', 'n3', {
          closed: { at: instant(500), position: 60, by: null, cause: 'vanished', inferred: true },
        }),
      },
      { node: 'n4', since: instant(60), decision: null, lastPlacement: null },
    ],
    next: null,
    daemonSetUid: 'uid-of-fluentd',
  }),
  changes: (_, { cursor }) =>
    cursor === undefined
      ? { items: [imageChange], older: 'o', newer: 'n', atEnd: true }
      : { items: cursor === 'o' ? [] : [firstSight], older: cursor === 'o' ? 'p' : null, newer: 'n', atEnd: false },
  rollouts: () => ({
    items: [
      {
        revision: '6de',
        startedAt: instant(300),
        startedPosition: 50,
        finishedAt: null,
        durationMs: null,
        state: 'inProgress',
        nodes: { total: 3, done: 1 },
        pods: { total: 2, failed: 1 },
        slowest: [{ node: 'n2', tookMs: null }],
      },
      {
        revision: '5cd',
        startedAt: instant(3_000),
        startedPosition: 5,
        finishedAt: instant(2_910),
        durationMs: 90_000,
        state: 'finished',
        nodes: { total: 3, done: 3 },
        pods: { total: 3, failed: 0 },
        slowest: [{ node: 'n1', tookMs: 90_000 }],
      },
    ],
    next: null,
  }),
  coverage: ({ cluster }) => {
    if (cluster !== 'east')
      throw new ProblemAnswer({ code: 'unknown-daemonset', status: 404, detail: 'No such DaemonSet.', mend: '-' })
    return {
      items: [
        {
          daemonSet: { namespace: 'logging', name: 'fluentd', uid: 'u1' },
          node: 'n1',
          expectedMs: 3_600_000,
          uncoveredMs: 1_000,
          coverage: 0.999_722_22,
          gaps: [{ from: instant(300), to: instant(299) }],
          gapsTotal: 3,
        },
      ],
      next: null,
      from: instant(86_400),
      to: instant(0),
      recordBegins: instant(3_600),
      total: { slots: 1, expectedMs: 3_600_000, uncoveredMs: 1_000, coverage: 0.999_722_22 },
    }
  },
}

describe('get missing', () => {
  test('nodes without a pod: since when, and why', async () => {
    const { out, asked } = await rollcall(['get', 'missing', 'fluentd'])
    expect(out).toMatchInlineSnapshot(`
      "CLUSTER  NODE  FOR    VERDICT    WHY
      east     n3    8m20s  shouldRun  The cluster refused pods of DaemonSet logging/fluentd shortly before, so that on node n3 waits; one is tried again later, and the waits grow up to 5 min.
      east     n4    60s    -          Nothing has been decided about it yet.
      "
    `)
    expect(asked.at(-1)).toBe('/api/v1/clusters/east/daemonsets/logging/fluentd/missing?nodes=expected&limit=1000')
  })

  test('as it was then, with those that should have none', async () => {
    const { asked } = await rollcall(['get', 'missing', 'logging/fluentd', '--at', '2m', '--all-nodes', '-o', 'json'])
    expect(asked.at(-1)).toContain('missing?at=2026-01-02T11:58:00.000Z&nodes=all')
  })

  test('on some nodes only', async () => {
    const options = ['--node', 'n3', '-l', 'disk=ssd', '--rule', 'creation-refused']
    const { asked } = await rollcall(['get', 'missing', 'logging/fluentd', ...options])
    expect(asked.at(-1)).toContain('&node=n3&labelSelector=disk=ssd&rule=creation-refused')
  })

  test('an unknown DaemonSet is said, with what is near', async () => {
    expect(await rollcall(['get', 'missing', 'fluent'])).toMatchObject({
      code: exitCodes.notFound,
      err: 'rollcall: there is no DaemonSet fluent on record in any cluster\n  did you mean fluentd?\n',
    })
  })
})

describe('get changes', () => {
  test('who changed it, and what; a page without changes leads on', async () => {
    expect((await rollcall(['get', 'changes', 'fluentd', '-o', 'wide'])).out).toMatchInlineSnapshot(`
      "TIME                 CLUSTER  POSITION  BY           OPERATION  WHAT
      2026-01-02 11:10:00  east     5         argocd       Apply      DaemonSet logging/fluentd was seen
      2026-01-02 11:55:00  east     50        kubectl-set  Update     DaemonSet logging/fluentd has the images a:2
      "
    `)
  })

  test('only so many, and that there are more', async () => {
    expect(await rollcall(['get', 'changes', 'fluentd', '--limit', '1'])).toMatchObject({
      out: expect.not.stringContaining('argocd'),
      err: 'Only the newest 1 of each cluster: --all shows everything.\n',
    })
  })
})

describe('get rollouts', () => {
  test('how long they took, what failed, and who held them up', async () => {
    expect((await rollcall(['get', 'rollouts', 'fluentd'])).out).toMatchInlineSnapshot(`
      "CLUSTER  REVISION  STARTED              STATE        TOOK       NODES  FAILED  HELD UP BY
      east     6de       2026-01-02 11:55:00  in progress  5m so far  1/3    1       n2 (not done)
      east     5cd       2026-01-02 11:10:00  finished     90s        3/3    0       n1 (90s)
      "
    `)
  })

  test('as CSV: members of members are columns', async () => {
    const { out } = await rollcall(['get', 'rollouts', 'fluentd', '-o', 'csv'])
    expect(out.split('\r\n').slice(0, 2)).toMatchInlineSnapshot(`
      [
        "cluster,namespace,daemonSet,revision,startedAt,startedPosition,finishedAt,durationMs,state,nodes.total,nodes.done,pods.total,pods.failed,slowest",
        "east,logging,fluentd,6de,2026-01-02T11:55:00.000Z,50,,,inProgress,3,1,2,1,"[{""node"":""n2"",""tookMs"":null}]"",
      ]
    `)
  })
})

describe('get coverage', () => {
  test('of a DaemonSet, with the sum, rounded down', async () => {
    const { out, asked } = await rollcall(['get', 'coverage', 'fluentd', '-o', 'wide'])
    expect(out).toMatchInlineSnapshot(`
      "CLUSTER  NODE  NAMESPACE  DAEMONSET  COVERED    EXPECTED  WITHOUT  GAPS  WHEN
      east     n1    logging    fluentd    99.9722 %  60m       1s       3     2026-01-02 11:55:00 for 1s, and 2 more

      east: 99.9722 % covered from 2026-01-02 11:00:00 to 2026-01-02 12:00:00 (the record begins there); 1 slot, 1s without a pod of 60m expected.
      "
    `)
    expect(asked.find(path => path.includes('/east/coverage'))).toContain('from=2026-01-01T12:00:00.000Z')
  })

  test('for programs, with the sums of each cluster', async () => {
    const { out } = await rollcall(['get', 'coverage', 'fluentd', '-o', 'json'])
    expect(JSON.parse(out)).toMatchObject({
      items: [{ cluster: 'east', node: 'n1' }],
      totals: [{ cluster: 'east', total: { slots: 1 } }],
    })
  })

  test('of nothing is refused, with what to do', async () => {
    expect(await rollcall(['get', 'coverage'])).toMatchObject({
      code: exitCodes.usage,
      err: 'rollcall: coverage of what?\n  name a DaemonSet, or a node with --node NAME\n',
    })
  })

  test('what had a gap is never called 100 %', () => {
    expect([1, 0.999_999_9, 0.9998, 0, null].map(percent)).toEqual(['100.00 %', '99.9999 %', '99.98 %', '0.00 %', '-'])
  })
})

describe('over a span of time', () => {
  const daemonSet = { namespace: 'logging', name: 'fluentd', uid: 'u1' }
  const span = { next: null, from: instant(86_400), to: instant(0), recordBegins: instant(90_000) }
  const noTime = { slots: 0, expectedMs: 0, uncoveredMs: 0, coverage: null }
  const told: Answers = {
    ...fleet,
    clusters: () => ({ items: [aCluster('east')], next: null }),
    diff: () => ({
      ...span,
      items: [
        { kind: 'node', node: 'n9', change: 'added' },
        {
          kind: 'placement',
          node: 'n1',
          daemonSet,
          before: [{ pod: 'fluentd-a', uid: 'a', revision: 'one' }],
          after: [{ pod: 'fluentd-b', uid: 'b', revision: 'two' }],
        },
        {
          kind: 'placement',
          node: 'n9',
          daemonSet,
          before: [],
          after: [{ pod: 'fluentd-c', uid: 'c', revision: null }],
        },
      ],
    }),
    misplaced: () => ({
      ...span,
      items: [
        {
          placement: aPlacement('fluentd-a', 'n1'),
          misplacedMs: 61_000,
          from: instant(100),
          to: instant(39),
          rule: 'taint-not-tolerated',
        },
      ],
    }),
    churn: () => ({
      ...span,
      items: [
        {
          node: 'n1',
          daemonSet,
          pods: 7,
          neverReady: 6,
          shortestMs: 1_500,
          causes: { 'pod-failed': 5, 'rollout-replace': 1 },
        },
      ],
    }),
  }

  test('what differs', async () => {
    expect((await rollcall(['get', 'diff', '--from', '2h', '--to', '1h'], told)).out).toMatchInlineSnapshot(`
      "CLUSTER     WHAT  NODE  DAEMONSET        BEFORE           AFTER
      east     +  node  n9    -
      east     ~  pod   n1    logging/fluentd  fluentd-a (one)  fluentd-b (two)
      east     +  pod   n9    logging/fluentd  -                fluentd-c (-)
      "
    `)
  })
  test('pods where they should not have been', async () => {
    const { out, asked } = await rollcall(['get', 'misplaced', 'fluentd', '--over', '1m'], told)
    expect(out).toMatchInlineSnapshot(`
      "CLUSTER  NODE  NAMESPACE  DAEMONSET  POD        FOR  FROM                 RULE
      east     n1    logging    fluentd    fluentd-a  61s  2026-01-02 11:58:20  taint-not-tolerated
      "
    `)
    expect(asked.at(-1)).toContain('overMs=60000')
  })
  test('where pods came most often', async () => {
    expect((await rollcall(['get', 'churn', '--node', 'n1'], told)).out).toMatchInlineSnapshot(`
      "CLUSTER  NODE  NAMESPACE  DAEMONSET  PODS  NEVER READY  SHORTEST  ENDED BY
      east     n1    logging    fluentd    7     6            1s        pod-failed (5), rollout-replace (1)
      "
    `)
  })
  test('which nodes and pods changed most often', async () => {
    const turned = { ready: 20, cordoned: 1, labels: 0, taints: 2, restarted: 0, troubled: 0 }
    const flapping: Answers['flapping'] = (_, { of }) => ({
      ...span,
      items: [
        of === 'pods'
          ? {
              node: 'n1',
              pod: { namespace: 'logging', name: 'fluentd-a' },
              changes: 9,
              turned: { ...turned, restarted: 4, troubled: 3 },
            }
          : { node: 'n1', pod: null, changes: 23, turned },
      ],
    })
    const answers = { ...told, flapping }
    expect((await rollcall(['get', 'flapping'], answers)).out).toMatchInlineSnapshot(`
      "CLUSTER  NODE  CHANGES  READINESS  CORDONS  TAINTS  LABELS
      east     n1    23       20         1        2       0
      "
    `)
    expect((await rollcall(['get', 'flapping', '--pods', 'fluentd'], answers)).out).toMatchInlineSnapshot(`
      "CLUSTER  NODE  NAMESPACE  POD        CHANGES  READINESS  RESTARTS  TROUBLES  LABELS
      east     n1    logging    fluentd-a  9        20         4         3         0
      "
    `)
    expect(await rollcall(['get', 'flapping', 'fluentd'], answers)).toMatchObject({ code: exitCodes.usage })
  })
  test.each(['diff', 'misplaced', 'churn', 'coverage'] as const)('%s on nodes with labels', async question => {
    const answers = {
      ...told,
      coverage: () => ({ ...span, items: [], total: noTime }),
      misplaced: () => ({ ...span, items: [] }),
    }
    const { asked } = await rollcall(['get', question, 'fluentd', '-l', 'disk=ssd'], answers)
    expect(asked.at(-1)).toContain(`/${question}?`)
    expect(asked.at(-1)).toContain('labelSelector=disk=ssd')
  })
})

test('only lists are CSV', async () => {
  expect(await rollcall(['why', 'node', 'n1', '-o', 'csv'])).toMatchObject({ code: exitCodes.usage })
})
