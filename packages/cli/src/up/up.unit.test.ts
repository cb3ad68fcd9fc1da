import type { Embedded, Overview } from '@rollcall/embedded'
import { EmbeddedError } from '@rollcall/embedded'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CliError } from '../errors.ts'
import { type FakeAuditor, startFakeAuditor } from '../testing/fake-auditor.ts'
import {
  aClusterOverview,
  aDaemonSetOverview,
  anOverview,
  createFakeEmbedded as createFake,
  noDifferences,
  simulated,
} from '../testing/fake-embedded.ts'
import { aNode } from '../testing/records.ts'
import { createTestPorts, plain, type TestPorts, testNow } from '../testing/test-ports.ts'
import { isComplete } from './complete.ts'
import { liveScreen } from './live-screen.ts'
import type { UpFlags } from './options.ts'
import { PlainLines } from './plain-lines.ts'
import { type EmbeddedModule, up } from './up.ts'

beforeEach(() => void vi.stubEnv('TZ', 'UTC'))
afterEach(() => void vi.unstubAllEnvs())

let auditor: FakeAuditor
beforeAll(async () => {
  const gpu = { key: 'gpu', value: 'true', effect: 'NoSchedule' }
  auditor = await startFakeAuditor({
    nodes: () => ({ items: [aNode('n1'), aNode('gpu-1', { taints: [gpu] })], next: null }),
  })
})
afterAll(() => auditor.close())

const createFakeEmbedded = (overviews: readonly Overview[], over: Partial<Embedded> = {}) =>
  createFake(overviews, { auditorUrl: auditor.url, ...over })

const flags = (rest: Partial<UpFlags> = {}): UpFlags => ({
  port: '0',
  example: true,
  timeout: '60',
  data: '/data',
  ...rest,
})

async function failure(promise: Promise<unknown>): Promise<CliError> {
  return (await promise.then(
    () => null,
    error => error,
  )) as CliError
}

/** Ports whose time passes by waiting, and where Ctrl-C comes after so many redraws. */
function portsWithCtrlC(afterWaits: number, options: Parameters<typeof createTestPorts>[0] = {}): TestPorts {
  let waits = 0
  let now = testNow
  const ports: TestPorts = createTestPorts({
    ...options,
    now: () => now,
    wait: async (ms, signal) => {
      // The limit of a stop is waited for only by a stop that hangs.
      if (ms >= 5_000) return await new Promise(resolve => signal?.addEventListener('abort', () => resolve()))
      now += ms
      if (ms === 250 && ++waits === afterWaits) ports.interrupt()
      await new Promise(resolve => setImmediate(resolve))
    },
  })
  return ports
}

describe('up, not on a terminal', () => {
  test('says what runs where, what to try, and each change once; Ctrl-C stops it', async () => {
    const ports = portsWithCtrlC(5)
    const fake = createFakeEmbedded([anOverview(0), anOverview(0), anOverview(7), anOverview(20)])
    await up(flags(), ports, async () => fake.module)
    expect(ports.written.out.replace(auditor.url, 'http://127.0.0.1:7070')).toMatchInlineSnapshot(`
      "Postgres runs (1.2s)
      All services run (0.1s)

      Clusters
        east  simulated  Rollcall acts  https://127.0.0.1:40001

      API   http://127.0.0.1:7070
      Data  /data (log: rollcall.log)

      Try next, in another terminal
        alias k='kubectl --kubeconfig /data/clusters/east.kubeconfig'
        k get nodes,daemonsets,pods -A -o wide
        k -n logging set image ds/fluentd '*=fluent/fluentd:v1.19-debian-1'
        k -n logging rollout status ds/fluentd
        k apply -f examples/storage-daemon.yaml
        rollcall get daemonsets --data /data
        rollcall why node gpu-1 --cluster east --data /data
        rollcall events --follow --data /data

      12:00:00 east: pod fluentd-0 on n0 is ready
      12:00:00 east logging/fluentd: 20 desired, 20 current, 0 ready, 20 up to date
      12:00:00 east: pod fluentd-7 on n7 is ready
      12:00:00 east logging/fluentd: 20 desired, 20 current, 7 ready, 20 up to date
      12:00:00 east: pod fluentd-20 on n20 is ready
      12:00:00 east logging/fluentd: 20 desired, 20 current, 20 ready, 20 up to date (all here)

      Stopping…
      Stopped; everything is kept in /data.
      "
    `)
    expect(ports.written.err).toBe('')
    expect(fake.stops).toBe(1)
    expect(fake.started[0]).toMatchObject({
      dataDir: '/data',
      clusters: { kind: 'simulated', story: null, example: true },
    })
  })

  test('--once ends when every pod is there', async () => {
    const fake = createFakeEmbedded([anOverview(3), anOverview(3), anOverview(20)])
    const ports = portsWithCtrlC(Number.POSITIVE_INFINITY)
    await up(flags({ once: true }), ports, async () => fake.module)
    expect(ports.written.out).toContain('20 desired, 20 current, 20 ready, 20 up to date (all here)')
    expect(fake.stops).toBe(1)
  })

  test('--once that takes too long is exit code 6, and stops all the same', async () => {
    const fake = createFakeEmbedded([anOverview(3)])
    const error = await failure(
      up(flags({ once: true, timeout: '2' }), portsWithCtrlC(Number.POSITIVE_INFINITY), async () => fake.module),
    )
    expect(error).toMatchObject({ exit: 'incomplete', message: 'the roll call was not complete after 2 s (--timeout)' })
    expect(fake.stops).toBe(1)
  })
})

