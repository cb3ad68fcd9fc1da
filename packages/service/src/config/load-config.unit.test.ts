import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { kafkaOptions, postgresOptions } from './common-options.ts'
import { loadConfig } from './load-config.ts'
import { option, optionalOption, requiredOption } from './option.ts'
import { choice, duration, flag, integer, text } from './parsers.ts'

const schema = z.object({
  ...kafkaOptions,
  ...postgresOptions,
  snapshotEvery: option(integer({ min: 1, max: 1_000 }), { description: 'Events between snapshots.', default: '200' }),
  waitMs: option(duration(), { description: 'How long to wait.', default: '1.5s' }),
  verify: option(flag(), { description: 'Check everything.', default: 'false' }),
  mode: option(choice(['control', 'observe']), { description: 'What to do.', default: 'observe' }),
  kubeconfig: optionalOption(text(), { description: 'Where the cluster is.' }),
})

const load = (argv: string[], env: Record<string, string> = {}) =>
  loadConfig({ name: 'try', summary: 'a try', schema, argv, env })

const wrongLines = (argv: string[], env: Record<string, string> = {}) => {
  const loaded = load(argv, env)
  return loaded.kind === 'wrong' ? loaded.lines : []
}

test('with nothing given, every option has its documented default', () => {
  expect(load([])).toEqual({
    kind: 'config',
    config: {
      kafkaBrokers: ['127.0.0.1:9092'],
      postgresUrl: 'postgres://rollcall@127.0.0.1:5432/rollcall',
      snapshotEvery: 200,
      waitMs: 1_500,
      verify: false,
      mode: 'observe',
      kubeconfig: null,
    },
  })
})

test('a flag wins over the environment, and the environment over the default', () => {
  const env = { ROLLCALL_SNAPSHOT_EVERY: '5', ROLLCALL_WAIT: '2m', ROLLCALL_MODE: '' }
  expect(
    load(['--snapshot-every=7', '--verify', '--kubeconfig', 'k', '--kafka-brokers', 'a:1, b:2'], env),
  ).toMatchObject({
    config: {
      snapshotEvery: 7,
      waitMs: 120_000,
      verify: true,
      mode: 'observe',
      kubeconfig: 'k',
      kafkaBrokers: ['a:1', 'b:2'],
    },
  })
  expect(load(['--no-verify'], { ROLLCALL_VERIFY: 'true' })).toMatchObject({ config: { verify: false } })
})

describe('what is wrong is said in one line each, with the mend', () => {
  test.each<[string[], Record<string, string>, string]>([
    [
      [],
      { ROLLCALL_SNAPSHOT_EVERY: 'many' },
      'ROLLCALL_SNAPSHOT_EVERY must be a whole number from 1 to 1000, not "many"',
    ],
    [['--wait', '20'], {}, '--wait must be a length of time such as 500ms, 20s, 5m or 2h, not "20"'],
    [['--mode', 'rule'], {}, '--mode must be one of control, observe, not "rule"'],
    [['--kafka-broker', 'a'], {}, 'there is no option --kafka-broker: did you mean --kafka-brokers?'],
    [['--kubeconfig'], {}, '--kubeconfig needs a value: --kubeconfig <value>. See --help'],
    [['start'], {}, '"start" is not an option: options are written --name value. See --help'],
  ])('%j %j', (argv, env, line) => {
    expect(wrongLines(argv, env)).toEqual([line])
  })

  test('several at once are all said', () => {
    expect(wrongLines(['--mode', 'rule', '--wait', 'x', '--nothing'])).toHaveLength(3)
  })

  test('a required option that is missing', () => {
    const required = z.object({ cluster: requiredOption(text(), { description: 'Its name.' }) })
    expect(loadConfig({ name: 'try', summary: '', schema: required, argv: [], env: {} })).toEqual({
      kind: 'wrong',
      lines: ['--cluster is required: set it, or ROLLCALL_CLUSTER'],
    })
  })

  test('the value of a secret option is not printed', () => {
    const lines = wrongLines(['--postgres-url', 'http://me:hunter2@host/db'])
    expect(lines).toEqual(['--postgres-url must be a URL that starts with postgres:// or postgresql://'])
  })
})

test('help names each option with its variable, meaning and default, aligned', () => {
  const loaded = load(['--mode', 'nonsense', '--help'])
  expect(loaded.kind === 'help' && loaded.text.split('\n').slice(0, 7)).toEqual([
    'try: a try',
    '',
    'Each option is a flag or an environment variable; the flag wins.',
    '',
    '  --kafka-brokers <a,b,…>   ROLLCALL_KAFKA_BROKERS   Kafka brokers, host:port each. (default 127.0.0.1:9092)',
    '  --postgres-url <url>      ROLLCALL_POSTGRES_URL    Postgres database. (default postgres://rollcall@127.0.0.1:5432/rollcall)',
    '  --snapshot-every <count>  ROLLCALL_SNAPSHOT_EVERY  Events between snapshots. (default 200)',
  ])
})
