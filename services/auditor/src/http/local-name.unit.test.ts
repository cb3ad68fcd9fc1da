import { expect, test } from 'vitest'
import { expectLocalName, isLoopback } from './local-name.ts'

test.each(['127.0.0.1:7070', '127.1.2.3', 'localhost:7070', 'localhost', '[::1]:7070'])('%s is answered', host => {
  expect(() => expectLocalName(host)).not.toThrow()
})

test.each(['evil.example:7070', '127.0.0.1.evil.example', 'localhost.evil.example:80', '10.0.0.1', '', undefined])(
  '%s is not',
  host => {
    expect(() => expectLocalName(host)).toThrow(expect.objectContaining({ code: 'wrong-host' }))
  },
)

test('all addresses but loopback are public', () => {
  expect(['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::', '192.168.0.1'].map(isLoopback)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ])
})