describe('a record that does not answer', () => {
  const slow = () => Promise.reject(new EmbeddedError('postgres', 'it took too long', null))

  test('is said, and the roll call goes on', async () => {
    const ports = portsWithCtrlC(6)
    let asked = 0
    const fake = createFakeEmbedded([], {
      overview: () => (++asked === 1 || asked === 3 ? slow() : Promise.resolve(anOverview(asked))),
      shadowDifferences: () => (asked === 4 ? slow() : Promise.resolve(noDifferences)),
    })
    await up(flags(), ports, async () => fake.module)
    const lines = ports.written.out.split('\n').filter(line => line.includes('record') || line.includes(' ready,'))
    expect(lines).toEqual([
      '12:00:00 the record does not answer: it took too long',
      '12:00:00 east logging/fluentd: 20 desired, 20 current, 5 ready, 20 up to date',
      '12:00:00 no longer: the record does not answer: it took too long',
      '12:00:01 east logging/fluentd: 20 desired, 20 current, 6 ready, 20 up to date',
      '12:00:01 east logging/fluentd: 20 desired, 20 current, 7 ready, 20 up to date',
    ])
    expect(ports.written.err).toBe('')
  })

  test('is no answer to Ctrl-C: what hangs is not waited for', async () => {
    const ports = createTestPorts()
    const fake = createFakeEmbedded([], {
      overview() {
        setImmediate(() => ports.interrupt())
        return new Promise(() => undefined)
      },
    })
    await up(flags(), ports, async () => fake.module)
    expect(ports.written.out).toContain('Stopped; everything is kept in /data.')
  })

  test('with an error of no known kind it is a defect, and ends it', async () => {
    const fake = createFakeEmbedded([], { overview: () => Promise.reject(new TypeError('no such thing')) })
    expect(await failure(up(flags(), portsWithCtrlC(99), async () => fake.module))).toBeInstanceOf(TypeError)
    expect(fake.stops).toBe(1)
  })
})

