import { expect, test } from 'vitest'
import { createTestPorts } from '../testing/test-ports.ts'
import { sayArchived, sayBeginsLater } from './archived.ts'

test('what is archived is said beside what is told', () => {
  const ports = createTestPorts()
  sayArchived([], ports)
  expect(ports.written.err).toBe('')
  const lastAt = '2026-01-31T23:59:59.000Z'
  sayArchived([{ cluster: 'east', lastPosition: 900, lastAt, place: '/mnt/ledger' }], ports)
  expect(ports.written).toEqual({
    out: '',
    err: `What came before of east (positions 1 to 900, until ${lastAt}) is archived in /mnt/ledger.\n`,
  })
})

test('whose record begins later than the time asked about is said', () => {
  const ports = createTestPorts()
  sayBeginsLater([{ cluster: 'west', recordBegins: '2026-01-01T00:00:00.000Z' }], ports)
  expect(ports.written).toEqual({
    out: '',
    err: 'The record of west begins at 2026-01-01T00:00:00.000Z: what was before is not told.\n',
  })
})
