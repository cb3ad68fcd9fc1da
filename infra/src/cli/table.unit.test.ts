import { expect, test } from 'vitest'
import { table } from './table.ts'

test('columns are as wide as their widest cell, and nothing stands behind the last', () => {
  const text = table(
    ['NAME', 'PID', 'STATE'],
    [
      ['kafka', '1', 'running'],
      ['a/longer-name', '12345', 'x'],
    ],
  )
  expect(text).toBe('NAME           PID    STATE\nkafka          1      running\na/longer-name  12345  x')
})

test('a table without rows is its headings', () => {
  expect(table(['A', 'B'], [])).toBe('A  B')
})
