import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type ControlPlane, startControlPlane } from '@rollcall/infra'
import { createPostgresShadowStore } from '@rollcall/store'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './support/rollcall.ts'

/** `rollcall up --kubeconfig` as it is installed, on a real API server: beside the built-in controller, and in its place. */

const bin = resolve(import.meta.dirname, '../../packages/cli/bin/rollcall.js')
const examples = join(import.meta.dirname, '../../examples')
const nodes = ['node-1', 'node-2', 'node-3', 'node-4', 'node-5']
const dir = mkdtempSync(join(tmpdir(), 'up-real-'))
const data = join(dir, 'data')
let east: ControlPlane
let running: Up | null = null

type Up = Awaited<ReturnType<typeof up>>

beforeAll(async () => {
  east = await startControlPlane({
    name: 'east',
    dir: join(dir, 'east'),
    daemonSetController: true,
    auditUsers: ['reader'],
  })
  await east.addNodes(nodes)
})
afterEach(() => running?.end('SIGKILL'))
afterAll(async () => {
  await east?.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** Resolves when the guide is printed: the cluster is watched. */
async function up(user: 'reader' | 'admin', mode: '--observe' | '--control') {
  const words = ['up', '--kubeconfig', await east.kubeconfigFor(user), mode, '--data', data, '--port', '0']
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk
    })
  }
  const ended = new Promise<number | null>(done => child.on('close', done))
  const started = {
    said: () => said,
    async end(signal: NodeJS.Signals): Promise<number | null> {
      child.kill(signal)
      return await ended
    },
    /** Slots in which the cluster is otherwise than Rollcall would have it, as of now. */
    async differences() {
      const { postgresUrl } = JSON.parse(readFileSync(join(data, 'up.json'), 'utf8')) as { postgresUrl: string }
      const shadow = createPostgresShadowStore({ url: postgresUrl })
      try {
        return await shadow.openDecisions('east', Date.now())
      } finally {
        await shadow.close()
      }
    },
  }
  running = started
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`rollcall up has ended: ${said}`)
    expect(said).toContain('Try next')
  })
  return started
}

const log = (): string => readFileSync(join(data, 'rollcall.log'), 'utf8')
const kubectl = (...args: string[]): Promise<string> => east.kubectl(args)
const apply = (example: string) => kubectl('apply', '-f', join(examples, example))

/** The last figures that were said of a DaemonSet. */
const figures = (of: Up, name: string): string | undefined =>
  of
    .said()
    .split('\n')
    .findLast(line => line.includes(` east ${name}: `))

const allHere = (of: Up, name: string, count: number) =>
  eventually(async () =>
    expect(figures(of, name)).toContain(
      `: ${count} desired, ${count} current, ${count} ready, ${count} up to date (all here)`,
    ),
  )

type Pod = { readonly node: string; readonly uid: string; readonly image: string; readonly restarts: number }

/** Pods of a namespace that are not on their way out. */
async function pods(namespace: string): Promise<readonly Pod[]> {
  const { items } = JSON.parse(await kubectl('-n', namespace, 'get', 'pods', '-o', 'json')) as {
    readonly items: readonly {
      readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string }
      readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] }
      readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] }
    }[]
  }
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, spec, status }) => ({
      node: spec.nodeName ?? '',
      uid: metadata.uid,
      image: spec.containers[0]?.image ?? '',
      restarts: status.containerStatuses?.[0]?.restartCount ?? 0,
    }))
    .sort((a, b) => a.node.localeCompare(b.node))
}

async function expectOnePodOnEvery(namespace: string, image: string): Promise<readonly Pod[]> {
  const found = await pods(namespace)
  expect(found.map(({ node }) => node)).toEqual(nodes)
  expect(new Set(found.map(pod => pod.image))).toEqual(new Set([image]))
  return found
}

async function rollOut(namespace: string, daemonSet: string, image: string): Promise<void> {
  await kubectl('-n', namespace, 'set', 'image', `ds/${daemonSet}`, `*=${image}`)
  await kubectl('-n', namespace, 'rollout', 'status', `ds/${daemonSet}`, '--timeout=90s')
}

