import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import type { Judged } from './judged.ts'
import { ruleSentences, sentenceOf } from './rules.ts'

afterEach(() => void vi.unstubAllEnvs())

const core = join(import.meta.dirname, '../../../daemonset/src')

const sourcesIn = (folder: string): string[] =>
  readdirSync(join(core, folder))
    .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map(name => readFileSync(join(core, folder, name), 'utf8').replace(/^import .*$/gm, ''))

const allIn = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(match => match[1] ?? '')

/** Every rule in the core's source: what `reason`, `judged` and `say` are called with, by word or by name of a constant. */
function rulesOfTheCore(): string[] {
  const text = [...sourcesIn('.'), ...sourcesIn('decide'), ...sourcesIn('guard')].join('\n')
  const called = [
    /\breason\(\s*'([^']+)'/g,
    /\bjudged\(\s*'[^']+',\s*'([^']+)'/g,
    /\bsay\(\s*deciding,\s*daemonSet,\s*'([^']+)'/g,
    /\brule: '([^']+)'/g,
  ]
  const named = [/\breason\(\s*([a-z]\w*),/g, /\bjudged\(\s*'[^']+',\s*([a-z]\w*),/g].flatMap(pattern =>
    allIn(text, pattern),
  )
  const constants = named.flatMap(name => allIn(text, new RegExp(`\\bconst ${name} = '([^']+)'`, 'g')))
  // Whatever else looks like a rule where decisions are made: one that is made in another way must not slip through.
  const lookalikes = allIn(sourcesIn('decide').join('\n'), /'([a-z]+(?:-[a-z]+)+)'/g)
  return [...new Set([...called.flatMap(pattern => allIn(text, pattern)), ...constants, ...lookalikes])].sort()
}

test('every rule of the core has its sentence', () => {
  const rules = rulesOfTheCore()
  expect(rules.length).toBeGreaterThan(20)
  expect(rules.filter(rule => !Object.hasOwn(ruleSentences, rule))).toEqual([])
})

test('a sentence without a rule is that of an older core, whose records stay', () => {
  const rules = rulesOfTheCore()
  expect(Object.keys(ruleSentences).filter(rule => !rules.includes(rule))).toEqual([])
})

const judged = (rule: string, facts: Judged['reason']['facts'], rest: Partial<Judged> = {}): Judged => ({
  daemonSet: { namespace: 'logging', name: 'fluentd' },
  node: 'n17',
  action: 'none',
  reason: { rule, source: '§2', facts },
  ...rest,
})

