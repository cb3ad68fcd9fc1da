import { expect, test } from 'vitest'
import { Random } from '../conformance/oracle/random.ts'
import { apart, compare } from './compare.ts'
import { nextStep } from './next-step.ts'
import { reportOf } from './report.ts'
import type { World } from './world.ts'

const picture = (facts: Readonly<Record<string, unknown>>) =>
  new Map(Object.entries(facts).map(([at, value]) => [at, JSON.stringify(value)]))

const world = (more: Partial<World> = {}): World => ({
  nodes: ['n1'],
  hasLostPods: false,
  daemonSets: [],
  strays: [],
  ...more,
})

test('what is on one side only is a difference, and so is what is there otherwise', () => {
  const differences = compare(picture({ a: 1, b: 2 }), picture({ b: 3, c: 4 }))
  expect(differences).toEqual([
    { at: 'a', builtIn: '1', rollcall: undefined },
    { at: 'b', builtIn: '2', rollcall: '3' },
    { at: 'c', builtIn: undefined, rollcall: '4' },
  ])
})

test('a difference inside of an object is told by its path', () => {
  const [difference] = compare(picture({ pod: { a: { x: 1 }, b: 2 } }), picture({ pod: { a: { x: 3 }, b: 2 } }))
  expect(difference && apart(difference)).toEqual([{ at: 'pod a x', builtIn: '1', rollcall: '3' }])
})

test('the same seed makes the same story', () => {
  const draw = () => {
    const random = new Random(7)
    return Array.from({ length: 50 }, (_, count) => nextStep(random, world(), { count, uneven: [], isCopied: false }))
  }
  expect(draw()).toEqual(draw())
  expect(new Set(draw().map(step => step.do)).size).toBeGreaterThan(3)
})

test('pods of nodes that are gone are collected before anything else', () => {
  const step = nextStep(new Random(1), world({ hasLostPods: true }), { count: 1, uneven: [], isCopied: false })
  expect(step).toEqual({ do: 'collect' })
})

test('an owned copy of a revision is told to both sides before anything else: whom it wakes first would be chance', () => {
  const step = nextStep(new Random(1), world(), { count: 3, uneven: [], isCopied: true })
  expect(step).toEqual({ do: 'poke', value: 'duty 3' })
})

test('a report names the seed, the steps, and both sides', () => {
  const text = reportOf({
    story: 's1',
    seed: 42,
    steps: [{ do: 'leave', node: 'n1' }],
    isCut: false,
    explained: new Map(),
    unexplained: [{ at: 'daemonset/d1/status/numberReady', builtIn: '2', rollcall: undefined }],
    awaited: [],
    waits: new Map(),
  })
  for (const part of ['story 42', 'leave {"node":"n1"}', 'numberReady', 'built-in  2', '(not there)', '--story 42'])
    expect(text).toContain(part)
})
