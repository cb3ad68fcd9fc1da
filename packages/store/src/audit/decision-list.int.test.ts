import type { DecisionEntry } from '@rollcall/contracts/api'
import { decisionEntrySchema } from '@rollcall/contracts/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { slotDecision } from '../testing/audit-story.ts'
import { type AuditWorld, startAuditWorld } from '../testing/audit-world.ts'
import { batch, decided, nodeFacts, nodeSeen, streamCommit, t } from '../testing/fixtures.ts'
import type { DecisionsAsked, PageKey } from './audit-store.ts'

/** Nodes n1 to n10 are seen at minutes 10 to 100, each with two decisions: of the node itself, and of n0. */
const cluster = 'fleet'
const minute = (count: number) => t(count * 60_000)
const counts = Array.from({ length: 10 }, (_, index) => index + 1)
const reason = { rule: 'node-not-ready', source: '§3.3', facts: {} }

let world: AuditWorld
let store: AuditWorld['store']
let audit: AuditWorld['audit']

beforeAll(async () => {
  world = await startAuditWorld()
  ;({ store, audit } = world)
  const { owner } = await store.takeOwnership(cluster, 'rollcall.events', 0, 'test')
  for (const count of counts) {
    const at = minute(count * 10)
    const decisions = [slotDecision(`n${count}`, {}), slotDecision('n0', { reason })]
    const decisionPoint = decided(count, [], { decisions, at })
    const steps = [nodeSeen(cluster, at, nodeFacts(`n${count}`))]
    await store.commitBatch(batch(owner, count, [streamCommit(cluster, count - 1, steps, { decisionPoint })]))
  }
})
afterAll(() => world?.close())

async function told(asked: Partial<DecisionsAsked>, limit = 3): Promise<string[]> {
  const all = { cluster, namespaces: null, daemonSets: null, nodes: null, rules: null, from: null, to: null }
  const items: DecisionEntry[] = []
  let after: PageKey | null = null
  do {
    const slice = await audit.decisions({ ...all, ...asked }, { after, limit })
    items.push(...slice.items)
    after = slice.next
  } while (after !== null)
  return items.map(item => {
    const { position, node } = decisionEntrySchema.parse(item)
    return `${position} ${node}`
  })
}

test('in their order, each once, whatever the pages', async () => {
  const expected = counts.flatMap(count => [`${count} n${count}`, `${count} n0`])
  for (const limit of [1, 3, 20]) expect(await told({}, limit)).toEqual(expected)
})

test('from a time on, and before one', async () => {
  expect(await told({ from: new Date(minute(90)) })).toEqual(['9 n9', '9 n0', '10 n10', '10 n0'])
  expect(await told({ to: new Date(minute(20)) })).toEqual(['1 n1', '1 n0'])
  expect(await told({ from: new Date(minute(41)), to: new Date(minute(51)) })).toEqual(['5 n5', '5 n0'])
  expect(await told({ from: new Date(minute(101)) })).toEqual([])
})

test('of a node, a rule, a DaemonSet; of a cluster that is not on record none', async () => {
  expect(await told({ nodes: ['n2', 'n3'] })).toEqual(['2 n2', '3 n3'])
  expect(await told({ rules: [reason.rule], from: new Date(minute(95)) })).toEqual(['10 n0'])
  expect(await told({ daemonSets: ['another'] })).toEqual([])
  expect(await told({ cluster: 'nowhere' })).toEqual([])
  expect(await told({ cluster: 'nowhere', from: new Date(minute(1)) })).toEqual([])
})

test('of nodes with labels, as last seen', async () => {
  const zone = (operator: string) => [{ key: 'kubernetes.io/hostname', operator, values: ['n2', 'n3'] }]
  expect(await told({ labels: zone('In') })).toEqual(['2 n2', '3 n3'])
  expect(await told({ labels: zone('In'), nodes: ['n3', 'n4'] })).toEqual(['3 n3'])
  expect(await told({ labels: zone('NotIn'), to: new Date(minute(50)) })).toEqual(['1 n1', '4 n4'])
})

test('of a writer whose clock is late the stream’s time is told, whole minutes behind', async () => {
  const { owner } = await store.takeOwnership('late', 'rollcall.events', 1, 'test')
  for (const [index, event] of [10, 20, 12, 30].entries()) {
    const position = index + 1
    const decisionPoint = decided(position, [], {
      decisions: [slotDecision(`n${position}`, {})],
      at: minute(Math.max(event, position > 1 ? 20 : 0)),
    })
    const steps = [nodeSeen('late', minute(event), nodeFacts(`n${position}`))]
    await store.commitBatch(batch(owner, position, [streamCommit('late', index, steps, { decisionPoint })]))
  }
  const late = { cluster: 'late' }
  expect(await told({ ...late, from: new Date(minute(20)) })).toEqual(['2 n2', '3 n3', '4 n4'])
  expect(await told({ ...late, to: new Date(minute(20)) })).toEqual(['1 n1'])
  expect(await told({ ...late, from: new Date(minute(20)), to: new Date(minute(30)) })).toEqual(['2 n2', '3 n3'])
  expect(await store.positionSince('late', minute(15))).toBe(2)
  expect(await audit.positionAt('late', new Date(minute(15)))).toBe(1)
})

test('the last position before a time', async () => {
  const at = async (minutes: number) => await audit.positionAt(cluster, new Date(minute(minutes)))
  expect(await at(5)).toBe(0)
  expect(await at(50)).toBe(4)
  expect(await at(1_000)).toBe(10)
  expect(await audit.positionAt('nowhere', new Date(minute(50)))).toBe(null)
})
