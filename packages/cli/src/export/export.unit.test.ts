import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DecisionEntry } from '@rollcall/contracts/api'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { afterAll, expect, test } from 'vitest'
import { exitCodes } from '../errors.ts'
import { type Answers, ProblemAnswer } from '../testing/fake-auditor.ts'
import { aCluster, aNode, anEvent, aPlacement, instant } from '../testing/records.ts'
import { useAuditor } from '../testing/use-auditor.ts'

const auditor = useAuditor()
const dir = mkdtempSync(join(tmpdir(), 'rollcall-export-'))
afterAll(() => rmSync(dir, { recursive: true }))

async function rollcall(words: readonly string[], answers: Answers = fleet, isTerminal = false) {
  let now = Date.parse('2026-01-02T12:00:00.000Z')
  return await auditor.rollcall(words, answers, { isTerminal, now: () => (now += 100) })
}

const nodes = Array.from({ length: 20 }, (_, index) => `n${index}`)
const pageLength = 3
/** Placements in pages of three, as a server with many would tell them. */
const placements = nodes.map((node, index) =>
  aPlacement(`fluentd-${node}`, node, {
    revision: index === 1 ? 'a,"b"' : '5cd',
    closed:
      index % 2 === 0
        ? null
        : { at: instant(60), position: 70 + index, by: null, cause: 'deleted by others', inferred: true },
  }),
)
const decision: DecisionEntry = {
  cluster: 'east',
  position: 29,
  at: instant(600),
  core: '2',
  daemonSet: { namespace: 'logging', name: 'fluentd', uid: 'u1' },
  node: 'n1',
  verdict: 'shouldRun',
  action: 'create',
  reason: { rule: 'eligible', source: '§2.1', facts: { label: 'ssd' } },
  causes: [27, 28],
  commands: ['c0ffee'],
}

const fleet: Answers = {
  clusters: () => ({ items: [aCluster('east')], next: null }),
  nodes: () => ({ items: nodes.map(node => aNode(node)), next: null }),
  placements: (_, { cursor }) => {
    const start = Number(cursor ?? 0)
    const end = start + pageLength
    return { items: placements.slice(start, end), next: end < placements.length ? String(end) : null }
  },
  decisions: () => ({ items: [decision], next: null }),
  events: (_, { cursor, since = '' }) => {
    const items =
      cursor === undefined
        ? [anEvent('NodeObserved', { position: 1, at: instant(9_000) }), anEvent('NodeObserved', { position: 2 })]
        : [anEvent('NodeGone', { position: 3, at: instant(10) })]
    return { items: items.filter(({ at }) => at >= since), older: null, newer: 'more', atEnd: cursor !== undefined }
  },
}

const file = (name: string): string => join(dir, name)

test('placements as CSV: every page, quoted where it must be, with the beginning and the end that were asked', async () => {
  const ran = await rollcall(['export', 'placements', '--from', '2h', '-o', file('p.csv')])
  expect(ran).toMatchObject({ code: 0, out: '', err: expect.stringMatching(/^20 placements in .*p\.csv \(csv\)/) })
  const lines = readFileSync(file('p.csv'), 'utf8').split('\r\n')
  expect(lines).toHaveLength(22)
  expect(lines[0]).toMatch(/^cluster,node,namespace,daemonSet,.*closeCause,closeInferred$/)
  expect(lines[2]).toContain(',"a,""b""",')
  expect(lines[2]).toContain(',deleted by others,true')
  expect(ran.asked.at(-1)).toMatch(/presence=all&from=2026-01-02T10:00:.*&to=2026-01-02T12:00:.*&cursor=18/)
  expect(existsSync(file('p.csv.part'))).toBe(false)
})

test('placements as Parquet, with types', async () => {
  await rollcall(['export', 'placements', '-o', file('p.parquet')])
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file('p.parquet')) })
  expect(rows).toHaveLength(20)
  expect(rows[1]).toMatchObject({
    cluster: 'east',
    node: 'n1',
    revision: 'a,"b"',
    openedAt: new Date(instant(600)),
    openedPosition: 30n,
    ready: true,
    finishedAt: null,
    closedAt: new Date(instant(60)),
    closedPosition: 71n,
  })
})

test('decisions as JSON, one a line, on standard output', async () => {
  const { out, err } = await rollcall(['export', 'decisions', '-o', '-', '--format', 'json'])
  expect(err).toBe('')
  expect(
    out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line)),
  ).toMatchObject([{ position: 29, rule: 'eligible', facts: { label: 'ssd' }, causes: [27, 28], commands: ['c0ffee'] }])
})

test('events of a span, and none outside of it', async () => {
  const { asked } = await rollcall(['export', 'events', '--from', '1h', '--to', '1m', '-o', file('e.jsonl')])
  const rows = readFileSync(file('e.jsonl'), 'utf8').trimEnd().split('\n')
  expect(rows.map(row => JSON.parse(row).position)).toEqual([2])
  expect(asked.find(path => path.includes('/events?'))).toContain('since=2026-01-02T11:00:')
})

