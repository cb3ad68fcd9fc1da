import { expect, test } from 'vitest'
import type { Taint } from '../objects.ts'
import type { Step } from '../step.ts'
import { formOf, picture, pod, title } from '../testing/pictures.ts'
import { drivenOutBy } from './driven-out.ts'

const taint = (...taints: readonly Taint[]): Step => ({ do: 'taint', node: 'n1', taints })
const noExecute: Taint = { key: 'hard', value: 'yes', effect: 'NoExecute' }
const tolerating = (...tolerations: readonly object[]) =>
  picture(pod('n1', formOf(1), { more: { spec: { tolerations } } }))

test('a pod that does not tolerate it is driven out', () => {
  const before = tolerating({ key: 'hard', operator: 'Equal', value: 'no', effect: 'NoExecute' })
  expect(drivenOutBy(taint(noExecute), 's1', before)).toEqual([title])
})

test.each([
  { key: 'hard', operator: 'Equal', value: 'yes', effect: 'NoExecute' },
  { key: 'hard', operator: 'Exists' },
  { operator: 'Exists' },
])('a pod that tolerates it stays: %o', toleration => {
  expect(drivenOutBy(taint(noExecute), 's1', tolerating(toleration))).toEqual([])
})

test('nobody is driven out by another effect, from another node, or by another step', () => {
  expect(drivenOutBy(taint({ ...noExecute, effect: 'NoSchedule' }), 's1', tolerating())).toEqual([])
  expect(drivenOutBy(taint(), 's1', tolerating())).toEqual([])
  expect(drivenOutBy({ do: 'taint', node: 'n2', taints: [noExecute] }, 's1', tolerating())).toEqual([])
  expect(drivenOutBy({ do: 'leave', node: 'n1' }, 's1', tolerating())).toEqual([])
})
