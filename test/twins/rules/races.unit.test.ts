import { expect, test } from 'vitest'
import { contextOf, picture, title } from '../testing/pictures.ts'
import { eventBurst, taintEviction } from './races.ts'
import type { Context, Rule } from './rule.ts'

const event = (reason: string, ...messages: readonly string[]) => ({ [`event/${title}/${reason}`]: messages })
const deleted = event('Normal SuccessfulDelete', 'Deleted pod: <pod>')
const failed = event('Warning FailedDaemonPod', 'Found failed daemon pod <pod>')
const counts = (builtIn: number, rollcall: number): Pick<Context, 'eventCounts'> => ({
  eventCounts: { builtIn: new Map([[title, builtIn]]), rollcall: new Map([[title, rollcall]]) },
})

function explained(rule: Rule, theirs: readonly object[], ours: readonly object[], more: Partial<Context>): number {
  const [left, right] = [theirs, ours].map(facts => picture(...(facts as readonly Record<string, unknown>[])))
  const { differences, ...context } = contextOf(left ?? new Map(), right ?? new Map(), more)
  expect(differences).not.toEqual([])
  return rule.explains(differences, context).length
}

test('who was driven out by a taint may have been deleted by the controller or not', () => {
  const drivenOut = new Set([title])
  expect(explained(taintEviction, [deleted], [], { drivenOut })).toBe(1)
  expect(explained(taintEviction, [], [deleted], { drivenOut })).toBe(1)
})

test('a taint explains no other event, no other words, and nothing of a DaemonSet that it did not drive out', () => {
  const drivenOut = new Set([title])
  expect(explained(taintEviction, [failed], [], { drivenOut })).toBe(0)
  const otherWords = event('Normal SuccessfulDelete', 'Deleted the pod')
  expect(explained(taintEviction, [deleted], [otherWords], { drivenOut })).toBe(0)
  expect(explained(taintEviction, [deleted], [], { drivenOut: new Set(['d2 #1']) })).toBe(0)
})

test('who has told 25 events of a DaemonSet may lack one', () => {
  expect(explained(eventBurst, [], [failed], counts(25, 12))).toBe(1)
  expect(explained(eventBurst, [failed], [], counts(12, 25))).toBe(1)
})

test('who has told fewer may not, whatever the other one has told', () => {
  expect(explained(eventBurst, [], [failed], counts(24, 40))).toBe(0)
  expect(explained(eventBurst, [failed], [], counts(40, 24))).toBe(0)
})

test('words that only one side has are explained only where the other one is silent', () => {
  const [one, both] = [event('Normal X', 'a'), event('Normal X', 'a', 'b')]
  expect(explained(eventBurst, [one], [both], counts(25, 3))).toBe(1)
  expect(explained(eventBurst, [one], [both], counts(3, 25))).toBe(0)
  expect(explained(eventBurst, [event('Normal X', 'a')], [event('Normal X', 'b')], counts(25, 3))).toBe(0)
  expect(explained(eventBurst, [{ 'daemonset/d1/spec': 1 }], [], counts(25, 25))).toBe(0)
})