test('on a terminal a bar says how far it is', async () => {
  const { err } = await rollcall(['export', 'placements', '-o', file('bar.csv')], fleet, true)
  expect(err).toMatch(/\[█+·+\] \d+ %, \d+ placements, \d+s left/)
  expect(err).toContain('\r\u001b[K20 placements in ')
})

test('when it fails midway there is no file, and one that was there stays', async () => {
  await rollcall(['export', 'placements', '-o', file('kept.csv')])
  const before = readFileSync(file('kept.csv'), 'utf8')
  await auditor.close()
  const failing: Answers = {
    ...fleet,
    placements: (params, query) => {
      if (query.cursor !== undefined)
        throw new ProblemAnswer({ code: 'store-away', status: 503, detail: 'The store is away.', mend: 'Try again.' })
      return fleet.placements?.(params, query) ?? { items: [], next: null }
    },
  }
  expect(await rollcall(['export', 'placements', '-o', file('kept.csv')], failing)).toMatchObject({
    code: exitCodes.unreachable,
  })
  expect(readFileSync(file('kept.csv'), 'utf8')).toBe(before)
  expect(existsSync(file('kept.csv.part'))).toBe(false)
})

test.each([
  [['-o', 'x.txt'], 'the format of x.txt is not clear from its name'],
  [['-o', '-', '--format', 'parquet'], 'Parquet is no text'],
  [['-o', 'x.csv', '--from', '1h', '--to', '2h'], '--from 1h is not before 2h'],
  [['-o', 'x.csv', '--from', 'soon'], '--from "soon" is no time'],
  [['-o', '/nonexistent/x.csv'], '/nonexistent/x.csv.part cannot be written'],
  [['-o', 'x.csv', '--cluster', 'eest'], 'there is no cluster eest'],
])('%j is refused with a sentence', async (words, says) => {
  const { code, err } = await rollcall(['export', 'placements', ...words])
  expect(code).not.toBe(0)
  expect(err).toContain(says)
  expect(err.split('\n')).toHaveLength(3)
})

const span = { from: instant(86_400), to: instant(0), recordBegins: instant(90_000) }
const daemonSet = { namespace: 'logging', name: 'fluentd', uid: 'u1' }
const slot = (node: string) => ({
  node,
  daemonSet,
  expectedMs: 10_000,
  uncoveredMs: 1,
  coverage: 0.9999,
  gaps: [],
  gapsTotal: 0,
})
const spans: Answers = {
  ...fleet,
  coverage: (_, { cursor }) => ({
    ...span,
    items: [slot(cursor === undefined ? 'n1' : 'n2')],
    next: cursor === undefined ? 'more' : null,
    total: { slots: 2, expectedMs: 20_000, uncoveredMs: 2, coverage: 0.9999 },
  }),
  churn: () => ({
    ...span,
    next: null,
    items: [{ node: 'n1', daemonSet, pods: 7, neverReady: 6, shortestMs: null, causes: { 'pod-failed': 5 } }],
  }),
  flapping: () => ({
    ...span,
    next: null,
    items: [
      {
        node: 'n1',
        pod: null,
        changes: 9,
        turned: { ready: 8, cordoned: 1, labels: 0, taints: 0, restarted: 0, troubled: 0 },
      },
    ],
  }),
  misplaced: () => ({
    ...span,
    next: null,
    items: [{ placement: aPlacement('p', 'n1'), misplacedMs: 61_000, from: instant(100), to: instant(39), rule: 'r' }],
  }),
  diff: () => ({ ...span, next: null, items: [{ kind: 'node', node: 'n9', change: 'added' }] }),
}

test.each([
  [
    'coverage',
    ['--daemonset', 'logging/fluentd'],
    { node: 'n1', daemonSet: 'fluentd', expectedMs: 10_000n, coverage: 0.9999 },
  ],
  ['churn', [], { node: 'n1', pods: 7n, shortestMs: null, causes: { 'pod-failed': 5 } }],
  ['flapping', [], { node: 'n1', changes: 9n, ready: 8n, cordoned: 1n }],
  ['misplaced', ['--node', 'n1'], { pod: 'p', misplacedMs: 61_000n, from: new Date(instant(100)), rule: 'r' }],
  ['diff', ['--from', '1h'], { kind: 'node', change: 'added', node: 'n9', before: null }],
])('%s as Parquet', async (kind, words, row) => {
  const { code, asked } = await rollcall(['export', kind, ...words, '-o', file(`${kind}.parquet`)], spans)
  expect(code).toBe(0)
  expect(asked.at(-1)).toContain(`/clusters/east/${kind}?`)
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file(`${kind}.parquet`)) })
  expect(rows).toHaveLength(kind === 'coverage' ? 2 : 1)
  expect(rows[0]).toMatchObject({ cluster: 'east', ...row })
})

test.each([
  [['coverage'], 'coverage of everything is not told'],
  [['events', '--node', 'n1'], 'events are not exported by node or DaemonSet'],
])('%j is not exported', async (words, says) => {
  const { code, err } = await rollcall(['export', ...words, '-o', file('none.csv')], spans)
  expect(code).toBe(exitCodes.usage)
  expect(err).toContain(says)
  expect(existsSync(file('none.csv'))).toBe(false)
})
