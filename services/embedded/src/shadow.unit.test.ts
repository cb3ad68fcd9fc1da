import type { OpenDecision } from '@rollcall/store'
import { expect, test } from 'vitest'
import type { EmbeddedCluster } from './contract.ts'
import { createShadowDifferences } from './shadow.ts'

const cluster = (name: string, mode: EmbeddedCluster['mode']): EmbeddedCluster => ({
  name,
  kind: 'real',
  mode,
  server: 'https://127.0.0.1:6443',
  kubeconfig: '/kubeconfig',
  context: null,
})
const graceMs = 10_000

function record(clusters: readonly EmbeddedCluster[]) {
  const state = { now: 0, head: 1, decisions: [] as OpenDecision[], asked: [] as string[], reads: 0 }
  const ask = createShadowDifferences({
    clusters,
    now: () => state.now,
    record: {
      heads: async names => {
        state.asked.push(`heads of ${names?.join()}`)
        return new Map([['theirs', state.head]])
      },
    },
    shadow: {
      async openDecisions(name, before) {
        state.reads += 1
        state.asked.push(`decisions of ${name}`)
        return state.decisions.filter(({ at }) => at <= before).slice(0, 1_000)
      },
    },
  })
  return { state, ask: () => ask(graceMs), askFor: ask }
}

const decision = (at: number): OpenDecision =>
  ({ namespace: 'logging', daemonSet: 'fluentd', node: 'n1', action: 'create', rule: 'eligible', at }) as OpenDecision

test('only observed clusters are asked about', async () => {
  const { ask, state } = record([cluster('ours', 'control'), cluster('theirs', 'observe')])
  await ask()
  expect(state.asked).toEqual(['heads of theirs', 'decisions of theirs'])
  const without = record([cluster('ours', 'control')])
  expect(await without.ask()).toEqual({ items: [], isCut: false })
  expect(without.state.asked).toEqual([])
})

test('however often it is asked, the record is only when it has gone on, and once when the grace runs out', async () => {
  const { ask, state } = record([cluster('theirs', 'observe')])
  const readsBy = async (untilMs: number) => {
    for (; state.now < untilMs; state.now += 250) await ask()
    return state.reads
  }
  expect(await readsBy(10_000)).toBe(1)
  state.head = 2
  state.decisions.push(decision(state.now))
  expect(await readsBy(12_000)).toBe(2)
  expect((await ask()).items).toEqual([])
  expect(await readsBy(60_000)).toBe(3)
  expect((await ask()).items).toMatchObject([{ cluster: 'theirs', decided: 'createPod', since: 10_000 }])
  // It goes on all the time: every 2 s.
  for (const end = state.now + 20_000; state.now < end; state.now += 250) {
    state.head += 1
    await ask()
  }
  expect(state.reads).toBe(3 + 9)
})

test('another grace is another question, and an answer that was cut says so', async () => {
  const { askFor, state } = record([cluster('theirs', 'observe')])
  state.decisions = Array.from({ length: 1_001 }, () => decision(0))
  state.now = 5_000
  expect(await askFor(10_000)).toEqual({ items: [], isCut: false })
  const { items, isCut } = await askFor(1_000)
  expect({ count: items.length, isCut }).toEqual({ count: 1_000, isCut: true })
})
