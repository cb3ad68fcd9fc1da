import { commandResultSchema, commandTypeSchema } from '@rollcall/contracts'
import { type Change, eventTypeSchema, type LedgerEvent } from '@rollcall/contracts/api'
import { describe, expect, test } from 'vitest'
import { aCommand, anEvent, aPlacement, instant } from '../testing/records.ts'
import { closingWords, endingWords } from './closings.ts'
import { commandWords, outcomeWords } from './commands.ts'
import { eventWords } from './events.ts'
import { newsWords } from './news.ts'

const pod = { kind: 'Pod', namespace: 'logging', name: 'fluentd-x' } as const
const changed = (subject: LedgerEvent['subject'], ...changes: Change[]) =>
  eventWords(anEvent(subject?.kind === 'Pod' ? 'PodObserved' : 'NodeObserved', { subject, changes }))
const node = { kind: 'Node', namespace: '', name: 'n1' } as const

describe('events', () => {
  test.each(eventTypeSchema.options)('%s has its words, in short and in full', type => {
    const full = anEvent(type, { event: { type, cluster: 'east', at: 0, kind: 'Pod' } })
    const { event: _, ...summary } = full
    for (const said of [eventWords(full), eventWords(summary)]) {
      expect(said).toMatch(/^[a-z].*[^.]$/i)
      expect(said).not.toMatch(/undefined|null|\[object/)
    }
  })

  test('a change is said in the words people use', () => {
    const taint = { key: 'gpu', value: 'true', effect: 'NoSchedule' }
    expect(
      [
        changed(node, { path: 'unschedulable', before: false, after: true }),
        changed(
          node,
          { path: 'labels.ssd', before: null, after: 'true' },
          { path: 'labels.zone', before: 'a', after: 'b' },
        ),
        changed(node, { path: 'labels.ssd', before: 'true', after: null }),
        changed(node, { path: 'taints', before: [], after: [taint] }),
        changed(node, { path: 'taints', before: [taint], after: [] }),
        changed(node, { path: 'labels[kubernetes.io/os]', before: 'linux', after: 'windows' }),
        changed(
          node,
          { path: 'conditions.Ready.status', before: 'True', after: 'Unknown' },
          { path: 'conditions.Ready.since', before: 1, after: 2 },
        ),
        changed(node, {
          path: 'conditions.DiskPressure',
          before: null,
          after: { type: 'DiskPressure', status: 'True', since: 1 },
        }),
        changed(node, { path: 'conditions', before: [], after: [{ type: 'Ready', status: 'True', since: 1 }] }),
        changed(
          pod,
          { path: 'phase', before: 'Pending', after: 'Running' },
          { path: 'ready', before: false, after: true },
        ),
        changed(
          pod,
          { path: 'labels[topology.kubernetes.io/zone]', before: null, after: 'a' },
          { path: 'nodeName', before: null, after: 'n1' },
        ),
        changed(node, { path: 'taints', before: [taint, { ...taint, key: 'b' }], after: [] }),
        changed(pod, { path: 'deletedAt', before: null, after: 5 }),
        changed(pod, { path: 'resourceVersion', before: '1', after: '2' }),
        eventWords(
          anEvent('DaemonSetObserved', {
            subject: { kind: 'DaemonSet', namespace: 'logging', name: 'fluentd' },
            by: { manager: 'kubectl-set', operation: 'Update', at: null },
            changes: [
              { path: 'generation', before: 1, after: 2 },
              { path: 'template.digest', before: 'a', after: 'b' },
              { path: 'template.images', before: ['a:1'], after: ['a:2'] },
            ],
          }),
        ),
        eventWords(
          anEvent('PodObserved', {
            subject: pod,
            event: {
              type: 'PodObserved',
              cluster: 'east',
              at: 0,
              pod: { nodeName: 'n1', phase: 'Running', ready: true },
            },
          }),
        ),
      ].join('\n'),
    ).toMatchInlineSnapshot(`
      "node n1 was cordoned
      node n1 got the label ssd=true and has the label zone=b (was a)
      node n1 lost the label ssd=true
      node n1 got the taint gpu=true:NoSchedule
      node n1 lost the taint gpu=true:NoSchedule
      node n1 has the label kubernetes.io/os=windows (was linux)
      node n1 is not ready
      node n1 has the condition DiskPressure True
      node n1 is ready
      pod logging/fluentd-x is Running and ready
      pod logging/fluentd-x was bound to node n1
      node n1 lost the taint gpu=true:NoSchedule and b=true:NoSchedule
      pod logging/fluentd-x is being deleted
      pod logging/fluentd-x reported its state anew
      DaemonSet logging/fluentd has a new pod template and the images a:2, by kubectl-set
      pod logging/fluentd-x was seen on node n1 (Running, ready)"
    `)
  })
})

test('a live view is told the news only', () => {
  const daemonSet = { kind: 'DaemonSet', namespace: 'logging', name: 'fluentd' } as const
  const status = { path: 'status.numberReady', before: 1, after: 2 }
  const settled = (commandType: string, result: string) =>
    newsWords(
      anEvent('CommandSettled', {
        subject: null,
        event: { type: 'CommandSettled', cluster: 'east', at: 0, commandType, result },
      }),
    )
  expect(newsWords(anEvent('DaemonSetObserved', { subject: daemonSet, changes: [status] }))).toBe('')
  expect(
    newsWords(
      anEvent('DaemonSetObserved', {
        subject: daemonSet,
        changes: [status, { path: 'template.digest', before: 'a', after: 'b' }],
      }),
    ),
  ).not.toBe('')
  expect(
    newsWords(anEvent('PodObserved', { subject: pod, changes: [{ path: 'readySince', before: 1, after: 2 }] })),
  ).toBe('')
  expect(newsWords(anEvent('PodObserved', { subject: pod }))).toBe('pod logging/fluentd-x was seen')
  expect([settled('WriteStatus', 'done'), settled('RecordEvent', 'done')]).toEqual(['', ''])
  expect(settled('WriteStatus', 'refused')).toContain('refused')
})

describe('commands', () => {
  test.each(commandTypeSchema.options)('%s has words for each way it can end, and before', type => {
    const answer = { code: 403, reason: 'Forbidden', message: 'quota' }
    for (const result of [...commandResultSchema.options, null]) {
      expect(outcomeWords({ type, object: 'x', node: 'n1', result, answer })).not.toMatch(/undefined|null|\[object/)
    }
    const { id, ...rest } = aCommand()
    expect(commandWords({ ...rest, id, type, settled: null })).toContain('is under way')
  })

  test('the server’s words are told when it refused', () => {
    const settled = {
      position: 5,
      at: instant(5),
      result: 'refused',
      attempts: 1,
      answer: { code: 403, reason: 'Forbidden', cause: '', message: 'exceeded quota' },
    } as const
    expect(commandWords(aCommand({ settled }))).toBe(
      'the cluster refused creating pod fluentd-abc on node n1: 403 Forbidden, exceeded quota',
    )
    expect(
      commandWords(
        aCommand({ settled: null, delayed: { at: instant(1), attempts: 4, message: '429 Too Many Requests' } }),
      ),
    ).toBe('creating pod fluentd-abc on node n1 is still being tried, 4 times so far: 429 Too Many Requests')
  })
})

test('a placement that ended without us says how', () => {
  const ended = (cause: string | null, by: string | null = null) =>
    closingWords(
      aPlacement('x', 'n1', { closed: { at: instant(1), position: 9, by, cause, inferred: cause === 'vanished' } }),
    )
  expect(ended('deleted by others')).toBe('others deleted it, not Rollcall')
  expect(ended('vanished')).toContain('gone when the cluster was listed again')
  expect(ended('changed owner')).toContain('owner')
  expect(ended('moved')).toContain('another node')
  expect(ended('rollout-replace', 'd1')).toBeNull()
  const closed = { at: instant(1), position: 9, by: 'd1', cause: 'rollout-replace', inferred: false }
  expect(endingWords(aPlacement('x', 'n1', { closed }))).toBe('replaced by the rolling update')
  expect(endingWords(aPlacement('x', 'n1', { closed: { ...closed, cause: 'of-tomorrow' } }))).toBe(
    'by the rule of-tomorrow',
  )
})
