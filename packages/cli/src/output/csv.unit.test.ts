import { expect, test } from 'vitest'
import { csvOf } from './csv.ts'

test('members of members are columns, in the order in which they first appear', () => {
  const items = [
    { node: 'n1', closed: null, gaps: [] },
    { node: 'n2', closed: { at: 't', by: null }, gaps: [1, 2], more: true },
  ]
  expect(csvOf(items)).toBe('node,gaps,closed.at,closed.by,more\r\nn1,[],,,\r\nn2,"[1,2]",t,,true\r\n')
})

test('commas, quotes and ends of lines are kept', () => {
  expect(csvOf([{ text: 'a,"b"\nc' }])).toBe('text\r\n"a,""b""\nc"\r\n')
})
