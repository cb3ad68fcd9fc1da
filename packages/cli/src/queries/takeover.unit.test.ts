import type { Intent } from '@rollcall/contracts/api'
import { expect, test } from 'vitest'
import { exitCodes } from '../errors.ts'
import type { Answers } from '../testing/fake-auditor.ts'
import { aCluster, aDaemonSet, instant } from '../testing/records.ts'
import { useAuditor } from '../testing/use-auditor.ts'

const auditor = useAuditor()

const asked: unknown[] = []

async function rollcall(
  words: readonly string[],
  {
    mode = 'observe',
    observedGeneration = 0,
    ageS = 60,
    watchedS = 10,
  }: { mode?: 'control' | 'observe'; observedGeneration?: number; ageS?: number; watchedS?: number | null } = {},
) {
  const fluentd = aDaemonSet('fluentd')
  const probe = aDaemonSet('probe', {
    status: { ...fluentd.status, observedGeneration },
    firstSeenAt: instant(ageS),
  })
  const watch =
    watchedS === null ? [] : [{ kind: 'DaemonSet' as const, resourceVersion: '9', movedAt: instant(watchedS) }]
  const answers: Answers = {
    clusters: () => ({ items: [aCluster('east', { mode, watch })], next: null }),
    daemonSets: (_, { name }) => ({ items: name?.includes('probe') ? [probe] : name ? [] : [fluentd], next: null }),
    missing: () => ({ items: [], next: null, daemonSetUid: null }),
    asked(route, params, body): Intent {
      asked.push({ route, params, body })
      return {
        cluster: 'east',
        intent: 'i',
        type: 'ModeRequested',
        position: 95,
        at: instant(0),
        user: 'jane',
        via: 'rollcall-cli',
      }
    },
  }
  asked.length = 0
  await auditor.close()
  return await auditor.rollcall(words, answers)
}

const takeover = ['takeover', '--cluster', 'east', '--probe', 'logging/probe']

test('a takeover first says what would happen, and with --yes is asked for', async () => {
  const looked = await rollcall(takeover)
  expect([looked.code, looked.err]).toEqual([exitCodes.ok, ''])
  expect(looked.out).toContain('DAEMONSET')
  expect(looked.out).toContain('Nothing was done.')
  expect(asked).toEqual([])
  const done = await rollcall([...takeover, '--yes'])
  expect(done.out).toContain('east: Rollcall acts in it from position 95 on, asked by jane.')
  expect(asked).toEqual([{ route: 'requestMode', params: { cluster: 'east' }, body: { mode: 'control' } }])
  const json = await rollcall([...takeover, '-o', 'json'])
  expect(JSON.parse(json.out)).toMatchObject({ cluster: 'east', mode: 'observe', intent: null })
})

test('the built-in controller is active: refused, whatever is said', async () => {
  const { code, err } = await rollcall([...takeover, '--yes'], { observedGeneration: 1 })
  expect(code).toBe(exitCodes.refused)
  expect(err).toContain('the built-in controller is active in east: it has answered logging/probe')
  expect(asked).toEqual([])
})

test.each([
  ['no probe', ['takeover', '--cluster', 'east', '--yes'], {}, exitCodes.usage],
  [
    'a probe that is not in this cluster',
    ['takeover', '--cluster', 'east', '--probe', 'logging/other', '--yes'],
    {},
    exitCodes.notFound,
  ],
  ['a record that stands still since the probe', [...takeover, '--yes'], { watchedS: 58 }, exitCodes.failed],
  ['a cluster that was never watched', [...takeover, '--yes'], { watchedS: null }, exitCodes.failed],
  ['a probe that is too young', [...takeover, '--yes'], { ageS: 5 }, exitCodes.failed],
  ['no cluster', ['takeover', '--probe', 'logging/probe', '--yes'], {}, exitCodes.usage],
  ['a cluster in which it acts already', [...takeover, '--yes'], { mode: 'control' as const }, exitCodes.failed],
] as const)('%s: nothing is asked for', async (_what, words, state, expected) => {
  expect((await rollcall(words, state)).code).toBe(expected)
  expect(asked).toEqual([])
})

test('a release is asked for with --yes', async () => {
  await rollcall(['release', '--cluster', 'east'], { mode: 'control' })
  expect(asked).toEqual([])
  await rollcall(['release', '--cluster', 'east', '--yes'], { mode: 'control' })
  expect(asked).toEqual([{ route: 'requestMode', params: { cluster: 'east' }, body: { mode: 'observe' } }])
})
