import { expect, test } from 'vitest'
import { parseCommand, UsageError } from './options.ts'

test('`up` alone starts everything once', () => {
  expect(parseCommand(['up'])).toEqual({
    verb: 'up',
    options: {
      clusters: 1,
      nodes: 5,
      kwok: true,
      daemonSetController: false,
      via: 'auto',
      only: ['kafka', 'postgres', 'clusters'],
    },
  })
})

test('`up` takes what to start and how', () => {
  const argv = [
    'up',
    '--clusters',
    '2',
    '--nodes=100',
    '--no-kwok',
    '--with-daemonset-controller',
    '--via',
    'native',
    '--only',
    'kafka, clusters',
  ]
  expect(parseCommand(argv)).toEqual({
    verb: 'up',
    options: {
      clusters: 2,
      nodes: 100,
      kwok: false,
      daemonSetController: true,
      via: 'native',
      only: ['kafka', 'clusters'],
    },
  })
})

test('`status` answers for people or for programs', () => {
  expect(parseCommand(['status'])).toEqual({ verb: 'status', json: false })
  expect(parseCommand(['status', '-o', 'json'])).toEqual({ verb: 'status', json: true })
})

test('`down` keeps the data unless told otherwise', () => {
  expect(parseCommand(['down'])).toEqual({ verb: 'down', purge: false })
  expect(parseCommand(['down', '--purge'])).toEqual({ verb: 'down', purge: true })
})

test('no verb, or --help, asks for help', () => {
  expect(parseCommand([])).toEqual({ verb: 'help' })
  expect(parseCommand(['up', '--help'])).toEqual({ verb: 'help' })
})

test.for([
  [['start'], 'There is up, down and status, but no "start"'],
  [['up', '--clusters', 'many'], '--clusters takes a number from 0 to 20, not "many"'],
  [['up', '--nodes', '10001'], '--nodes takes a number from 0 to 10000, not "10001"'],
  [['up', '--only', 'redis'], '--only takes kafka, postgres, clusters, not "redis"'],
  [['down', '--nodes', '3'], '`down` does not take --nodes'],
  [['status', '-o', 'xml'], '-o takes json, not "xml"'],
  [['up', 'now'], 'Not understood: now'],
] as const)('%j is refused with a sentence', ([argv, sentence]) => {
  expect(() => parseCommand(argv)).toThrow(new UsageError(sentence))
})
