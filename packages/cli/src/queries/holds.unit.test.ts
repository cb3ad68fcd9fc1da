import type { Intent } from '@rollcall/contracts/api'
import { expect, test } from 'vitest'
import { exitCodes } from '../errors.ts'
import { type Answers, ProblemAnswer } from '../testing/fake-auditor.ts'
import { aHold, anEvent, instant } from '../testing/records.ts'
import { useAuditor } from '../testing/use-auditor.ts'

const auditor = useAuditor()

const hold = aHold()
const asked: { route: string; params: object; body: unknown }[] = []
const fleet = (over: Answers = {}): Answers => ({
  holds: (_, { hold: id }) => ({ items: id === undefined || id === hold.id ? [hold] : [], next: null }),
  events: () => ({
    items: [anEvent('NodeObserved', { position: 88, subject: { kind: 'Node', namespace: '', name: 'n1' } })],
    older: null,
    newer: 'n',
    atEnd: true,
  }),
  asked(route, params, body): Intent {
    asked.push({ route, params, body })
    const type = route === 'approveHold' ? 'HoldApproved' : 'HoldRejected'
    return { cluster: 'east', intent: 'i', type, position: 95, at: instant(0), user: 'jane', via: 'rollcall-cli' }
  },
  ...over,
})

async function rollcall(words: readonly string[], answers: Answers = fleet()) {
  asked.length = 0
  return await auditor.rollcall(words, answers)
}

test('holds that wait are listed with how far they reach and why', async () => {
  const { out, code } = await rollcall(['holds'])
  expect(code).toBe(exitCodes.ok)
  expect(out.trimEnd().split('\n')).toEqual([
    'HOLD      CLUSTER  DAEMONSET      STATE  NODES  PODS     AGE  WHY',
    '7f3a9c21  east     storage/agent  open   200    200/250  5m   node-selector-mismatch (200)',
  ])
})

test('one hold is told whole: size, cause, events, and what can be done', async () => {
  const { out } = await rollcall(['holds', '7f3a9c21'])
  expect(out).toContain('Hold 7f3a9c21 in cluster east: waits for somebody')
  expect(out).toContain('It keeps 200 pods of storage/agent (of 250)')
  expect(out).toContain(
    'DaemonSet storage/agent runs only on nodes with pool=storage (its nodeSelector), and its node has no label pool (200 nodes)',
  )
  expect(out).toContain('Nodes: n1, n2, and 198 more')
  expect(out).toContain('What led to it: node n1')
  expect(out).toContain('rollcall approve 7f3a9c21, or rollcall reject 7f3a9c21 [--for 1h]')
})

test('approve and reject are asked for, and answered with their position', async () => {
  const approved = await rollcall(['approve', '7f3a9c21'])
  expect(approved.out).toBe(
    'Approved: 200 pods of storage/agent are deleted now. On record at position 95 of east, asked by jane.\n',
  )
  expect(asked).toEqual([
    { route: 'approveHold', params: { cluster: 'east', hold: '7f3a9c21' }, body: { position: 91 } },
  ])
  const rejected = await rollcall(['reject', '7f3a9c21', '--for', '2h'])
  expect(rejected.out).toContain('Rejected: 200 pods of storage/agent stay for 120m, and then it is asked again.')
  expect(asked).toMatchObject([{ route: 'rejectHold', body: { forMs: 7_200_000 } }])
  await rollcall(['reject', '7f3a9c21'])
  expect(asked).toMatchObject([{ route: 'rejectHold', body: { forMs: null } }])
})

test('a name that is wrong, a time that is none, and a token without a user are told', async () => {
  const unknown = await rollcall(['approve', '7f3a9c20'])
  expect([unknown.code, unknown.err]).toEqual([
    exitCodes.notFound,
    'rollcall: there is no hold 7f3a9c20 on record in any cluster\n  did you mean 7f3a9c21?\n',
  ])
  expect((await rollcall(['reject', '7f3a9c21', '--for', 'ever'])).code).toBe(exitCodes.usage)
  await auditor.close()
  const forbidden = fleet({
    asked() {
      throw new ProblemAnswer({ code: 'forbidden', status: 403, detail: 'Nothing can be asked for here.', mend: '-' })
    },
  })
  expect((await rollcall(['approve', '7f3a9c21'], forbidden)).code).toBe(exitCodes.refused)
})
