import { expect, test } from 'vitest'
import { ourAnswer } from './answers.ts'
import { kindsOf, operators, type Question, questionOf, tolerationOperators } from './questions.ts'
import { Random } from './random.ts'

const questions = (seed: number, count: number): Question[] => {
  const random = new Random(seed)
  return Array.from({ length: count }, () => questionOf(random))
}

test('the same seed asks the same questions, another seed others', () => {
  expect(questions(7, 50)).toEqual(questions(7, 50))
  expect(questions(8, 50)).not.toEqual(questions(7, 50))
})

test('every kind of question is asked, and answered with yes and with no', () => {
  const seen = new Map<string, Set<boolean>>()
  for (const question of questions(1, 10_000)) {
    const { shouldRun } = ourAnswer(question)
    for (const kind of kindsOf(question)) seen.set(kind, (seen.get(kind) ?? new Set()).add(shouldRun))
  }
  const wanted = [
    ...operators.map(operator => `expression ${operator}`),
    'expression with an operator nobody knows',
    'field In',
    'field NotIn',
    'field with an operator nobody knows',
    ...tolerationOperators.map(operator => `toleration ${operator}`),
    'toleration without operator',
    'empty term',
    'node selector',
    'node name',
    'host network',
    'taint NoSchedule',
    'taint NoExecute',
    'taint PreferNoSchedule',
  ]
  expect(wanted.filter(kind => seen.get(kind)?.size !== 2)).toEqual([])
  // What can only be answered with no.
  expect([...(seen.get('no terms') ?? [])]).toEqual([false])
})