describe('up, on a terminal', () => {
  test('draws the start, then the roll call in place', async () => {
    const ports = portsWithCtrlC(3, { isTerminal: true })
    const fake = createFakeEmbedded([anOverview(0), anOverview(7), anOverview(20)])
    await up(flags(), ports, async () => fake.module)
    const out = plain(ports.written.out)
    expect(out).toContain('✓ Postgres runs (1.2s)')
    expect(out).toContain('… on the way')
    expect(out).toContain('✓ all here')
    expect(out).toContain('Stopped; everything is kept in /data.')
  })

  test('the screen', () => {
    const terminal = createTestPorts().terminal
    const overview: Overview = {
      clusters: [
        aClusterOverview(
          'east',
          [
            aDaemonSetOverview(18),
            aDaemonSetOverview(20, {
              namespace: 'storage',
              name: 'storage-daemon',
              desired: 4,
              current: 4,
              ready: 4,
              updated: 4,
              settled: true,
              misscheduled: 1,
            }),
          ],
          { nodes: { total: 20, ready: 20, cordoned: 2 } },
        ),
        aClusterOverview('west', []),
        aClusterOverview('edge', [], { trouble: 'connection refused' }),
      ],
      recent: [
        { cluster: 'west', position: 9, at: testNow, sentence: 'node n3 joined' },
        { cluster: 'east', position: 8, at: testNow - 1_000, sentence: 'node n17 was cordoned' },
      ],
      troubles: [],
    }
    const difference = {
      cluster: 'east',
      namespace: 'a',
      daemonSet: 'b',
      node: 'n1',
      decided: 'createPod',
      rule: 'eligible',
      since: 0,
      sentence: 'no pod of a/b on n1, where Rollcall would have one',
    }
    const lines = liveScreen(
      { overview, differences: { items: [difference], isCut: false }, troubles: [], runningMs: 65_000, note: null },
      terminal,
    )
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "Roll call · up 65s · Ctrl-C stops
      CLUSTER  NODES               DAEMONSET               DESIRED  CURRENT  READY  UP-TO-DATE
      east     20/20 (2 cordoned)  logging/fluentd         20       20       18     20          … on the way
                                   storage/storage-daemon  4        4        4      4           ✓ all here 1 misscheduled
      west     20/20               no DaemonSet yet
      edge     20/20               connection refused

      Where the cluster's own controller did otherwise
        east: no pod of a/b on n1, where Rollcall would have one

      11:59:59  east  node n17 was cordoned
      12:00:00  west  node n3 joined"
    `)
  })

  test('differences that are more than can be told', () => {
    const terminal = createTestPorts().terminal
    const items = Array.from({ length: 7 }, (_, index) => ({
      cluster: 'east',
      namespace: 'a',
      daemonSet: 'b',
      node: `n${index}`,
      decided: 'createPod',
      rule: 'eligible',
      since: 0,
      sentence: `no pod on n${index}`,
    }))
    const overview = { clusters: [], recent: [], troubles: [] }
    const screen = (isCut: boolean) =>
      liveScreen({ overview, differences: { items, isCut }, troubles: [], runningMs: 0, note: null }, terminal).at(-1)
    expect([screen(false), screen(true)]).toEqual(['  and 2 more', '  and 2 more, at least'])
    const lines = new PlainLines()
    expect(lines.next(overview, { items, isCut: true }, [], testNow)).toHaveLength(8)
    expect(lines.next(overview, { items, isCut: true }, [], testNow)).toEqual([])
  })

  test('the screen never outgrows the terminal', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 2, max: 50 }), fc.nat(20), (clusterCount, rows, eventCount) => {
        const overview = {
          clusters: Array.from({ length: clusterCount }, (_, index) =>
            aClusterOverview(`c${index}`, [aDaemonSetOverview(20)]),
          ),
          recent: Array.from({ length: eventCount }, (_, position) => ({
            cluster: 'c1',
            position,
            at: testNow,
            sentence: 'x'.repeat(300),
          })),
          troubles: [],
        }
        const terminal = createTestPorts({ rows, columns: 80 }).terminal
        const lines = liveScreen(
          { overview, differences: noDifferences, troubles: [], runningMs: 0, note: null },
          terminal,
        )
        expect(lines.length).toBeLessThan(rows)
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
      }),
    )
  })
})

describe('the end', () => {
  test('a second Ctrl-C ends the process at once', async () => {
    const ports = portsWithCtrlC(1)
    const stopping = Promise.withResolvers<void>()
    const fake = createFakeEmbedded([anOverview(1)], {
      stop() {
        ports.interrupt()
        stopping.resolve()
        return stopping.promise
      },
    })
    await up(flags(), ports, async () => fake.module)
    expect(ports.exits).toEqual([130])
  })

  test('a stop that hangs is given up after 5 s', async () => {
    const limits: number[] = []
    const ports: TestPorts = createTestPorts({
      wait: async ms => {
        if (ms >= 5_000) limits.push(ms)
        else if (ms === 250) ports.interrupt()
        await new Promise(resolve => setImmediate(resolve))
      },
    })
    const hanging = Promise.withResolvers<void>()
    const fake = createFakeEmbedded([anOverview(1)], { stop: () => hanging.promise })
    const running = up(flags(), ports, async () => fake.module)
    await vi.waitFor(() => expect(ports.exits).toEqual([1]))
    expect(limits).toEqual([5_000])
    expect(ports.written.err).toBe('rollcall: not stopped within 5 s: ends anyway\n')
    hanging.resolve()
    await running
  })

  test('a part that ends by itself ends it, with its sentence', async () => {
    const ports = portsWithCtrlC(Number.POSITIVE_INFINITY)
    const fake = createFakeEmbedded([anOverview(1)])
    const running = failure(up(flags(), ports, async () => fake.module))
    await vi.waitFor(() => expect(ports.written.out).toContain('Try next'))
    fake.fail(new EmbeddedError('postgres', 'Postgres has ended', 'see rollcall.log'))
    expect(await running).toMatchObject({ message: 'Postgres has ended', mend: 'see rollcall.log', exit: 'failed' })
    expect(fake.stops).toBe(1)
  })

  describe('on a full disk', () => {
    const full = new EmbeddedError('disk-full', 'east.json cannot be written: its disk is full', 'free some room')
    const stop = () => Promise.reject(full)

    test('it is said while it runs, and how it stopped is the failure', async () => {
      const ports = portsWithCtrlC(3)
      const troubled = { ...anOverview(1), troubles: [full.message] }
      const fake = createFakeEmbedded([troubled], { stop })
      expect(await failure(up(flags(), ports, async () => fake.module))).toMatchObject({
        message: 'east.json cannot be written: its disk is full',
        mend: 'free some room',
      })
      expect(ports.written.out).toContain('12:00:00 east.json cannot be written: its disk is full: free some room\n')
      expect(ports.written.out).not.toContain('everything is kept')
    })

    test('what ended it before is still what is told at last', async () => {
      const ports = portsWithCtrlC(Number.POSITIVE_INFINITY)
      const fake = createFakeEmbedded([anOverview(1)], { stop })
      const running = failure(up(flags(), ports, async () => fake.module))
      await vi.waitFor(() => expect(ports.written.out).toContain('Try next'))
      fake.fail(new EmbeddedError('postgres', 'Postgres has ended', 'see rollcall.log'))
      expect(await running).toMatchObject({ message: 'Postgres has ended' })
      expect(ports.written.out).toContain('Stopped, but not as it should be: east.json cannot be written')
    })
  })

  test('a start that fails is one sentence with the mend', async () => {
    const module: EmbeddedModule = {
      stories: [],
      startEmbedded: () =>
        Promise.reject(
          new EmbeddedError('folder-held', '/data is in use by process 12', 'stop it, or give another --data'),
        ),
    }
    expect(await failure(up(flags(), portsWithCtrlC(9), async () => module))).toMatchObject({
      exit: 'failed',
      message: '/data is in use by process 12',
      mend: 'stop it, or give another --data',
    })
  })

  test('Ctrl-C during the start ends it without a word of error', async () => {
    const ports = createTestPorts()
    const module: EmbeddedModule = {
      stories: [],
      startEmbedded: ({ signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(new EmbeddedError('stopped', 'stopped', null)))
          ports.interrupt()
        }),
    }
    await up(flags(), ports, async () => module)
    expect(ports.written).toEqual({ out: 'Stopped before everything ran.\n', err: '' })
  })
})

test('stories are listed, and an unknown one is no story', async () => {
  const ports = createTestPorts()
  const fake = createFakeEmbedded([anOverview(1)])
  await up(flags({ scenario: 'list' }), ports, async () => fake.module)
  expect(ports.written.out).toBe('SCENARIO   WHAT HAPPENS\ndrain      a node is drained\nbad-image  a rollout halts\n')
  const error = await failure(up(flags({ scenario: 'drian' }), ports, async () => fake.module))
  expect(error).toMatchObject({
    exit: 'usage',
    message: '--scenario drian: there is no such story',
    mend: 'did you mean drain?',
  })
  expect(fake.started).toEqual([])
})

test('wrong options are said before anything starts', async () => {
  const load = () => Promise.reject(new Error('nothing is to be loaded'))
  const said = async (rest: Partial<UpFlags>) => {
    const { exit, message, mend } = await failure(up(flags(rest), createTestPorts(), load))
    return `${exit}: ${message}: ${mend}`
  }
  expect(
    [
      await said({ kubeconfig: ['/nonexistent/kubeconfig'] }),
      await said({ context: ['prod'] }),
      await said({ kubeconfig: [import.meta.filename], scenario: 'drain' }),
      await said({ kubeconfig: [import.meta.filename, import.meta.filename], context: ['a'] }),
      await said({ port: '99999' }),
      await said({ timeout: 'soon' }),
      await said({ creationRate: '10' }),
    ].join('\n'),
  ).toMatchInlineSnapshot(`
    "usage: --kubeconfig /nonexistent/kubeconfig: there is no such file: check the path
    usage: --context names a context of a kubeconfig, and none is given: add --kubeconfig FILE
    usage: --scenario plays in simulated clusters only: leave out --kubeconfig, or --scenario
    usage: --context is of which of the kubeconfigs?: with several, write --kubeconfig FILE#CONTEXT
    usage: --port "99999" is no whole number from 0 to 65535: null
    usage: --timeout "soon" is no whole number from 0 to 86400: null
    usage: --creation-rate "10" is not a rate such as 10/s, 30/m or 500/h: null"
  `)
})

test('clusters of yours: contexts become specs, and nothing is created there', async () => {
  const fake = createFakeEmbedded([{ clusters: [aClusterOverview('prod', [])], recent: [], troubles: [] }], {
    clusters: [{ ...simulated('prod'), kind: 'real', mode: 'observe', context: 'prod' }],
  })
  const ports = portsWithCtrlC(2)
  await up(
    flags({ kubeconfig: [import.meta.filename], context: ['prod', 'test'], observe: true, creationRate: '30/m' }),
    ports,
    async () => fake.module,
  )
  expect(fake.started[0]).toMatchObject({
    mode: 'observe',
    creationRate: { count: 30, perMs: 60_000 },
    clusters: { kind: 'kubeconfig', specs: [`${import.meta.filename}#prod`, `${import.meta.filename}#test`] },
  })
  expect(ports.written.out).not.toMatch(/apply|set image/)
})

