import { expect, test } from 'vitest'
import { exitCodes } from '../errors.ts'
import { type Answers, ProblemAnswer } from '../testing/fake-auditor.ts'
import { aCluster, aCommand, aDecision, anEvent, aPlacement, instant } from '../testing/records.ts'
import { useAuditor } from '../testing/use-auditor.ts'

const auditor = useAuditor()

const { rollcall } = auditor

const { event: _, ...change } = anEvent('DaemonSetObserved', {
  subject: { kind: 'DaemonSet', namespace: 'logging', name: 'fluentd' },
  by: { manager: 'kubectl-set', operation: 'Update', at: null },
  changes: [{ path: 'images', before: ['a:1'], after: ['a:2'] }],
  attributed: {
    user: 'alice',
    groups: ['sre'],
    impersonatedBy: null,
    verb: 'patch',
    userAgent: 'kubectl/v1.37.0 (linux/amd64) kubernetes/abc',
    sourceIps: ['10.0.0.7'],
    requestedAt: instant(603),
    match: 'exact',
  },
})
const daemonSet = { namespace: 'logging', name: 'fluentd', uid: 'uid-of-fluentd' }
const fleet: Answers = {
  clusters: () => ({ items: [aCluster('east')], next: null }),
  placements: () => ({ items: [aPlacement('fluentd-abc', 'n1')], next: null }),
  blamePod: ({ cluster }) => ({
    cluster,
    chains: [
      {
        daemonSet,
        node: 'n1',
        what: 'opened',
        at: instant(600),
        links: [
          { kind: 'event', event: change },
          { kind: 'decision', decision: aDecision() },
          { kind: 'command', command: aCommand() },
          { kind: 'pod', placement: aPlacement('fluentd-abc', 'n1') },
        ],
      },
    ],
  }),
  blameNode: ({ cluster, node }) => {
    if (node !== 'n1')
      throw new ProblemAnswer({ code: 'unknown-node', status: 404, detail: 'No such node.', mend: '-' })
    const { attributed, ...unattributed } = { ...change, by: null }
    const links = [
      { kind: 'event' as const, event: { ...unattributed, attributed: null } },
      { kind: 'decision' as const, decision: aDecision({ verdict: 'shouldNotRun', action: 'none', commands: [] }) },
    ]
    return { cluster, chains: [{ daemonSet, node, what: 'standing', at: instant(600), links }] }
  },
  nodes: () => ({ items: [], next: null }),
}

test('from the person to the pod', async () => {
  expect((await rollcall(['blame', 'pod', 'fluentd-abc'], fleet)).out).toMatchInlineSnapshot(`
    "Pod logging/fluentd-abc came on node n1 in cluster east, 2026-01-02 11:50:00 (10m ago)
      person    alice (kubectl/v1.37.0, from 10.0.0.7)
      API call  patch DaemonSet logging/fluentd 2026-01-02 11:49:57 (10m ago)
      change    DaemonSet logging/fluentd has the images a:2 (position 28)
      decision  Node n1 fits the node selector and affinity of DaemonSet logging/fluentd, all its taints are tolerated, and there was no pod yet, so one was created. (position 29)
      command   CreatePod: pod fluentd-abc was created for node n1, 2026-01-02 11:50:00 (10m ago)
      pod       fluentd-abc on node n1 since 2026-01-02 11:50:00 (10m ago), Ready
    "
  `)
})

test('that nobody is known to have started it is said', async () => {
  expect((await rollcall(['blame', 'node', 'n1'], fleet)).out).toMatchInlineSnapshot(`
    "logging/fluentd: No pod is to run on node n1 in cluster east, 2026-01-02 11:50:00 (10m ago)
      change    DaemonSet logging/fluentd has the images a:2 (position 28)
      decision  Node n1 fits the node selector and affinity of DaemonSet logging/fluentd, and all its taints are tolerated. (position 29)
      Who started it is not on record: no audit of the API server told it.
    "
  `)
})

test('for programs the chain is data', async () => {
  const { out } = await rollcall(['blame', 'pod', 'fluentd-abc', '-o', 'json'], fleet)
  expect(JSON.parse(out).items[0].chains[0].links[0].event.attributed.user).toBe('alice')
})

test('an unknown node is said', async () => {
  expect(await rollcall(['blame', 'node', 'n9'], fleet)).toMatchObject({ code: exitCodes.notFound })
})

test.each([
  {
    what: 'an archive holds what led there',
    first: { kind: 'archived' as const, positions: [12, 13], place: 's3://bucket/ledger' },
    told: '  archived  What led there (positions 12, 13) is archived in s3://bucket/ledger.\n',
  },
  {
    what: 'the record began later than it',
    first: {
      kind: 'event' as const,
      event: { ...change, by: { manager: 'kubectl', operation: 'Apply', at: null }, changes: null, attributed: null },
      isOlder: true,
    },
    told: '  before    DaemonSet logging/fluentd was there when the record began (position 28)\n',
  },
])('$what: the chain says so, and blames nobody', async ({ first, told }) => {
  const links = [first, { kind: 'pod' as const, placement: aPlacement('fluentd-abc', 'n1') }]
  const blamed = { daemonSet, node: 'n1', what: 'opened' as const, at: instant(600), links }
  const { out } = await rollcall(['blame', 'pod', 'fluentd-abc'], {
    ...fleet,
    blamePod: ({ cluster }) => ({ cluster, chains: [blamed] }),
  })
  expect(out).toContain(told)
  expect(out).not.toContain('program')
  expect(out).not.toContain('no audit of the API server told it')
})