describe('observing beside the built-in controller, as a user who may only read', () => {
  let observing: Up

  test('the roll call is complete, and Rollcall would have done the same', async () => {
    observing = await up('reader', '--observe')
    await apply('fluentd.yaml')
    await allHere(observing, 'logging/fluentd', nodes.length)
    await eventually(async () => expect(await observing.differences()).toEqual([]))

    await rollOut('logging', 'fluentd', 'fluent/fluentd:v1.19')
    await expectOnePodOnEvery('logging', 'fluent/fluentd:v1.19')
    await allHere(observing, 'logging/fluentd', nodes.length)
    await eventually(async () => expect(await observing.differences()).toEqual([]))
    expect(observing.said()).not.toContain('did otherwise')

    // With the built-in gone a pod is missed, and missed only until it is back.
    await east.components.daemonSetController?.stop()
    const [first] = await pods('logging')
    await kubectl(
      '-n',
      'logging',
      'delete',
      'pod',
      '-l',
      'name=fluentd',
      `--field-selector=spec.nodeName=${first?.node}`,
    )
    await eventually(async () =>
      expect(observing.said()).toContain(
        `its own controller did otherwise: logging/fluentd has no pod on ${first?.node}, where Rollcall would have created one`,
      ),
    )
    await east.components.daemonSetController?.restart()
    await eventually(async () => expect(await observing.differences()).toEqual([]))
    await allHere(observing, 'logging/fluentd', nodes.length)

    expect(await observing.end('SIGINT')).toBe(0)
    expect(observing.said()).toContain('Stopped;')
  })

  test('nothing was written: the API server was asked to read, and never refused anything', () => {
    const requests = east.audited()
    expect(new Set(requests.map(({ user }) => user))).toEqual(new Set(['reader']))
    for (const kind of ['nodes', 'pods', 'daemonsets', 'controllerrevisions']) {
      for (const verb of ['list', 'watch'])
        expect(requests).toContainEqual({ user: 'reader', verb, resource: kind, code: 200 })
    }
    // A review asks what one may do; it is created, and kept nowhere.
    const writes = requests.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb))
    expect(new Set(writes.map(({ verb, resource }) => `${verb} ${resource}`))).toEqual(
      new Set(['create selfsubjectaccessreviews']),
    )
    expect(requests.filter(({ code }) => code >= 400)).toEqual([])
    expect(log()).not.toMatch(/forbidden|403/i)
  })
})

test('in place of the built-in controller, on the same record: takes over its pods, rolls out, and starts again, without a restart', async () => {
  await east.components.daemonSetController?.stop()
  const before = await pods('logging')
  const first = await up('admin', '--control')
  await allHere(first, 'logging/fluentd', nodes.length)

  await apply('node-monitor.yaml')
  await allHere(first, 'monitoring/node-exporter', nodes.length)
  await expectOnePodOnEvery('monitoring', 'prom/node-exporter:v1.9.1')
  await rollOut('monitoring', 'node-exporter', 'prom/node-exporter:v1.9.2')
  await allHere(first, 'monitoring/node-exporter', nodes.length)
  const rolledOut = await expectOnePodOnEvery('monitoring', 'prom/node-exporter:v1.9.2')
  expect(await first.end('SIGINT')).toBe(0)

  const second = await up('admin', '--control')
  await allHere(second, 'logging/fluentd', nodes.length)
  await allHere(second, 'monitoring/node-exporter', nodes.length)
  // What it does now shows that it acts, and everything before that was decided before.
  await east.addNodes(['late'])
  await allHere(second, 'monitoring/node-exporter', nodes.length + 1)
  await allHere(second, 'logging/fluentd', nodes.length + 1)
  const isOld = ({ node }: Pod) => node !== 'late'
  expect((await pods('logging')).filter(isOld)).toEqual(before)
  expect((await pods('monitoring')).filter(isOld)).toEqual(rolledOut)
  expect(await second.end('SIGINT')).toBe(0)
})