test('complete means: every cluster is watched, has nodes, and all DaemonSets are settled', () => {
  const source = (example: boolean) => ({
    embedded: { dataDir: null, clusters: { kind: 'simulated', example } as const },
  })
  const of = (...clusters: Overview['clusters']) => ({ clusters, recent: [], troubles: [] })
  expect(isComplete(of(aClusterOverview('a', [aDaemonSetOverview(20)])), source(true))).toBe(true)
  expect(isComplete(of(aClusterOverview('a', [aDaemonSetOverview(19)])), source(true))).toBe(false)
  expect(isComplete(of(aClusterOverview('a', [])), source(true))).toBe(false)
  expect(isComplete(of(aClusterOverview('a', [])), source(false))).toBe(true)
  expect(isComplete(of(aClusterOverview('a', [], { trouble: 'away' })), source(false))).toBe(false)
  expect(isComplete({ clusters: [], recent: [], troubles: [] }, source(false))).toBe(false)
})

test('the steps of a story are told between the events', async () => {
  const ports = portsWithCtrlC(3)
  const fake = createFakeEmbedded([anOverview(1)])
  const module: EmbeddedModule = {
    ...fake.module,
    async startEmbedded(options) {
      options.onStory?.({ story: 'drain', step: 1, steps: 2, sentence: 'node n3 is drained' })
      return fake.module.startEmbedded(options)
    },
  }
  await up(flags({ scenario: 'drain' }), ports, async () => module)
  expect(ports.written.out.match(/.*drain 1\/2.*/g)).toEqual(['12:00:00 story: drain 1/2: node n3 is drained'])
  expect(ports.written.out).toContain('12:00:00 east: pod fluentd-1 on n1 is ready')
})

