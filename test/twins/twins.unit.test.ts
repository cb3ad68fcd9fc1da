import { expect, test } from 'vitest'
import { Random } from '../conformance/oracle/random.ts'
import { apart, compare } from './compare.ts'
import { formAnnotation } from './manifest.ts'
import { nextStep } from './next-step.ts'
import { reportOf } from './report.ts'
import { type Context, rules, sleepOf } from './rules.ts'
import type { Step } from './step.ts'
import type { World } from './world.ts'

const picture = (facts: Readonly<Record<string, unknown>>) =>
  new Map(Object.entries(facts).map(([at, value]) => [at, JSON.stringify(value)]))

const context = (steps: readonly Step[], theirs = {}, ours = {}): Context => ({
  story: 's1',
  steps,
  pictures: { builtIn: picture(theirs), rollcall: picture(ours) },
  eventCounts: new Map(),
})

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
    return Array.from({ length: 50 }, (_, count) => nextStep(random, world(), { count, uneven: [] }))
  }
  expect(draw()).toEqual(draw())
  expect(new Set(draw().map(step => step.do)).size).toBeGreaterThan(3)
})

test('pods of nodes that are gone are collected before anything else', () => {
  const step = nextStep(new Random(1), world({ hasLostPods: true }), { count: 1, uneven: [] })
  expect(step).toEqual({ do: 'collect' })
})

test('a rollout that stands still may have replaced other pods, but not more of them', () => {
  const [updateOrder] = rules
  const pod = (node: string, hash: string) => ({
    [`pod/s1-${node}/d1 #1/0`]: { annotations: { [formAnnotation]: hash }, target: `s1-${node}` },
  })
  const form = {
    image: 1,
    disk: null,
    affinity: null,
    tolerates: null,
    hostNetwork: false,
    note: '',
    isTooBig: true,
  } as const
  const steps: readonly Step[] = [{ do: 'change', daemonSet: 'd1', form }]
  const explained = (theirs: object, ours: object, happened = steps) =>
    updateOrder?.explains(compare(picture({ ...theirs }), picture({ ...ours })), context(happened, theirs, ours)).length
  const [newFirst, newLast] = [
    { ...pod('n1', 'new'), ...pod('n2', 'old') },
    { ...pod('n1', 'old'), ...pod('n2', 'new') },
  ]
  expect(explained(newFirst, newLast)).toBe(2)
  expect(explained(newFirst, newLast, [])).toBe(0)
  expect(explained(newFirst, newLast, [...steps, { do: 'leave', node: 'n3' }])).toBe(0)
  expect(explained(newFirst, { ...pod('n1', 'new'), ...pod('n2', 'new') })).toBe(0)
})

test('that the built-in sleeps explains its status after a node left, and never its revisions', () => {
  const left = context([{ do: 'leave', node: 'n1' }])
  const at = (path: string) => [{ at: path, builtIn: '1', rollcall: '0' }]
  expect(sleepOf(at('daemonset/d1/status/desiredNumberScheduled'), left)?.id).toBe('node-deleted')
  expect(sleepOf(at('revision/d1-x/number'), left)).toBeNull()
  expect(sleepOf(at('daemonset/d1/spec'), left)).toBeNull()
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
  })
  for (const part of ['story 42', 'leave {"node":"n1"}', 'numberReady', 'built-in  2', '(not there)', '--story 42'])
    expect(text).toContain(part)
})
