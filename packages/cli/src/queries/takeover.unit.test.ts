import { type Kind, kinds } from '@rollcall/contracts'
import type { CommandUnderWay, Hold, Intent, Outstanding } from '@rollcall/contracts/api'
import { expect, test } from 'vitest'
import { exitCodes } from '../errors.ts'
import type { Answers } from '../testing/fake-auditor.ts'
import { aCluster, aCommand, aDaemonSet, aDecision, aHold, instant } from '../testing/records.ts'
import { testNow } from '../testing/test-ports.ts'
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
    late,
    deletedAt = null,
    annotations = {},
    holds = [],
    outstanding = [],
    underWay = [],
    more = {},
  }: {
    mode?: 'control' | 'observe'
    observedGeneration?: number
    ageS?: number
    watchedS?: number | null
    /** Its watch has told nothing lately. */
    late?: Kind
    /** Of the probe. */
    deletedAt?: string | null
    /** Of fluentd. */
    annotations?: Readonly<Record<string, string>>
    holds?: readonly Hold[]
    outstanding?: readonly Outstanding[]
    /** Each time that it is asked; the last stays. */
    underWay?: readonly (readonly CommandUnderWay[])[]
    more?: Parameters<typeof auditor.rollcall>[2]
  } = {},
) {
  const fluentd = aDaemonSet('fluentd', { annotations })
  const probe = aDaemonSet('probe', {
    status: { ...fluentd.status, observedGeneration },
    firstSeenAt: instant(ageS),
    deletedAt,
  })
  const watch =
    watchedS === null
      ? []
      : kinds.map(kind => ({ kind, resourceVersion: '9', movedAt: instant(kind === late ? 50 : watchedS) }))
  const answers: Answers = {
    clusters: () => ({ items: [aCluster('east', { mode, watch })], next: null }),
    daemonSets: (_, { name }) => ({ items: name?.includes('probe') ? [probe] : name ? [] : [fluentd], next: null }),
    holds: () => ({ items: [...holds], next: null }),
    outstanding: (_, { limit }) => ({ items: outstanding.slice(0, limit), next: null }),
    commandsUnderWay: () => ({ items: [...(underWay[Math.min(polls++, underWay.length - 1)] ?? [])], next: null }),
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
  let polls = 0
  asked.length = 0
  await auditor.close()
  return await auditor.rollcall(words, answers, more)
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

const {
  causes: _,
  causesTotal: __,
  commands: ___,
  ...decision
} = aDecision({
  verdict: 'shouldNotRun',
  action: 'delete',
  reason: { rule: 'node-selector-mismatch', source: '§2.1 step 2', facts: {} },
})
const pod = (name: string) => ({ name, uid: `uid-of-${name}`, revision: 'old', ready: true })
const outstanding: readonly Outstanding[] = [
  ...Array.from({ length: 13 }, (_, index) => ({
    node: `n${index + 10}`,
    what: 'missing' as const,
    decision: null,
    pods: [],
  })),
  { node: 'n1', what: 'unwanted', decision, pods: [pod('fluentd-a')] },
  { node: 'n2', what: 'outdated', decision: null, pods: [pod('fluentd-b')] },
]

test('what would be done is said by name: the first ten, and all of them for programs', async () => {
  const { out } = await rollcall(takeover, { outstanding })
  expect(out).toMatch(/logging\/fluentd +3 +13 +1 +1\n/)
  expect(out).toContain('  missing on n10, n11, n12, n13, n14, n15, n16, n17, n18, n19, and 3 more, -o json for all\n')
  expect(out).toContain('  unwanted: fluentd-a on n1 (node-selector-mismatch)\n')
  expect(out).toContain('  outdated (RollingUpdate): fluentd-b on n2\n')
  const json = await rollcall([...takeover, '-o', 'json'], { outstanding })
  expect(JSON.parse(json.out).daemonSets).toMatchObject([{ name: 'fluentd', outstanding }])
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
  ['a record of pods that stands still since the probe', [...takeover, '--yes'], { late: 'Pod' }, exitCodes.failed],
  ['a probe that is being deleted', [...takeover, '--yes'], { deletedAt: instant(1) }, exitCodes.failed],
  ['a probe that is too young', [...takeover, '--yes'], { ageS: 5 }, exitCodes.failed],
  ['no cluster', ['takeover', '--probe', 'logging/probe', '--yes'], {}, exitCodes.usage],
  ['a cluster in which it acts already', [...takeover, '--yes'], { mode: 'control' as const }, exitCodes.failed],
] as const)('%s: nothing is asked for', async (_what, words, state, expected) => {
  expect((await rollcall(words, state)).code).toBe(expected)
  expect(asked).toEqual([])
})

const release = ['release', '--cluster', 'east', '--yes']
const { id, type, position, issuedAt, publishedAt, node } = aCommand()
const command: CommandUnderWay = {
  ...{ id, type, position, issuedAt, publishedAt, node },
  pod: { name: 'fluentd-abc', uid: null },
  daemonSet: { namespace: 'logging', name: 'fluentd', uid: 'uid-of-fluentd' },
}

test('a release is asked for with --yes, and is over when all that was asked for before is done', async () => {
  const looked = await rollcall(['release', '--cluster', 'east'], { mode: 'control', underWay: [[command]] })
  expect(looked.out).toContain('once 1 command under way is done. With --yes it is done.')
  expect(asked).toEqual([])
  const done = await rollcall(release, { mode: 'control', underWay: [[command, command], [command], []] })
  expect([done.code, done.err]).toEqual([exitCodes.ok, ''])
  expect(done.out).toContain('east: Rollcall decides nothing more in it from position 95 on, asked by jane.')
  expect(done.out).toMatch(/the built-in controller may be switched on\.\n$/)
  expect(asked).toEqual([{ route: 'requestMode', params: { cluster: 'east' }, body: { mode: 'observe' } }])
})

test('a release first says what ends with Rollcall: rollouts that annotations hold, and pods that the guard keeps', async () => {
  const { code, out } = await rollcall(['release', '--cluster', 'east'], {
    mode: 'control',
    annotations: { 'rollcall.dev/paused': 'true' },
    holds: [aHold()],
  })
  expect(code).toBe(exitCodes.ok)
  expect(out).toContain('logging/fluentd\n  asks for rollcall.dev/paused=true\n')
  expect(out).toContain(
    'The built-in controller follows no annotation under rollcall.dev/: rollouts that they hold go on (logging/fluentd).\n',
  )
  expect(out).toContain('pods that are held would be deleted: 200 of storage/agent (7f3a9c21). Settle that first.\n')
  const plain = await rollcall(['release', '--cluster', 'east'], { mode: 'control', underWay: [[]] })
  expect(plain.out).not.toContain('built-in controller follows')
  expect(plain.out).not.toContain('held')
})

/** A clock that goes on while one waits. */
function ticking() {
  let now = testNow
  return {
    now: () => now,
    async wait(ms: number) {
      now += ms
    },
  }
}

test('a release that is not over in time says what is open, and asked again it waits on', async () => {
  const late = await rollcall([...release, '--timeout', '30s'], {
    mode: 'control',
    underWay: [[command]],
    more: ticking(),
  })
  expect(late.code).toBe(exitCodes.incomplete)
  expect(late.out).toContain('CreatePod for logging/fluentd, pod fluentd-abc, on n1, decided 10m ago')
  expect(late.err).toContain('1 command of before is still under way in east after 30s')
  expect(late.err).toContain('do not switch the built-in controller on yet')
  const again = await rollcall(release, { underWay: [[command], []], more: ticking() })
  expect(again.code).toBe(exitCodes.ok)
  expect(again.out).toContain('the built-in controller may be switched on')
  expect(asked).toEqual([])
})

test('for programs a release is one document, also when it is not over in time', async () => {
  const { code, out } = await rollcall([...release, '--timeout', '1s', '-o', 'json'], {
    mode: 'control',
    underWay: [[command]],
    more: ticking(),
  })
  expect(code).toBe(exitCodes.incomplete)
  expect(JSON.parse(out)).toMatchObject({ cluster: 'east', intent: { position: 95 }, commandsUnderWay: [command] })
})