describe('while nodes of a simulated cluster are not ready', () => {
  const nodes = { total: 20, ready: 0, cordoned: 0 }
  const none = { desired: 0, current: 0, updated: 0, settled: true }
  const of = (daemonSet: ReturnType<typeof aDaemonSetOverview>, over: Parameters<typeof aClusterOverview>[2] = {}) => ({
    clusters: [aClusterOverview('a', [daemonSet], { nodes, ...over })],
    recent: [],
    troubles: [],
  })
  const shown = (overview: Overview) =>
    [
      ...liveScreen(
        { overview, differences: noDifferences, troubles: [], runningMs: 0, note: null },
        createTestPorts().terminal,
      ),
      ...new PlainLines().next(overview, noDifferences, [], testNow),
    ].join('\n')
  const simulatedSource = { embedded: { dataDir: null, clusters: { kind: 'simulated' } as const } }

  test.each([
    ['what was settled before a restart', aDaemonSetOverview(20)],
    ['what is wanted nowhere yet', aDaemonSetOverview(0, none)],
  ])('%s is on the way, and not complete', (_, daemonSet) => {
    expect(isComplete(of(daemonSet), simulatedSource)).toBe(false)
    expect(shown(of(daemonSet))).toContain('… on the way')
    expect(shown(of(daemonSet))).not.toMatch(/all here|no node is to run it/)
    const ready = { nodes: { ...nodes, ready: 20 } }
    expect(isComplete(of(daemonSet, ready), simulatedSource)).toBe(true)
    expect(shown(of(daemonSet, ready))).toMatch(/all here|no node is to run it/)
  })

  test('a node of a real cluster may be away for good', () => {
    const cluster = { ...simulated('a'), kind: 'real' as const }
    const overview = of(aDaemonSetOverview(20), { cluster })
    const source = { embedded: { dataDir: null, clusters: { kind: 'kubeconfig', specs: [] } as const } }
    expect(isComplete(overview, source)).toBe(true)
    expect(shown(overview)).toContain('✓ all here')
  })
})
