import { expect, test } from 'vitest'
import { StartError } from './start-error.ts'

test('a failed start says what failed, how to mend it, and shows the last lines of the log', () => {
  const error = new StartError({
    code: 'exited',
    what: 'kafka ended with code 1 before it answered',
    mend: 'Free some memory',
    logFile: '/tmp/kafka.log',
    lastLines: ['first', 'last'],
  })
  expect(error.message).toBe(
    'kafka ended with code 1 before it answered. Free some memory\nThe last lines of /tmp/kafka.log:\n  | first\n  | last',
  )
  expect(error).toMatchObject({
    name: 'StartError',
    code: 'exited',
    logFile: '/tmp/kafka.log',
    lastLines: ['first', 'last'],
  })
})

test('an empty log is named too: that it is empty is a hint', () => {
  const error = new StartError({ code: 'not-ready', what: 'etcd did not answer within 9 s', logFile: '/tmp/etcd.log' })
  expect(error.message).toBe('etcd did not answer within 9 s\nIts log /tmp/etcd.log is empty')
})