test.each(Object.keys(ruleSentences))('%s is one sentence, also without its facts', rule => {
  for (const action of ['create', 'delete', 'keep', 'wait', 'none', 'other'] as const) {
    for (const observed of [true, false]) {
      const said = sentenceOf(judged(rule, {}, { action, observed }))
      expect(said).toMatch(/^[A-Z].*[^.]\.$/)
      expect(said).not.toMatch(/undefined|null|NaN|\[object/)
    }
  }
})

test('the sentences name the facts that were judged', () => {
  vi.stubEnv('TZ', 'UTC')
  const cases: Judged[] = [
    judged('eligible', {}, { action: 'create' }),
    judged('eligible', {}, { action: 'keep' }),
    judged('eligible', {}, { action: 'create', observed: true }),
    judged('node-name-mismatch', { wanted: 'n1' }),
    judged('node-selector-mismatch', { label: 'ssd', wanted: 'true', found: null }),
    judged('node-selector-mismatch', { label: 'ssd', wanted: 'true', found: 'false' }, { action: 'delete' }),
    judged('node-affinity-mismatch', { terms: 2 }),
    judged('taint-not-tolerated', { taint: { key: 'gpu', value: 'true', effect: 'NoSchedule' } }),
    judged('taint-not-tolerated', { taint: { key: 'gpu', value: '', effect: 'NoSchedule' } }, { action: 'keep' }),
    judged('taint-not-tolerated', { taint: { key: 'gpu', value: '', effect: 'NoExecute' } }, { action: 'delete' }),
    judged('creation-refused-lately', {}, { action: 'wait' }),
    judged('creation-refused-lately', { refusals: 3, until: 1_767_355_200_000 }, { action: 'wait' }),
    judged('creation-rate', { count: 10, perMs: 1000 }, { action: 'wait' }),
    judged(
      'node-being-stopped',
      { on: 'shutdown', sign: 'condition GracefulNodeShutdownInProgress', since: 1 },
      { action: 'wait' },
    ),
    judged(
      'old-pod-on-stopped-node',
      { pod: 'fluentd-a', on: 'drain', sign: 'label rollcall.dev/drain', since: null },
      { action: 'keep' },
    ),
    judged(
      'node-flaps',
      { fits: false, flips: 1, until: 1_767_355_200_000, because: 'node-selector-mismatch' },
      { action: 'wait' },
    ),
    judged('node-flaps', { fits: true, flips: 3, until: 1_767_355_200_000 }, { action: 'wait' }),
    judged('predecessor-on-node', { pod: 'fluentd-old', isOwn: false, deletedAt: null }, { action: 'wait' }),
    judged('predecessor-on-node', { pod: 'fluentd-a', isOwn: true, deletedAt: 5 }, { action: 'wait' }),
    judged(
      'eviction-refused',
      { pod: 'fluentd-a', refusals: 3, until: 1_767_355_200_000, isMine: true },
      { action: 'wait' },
    ),
    judged(
      'eviction-refused',
      { pod: 'fluentd-b', refusals: 1, until: 1_767_355_200_000, isMine: false },
      { action: 'wait' },
    ),
    judged('override-outdated', { pod: 'fluentd-a', has: null, wants: 'large.0123456789' }, { action: 'keep' }),
    judged(
      'startup-taint-removed',
      { taint: 'example.com/starting', daemons: ['a/cni', 'a/csi'] },
      { action: 'other' },
    ),
    judged('node-gone', {}),
    judged('node-gone', { unbound: true }, { action: 'delete' }),
    judged('pod-succeeded', {}, { action: 'delete' }),
    judged('pod-failed', { pod: 'fluentd-x', status: 'Evicted', backoffMs: 1000 }, { action: 'delete' }),
    judged('failed-pod-backoff', { pod: 'fluentd-x', until: 5000, backoffMs: 4000 }, { action: 'wait' }),
    judged('duplicate', { kept: 'fluentd-a' }, { action: 'delete' }),
    judged(
      'rollout-replace',
      { maxUnavailable: 1, unavailable: 0, desired: 20, revision: 'fluentd-5' },
      { action: 'delete' },
    ),
    judged('rollout-replace-unavailable', { revision: 'fluentd-5' }, { action: 'delete' }),
    judged('rollout-on-delete', { waiting: 2, revision: 'fluentd-5' }, { action: 'wait' }),
    judged('rollout-on-delete', { waiting: 1, revision: 'fluentd-5' }, { action: 'wait' }),
    judged('surge-replace', { maxSurge: 2, surge: 1, desired: 20, revision: 'fluentd-5' }, { action: 'create' }),
    judged('surge-replace-unavailable', { revision: 'fluentd-5' }, { action: 'create' }),
    judged('surge-replace-inactive', {}, { action: 'create' }),
    judged('surge-finish', {}, { action: 'delete' }),
    judged('surge-leave-node', {}, { action: 'delete' }),
    judged('surge-sunset', { available: 21, desired: 20 }, { action: 'delete' }),
    judged('template-has-no-revision', { revision: 3, name: 'fluentd-5' }, { node: null, action: 'other' }),
    judged(
      'status-changed',
      {
        desiredNumberScheduled: 20,
        currentNumberScheduled: 20,
        numberReady: 19,
        updatedNumberScheduled: 20,
        numberMisscheduled: 0,
      },
      { node: null, action: 'other' },
    ),
    judged(
      'guard-quiet',
      {
        until: 5000,
        because: { rule: 'node-selector-mismatch', facts: { label: 'ssd', wanted: 'true', found: null } },
      },
      { action: 'wait' },
    ),
    judged(
      'guard-held',
      {
        hold: '7f3a9c21',
        because: { rule: 'node-selector-mismatch', facts: { label: 'ssd', wanted: 'true', found: null } },
      },
      { action: 'wait' },
    ),
    judged('guard-held', { hold: '7f3a9c21', pods: 200, lost: 200, total: 500 }, { node: null, action: 'other' }),
    judged(
      'guard-approved',
      { hold: '7f3a9c21', by: { user: 'jane', via: 'rollcall-cli' } },
      { node: null, action: 'other' },
    ),
    judged(
      'guard-rejected',
      { hold: '7f3a9c21', by: { user: 'jane', via: 'rollcall-cli' }, until: null },
      { node: null, action: 'other' },
    ),
    judged('guard-reopened', { hold: '7f3a9c21' }, { node: null, action: 'other' }),
    judged('guard-dissolved', { hold: '7f3a9c21' }, { node: null, action: 'other' }),
    judged('of-tomorrow', { moon: 'full' }, { action: 'create' }),
  ]
  expect(cases.map(sentenceOf).join('\n')).toMatchInlineSnapshot(`
    "Node n17 fits the node selector and affinity of DaemonSet logging/fluentd, all its taints are tolerated, and there was no pod yet, so one was created.
    Node n17 fits the node selector and affinity of DaemonSet logging/fluentd, and all its taints are tolerated, so its pod stays.
    Node n17 fits the node selector and affinity of DaemonSet logging/fluentd, all its taints are tolerated, and there was no pod yet, so Rollcall would create one (it only observes this cluster).
    The pod template of DaemonSet logging/fluentd is for the node n1 only, and this is node n17, so no pod is created there.
    DaemonSet logging/fluentd runs only on nodes with ssd=true (its nodeSelector), and node n17 has no label ssd, so no pod is created there.
    DaemonSet logging/fluentd runs only on nodes with ssd=true (its nodeSelector), and node n17 has ssd=false, so its pod was deleted.
    DaemonSet logging/fluentd requires one of 2 node affinity terms, and node n17 matches none, so no pod is created there.
    Node n17 has the taint gpu=true:NoSchedule, which DaemonSet logging/fluentd does not tolerate, so no pod is created there.
    Node n17 has the taint gpu:NoSchedule, which DaemonSet logging/fluentd does not tolerate; that keeps new pods away, but a pod that is already there may stay.
    Node n17 has the taint gpu:NoExecute, which DaemonSet logging/fluentd does not tolerate, so its pod was deleted.
    The cluster refused pods of DaemonSet logging/fluentd shortly before, so that on node n17 waits; one is tried again later, and the waits grow up to 5 min.
    The cluster refused pods of DaemonSet logging/fluentd 3 times in a row, so that on node n17 waits; one is tried again at 12:00:00, and the waits grow up to 5 min.
    DaemonSet logging/fluentd creates 10 pods in 1s at most (rollcall.dev/creation-rate), and that on node n17 waits for its turn.
    Node n17 is being stopped on purpose (condition GracefulNodeShutdownInProgress), and DaemonSet logging/fluentd asks to create no pod there meanwhile (rollcall.dev/hold-creation-on), so nothing is done for now.
    Its pod is of an older template, but node n17 is being stopped on purpose (label rollcall.dev/drain), and a new one could not be created there meanwhile (rollcall.dev/hold-creation-on), so its pod stays.
    Node n17 does not fit DaemonSet logging/fluentd any more, and its pod is removed only if that lasts until 12:00:00 (rollcall.dev/debounce).
    Node n17 fits DaemonSet logging/fluentd again (it has changed 3 times in a row), and gets its pod only if that lasts until 12:00:00 (rollcall.dev/debounce).
    DaemonSet logging/fluentd waits until fluentd-old, which an earlier DaemonSet left behind on node n17, has ended before it creates another there (rollcall.dev/wait-for-predecessor).
    DaemonSet logging/fluentd waits until fluentd-a has ended before it creates another there (rollcall.dev/wait-for-predecessor).
    The cluster refuses to evict pod fluentd-a on node n17 (3 refusals; a PodDisruptionBudget does so), so it stays; it is asked again at 12:00:00.
    Pod fluentd-b on node n17 should go, but evictions of DaemonSet logging/fluentd wait after 1 refusal of its PodDisruptionBudget; it is asked again at 12:00:00.
    Pod fluentd-a on node n17 was created with the resources of its template, and a new one would get those large.0123456789 (rollcall.dev/resource-overrides); it is up to date all the same, so it stays.
    Node n17 had all its daemons (a/cni, a/csi) available, so its startup taint example.com/starting was taken away (rollcall.dev/startup-taint).
    Node n17 does not exist any more; the cluster's own pod garbage collection removes what was bound to it.
    Node n17 does not exist any more, and the pod was never bound to it and cannot be, so its pod was deleted.
    A pod of DaemonSet logging/fluentd on node n17 had ended with success, which a daemon's pod should not, so it was deleted to be replaced.
    Pod fluentd-x on node n17 had failed (Evicted), so it was deleted to be replaced (if the next one fails too, it is kept for 1s).
    Pod fluentd-x on node n17 has failed, as one did shortly before, so it is replaced only later: back-off holds it for 4s since the last one.
    Node n17 had more than one pod of DaemonSet logging/fluentd, and fluentd-a is the one to keep, so the other was deleted.
    The pod on node n17 was of an older template than fluentd-5, and of 20 pods, 1 may be unavailable (maxUnavailable) and 0 were, so it was deleted to be replaced.
    The pod on node n17 was of an older template than fluentd-5 and not available anyway, so it was deleted to be replaced.
    The update strategy of DaemonSet logging/fluentd is OnDelete, so 2 pods of older templates stay until somebody deletes them.
    The update strategy of DaemonSet logging/fluentd is OnDelete, so 1 pod of an older template stays until somebody deletes it.
    The pod on node n17 is of an older template than fluentd-5, and of 20 pods, 2 may have a new one beside it (maxSurge) and 1 had, so a new one was created beside it.
    The pod on node n17 is of an older template than fluentd-5 and not available anyway, so a new one was created beside it.
    No pod of DaemonSet logging/fluentd on node n17 was alive any more, so one was created.
    The new pod on node n17 is available, so the old one beside it was deleted.
    DaemonSet logging/fluentd should not start on node n17 any more, and its old pod there was not available, so it was deleted.
    DaemonSet logging/fluentd should not start on node n17 any more, and 21 pods are available where 20 are wanted, so the old pod there was deleted.
    The pod template of DaemonSet logging/fluentd was new, so it was recorded as revision 3 (fluentd-5).
    The status of DaemonSet logging/fluentd was written: 20 pods desired, 20 current, 19 ready, 20 up to date, 0 misscheduled.
    DaemonSet logging/fluentd runs only on nodes with ssd=true (its nodeSelector), and node n17 has no label ssd, so nothing is done for now: its pod goes in a few seconds, unless the same befalls many more nodes meanwhile.
    DaemonSet logging/fluentd runs only on nodes with ssd=true (its nodeSelector), and node n17 has no label ssd, so nothing is done for now: the same befell many nodes at once, which may be a mistake, and its deletion is held until somebody says so (rollcall approve 7f3a9c21, or rollcall reject 7f3a9c21).
    The deletion of 200 pods of DaemonSet logging/fluentd is held as 7f3a9c21: within minutes, 200 of 500 pods lost the nodes that suited them.
    Jane approved hold 7f3a9c21, so what it held was deleted.
    Jane rejected hold 7f3a9c21, so its pods stay for as long as the cause lasts.
    The time for which hold 7f3a9c21 was rejected is over, so it is asked again.
    Nothing is left that hold 7f3a9c21 would keep: its cause is undone.
    DaemonSet logging/fluentd on node n17: rule of-tomorrow (§2) of a newer Rollcall, with {"moon":"full"}."
  `)
})
