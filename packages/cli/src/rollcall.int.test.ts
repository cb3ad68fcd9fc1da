import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { AnswerOf } from '@rollcall/contracts/api'
import { queryOnce } from '@rollcall/local-process/postgres'
import { checkpointSigner, createPostgresStore, noRole } from '@rollcall/store'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

/** The command as it is installed, with everything behind it real: embedded Postgres, all services, simulated clusters. */

const bin = resolve(import.meta.dirname, '../bin/rollcall.js')

type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

function start(words: readonly string[]): {
  readonly child: ChildProcess
  readonly said: { out: string; err: string }
  readonly ended: Promise<Ended>
} {
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout?.on('data', chunk => {
    said.out += chunk
  })
  child.stderr?.on('data', chunk => {
    said.err += chunk
  })
  const ended = new Promise<Ended>(done => child.on('close', code => done({ code, ...said })))
  return { child, said, ended }
}

const rollcall = (...words: string[]): Promise<Ended> => start(words).ended

/** As its reconciler does after a minute. */
async function signAll(url: string): Promise<void> {
  const signer = checkpointSigner(await readFile(join(data, 'checkpoint-key.pem'), 'utf8'))
  const store = createPostgresStore({ url, role: noRole })
  for (const cluster of names()) await store.signCheckpoint(cluster, signer, Date.now())
  await store.close()
}

let data = ''
let up: ReturnType<typeof start>
/** The clusters that `up` says it has. */
const names = (): string[] =>
  [...up.said.out.matchAll(/^ {2}([\w-]+) +simulated/gm)].map(match => match[1] ?? '').sort()

beforeAll(async () => {
  data = join(await mkdtemp(join(tmpdir(), 'rollcall-up-')), 'data')
  up = start(['up', '--data', data])
  await vi.waitFor(
    () => {
      if (up.child.exitCode !== null) throw new Error(`rollcall up has ended: ${up.said.out}${up.said.err}`)
      expect(up.said.out).toContain('Try next')
      for (const cluster of names())
        expect(up.said.out).toMatch(new RegExp(`${cluster} logging/fluentd: .*\\(all here\\)`))
    },
    { timeout: 180_000, interval: 200 },
  )
})
afterAll(async () => {
  up?.child.kill('SIGKILL')
  await up?.ended
  await rm(join(data, '..'), { recursive: true, force: true })
})

async function items<N extends 'clusters' | 'nodes' | 'daemonSets' | 'placements'>(
  ...words: string[]
): Promise<AnswerOf<N>['items']> {
  const { code, out, err } = await rollcall(...words, '-o', 'json', '--data', data)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out).items
}

describe('rollcall, asked about a rollcall up', () => {
  test('three clusters answer the roll call', async () => {
    const clusters = await items<'clusters'>('get', 'clusters')
    expect(clusters.map(({ name }) => name).sort()).toEqual(names())
    expect(clusters).toHaveLength(3)
    for (const { status } of await items<'daemonSets'>('get', 'daemonsets')) {
      expect(status.desiredNumberScheduled).toBeGreaterThan(0)
      expect(status.numberReady).toBe(status.desiredNumberScheduled)
    }
  })

  test('every placement says why, and so does every node', async () => {
    const [placement] = await items<'placements'>('get', 'placements')
    if (!placement) throw new Error('no placement is on record')
    const { cluster, node, pod } = placement
    const whyPod = await rollcall('why', 'pod', pod.name, '--data', data)
    expect(whyPod).toMatchObject({ code: 0, err: '' })
    expect(whyPod.out).toContain(`Node ${node} fits the node selector and affinity`)
    expect(whyPod.out).toContain(`pod ${pod.name} was created`)
    const whyNode = await rollcall('why', 'node', node, '--cluster', cluster, '--data', data)
    expect(whyNode.out).toContain(`pod ${pod.name}`)
    const history = await rollcall('history', 'node', node, '--cluster', cluster, '--data', data)
    expect(history.out).toContain(`pod ${pod.name} of ${placement.daemonSet.name} is on node ${node}`)
  })

  test('events are followed as they come', async () => {
    const { child, said, ended } = start(['events', '--follow', '--limit', '1', '--data', data])
    await vi.waitFor(() => expect(said.out.split('\n').length).toBeGreaterThan(1), { timeout: 30_000 })
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 0, err: '' })
  })

  test('what is not there is said, with what is near', async () => {
    const { code, err } = await rollcall('get', 'nodes', '--cluster', `${names()[0]}x`, '--data', data)
    expect(code).toBe(3)
    expect(err).toContain(`${names()[0]}?`)
  })

  test('a second up on the same data says so', async () => {
    const { code, err } = await rollcall('up', '--data', data)
    expect(code).toBe(1)
    expect(err).toMatch(/^rollcall: .+\n {2}.+\n$/)
  })

  test('as of now is what is; a while ago, what was; and what would be is foretold', async () => {
    const [cluster = ''] = names()
    const ofLedger = ['--data', data, '--cluster', cluster]
    const now = (await items<'placements'>('get', 'placements', '--cluster', cluster)).map(({ pod }) => pod.uid).sort()
    const told = await rollcall('at', '0s', 'get', 'placements', '-o', 'json', ...ofLedger)
    const then: AnswerOf<'placements'>['items'] = JSON.parse(told.out).items
    expect(then.map(({ pod }) => pod.uid).sort()).toEqual(now)
    const [placement] = then
    if (!placement) throw new Error('no placement is on record')
    const { node, pod, namespace } = placement
    const live = await rollcall('why', 'pod', `${namespace}/${pod.name}`, ...ofLedger)
    const why = await rollcall('at', '0s', 'why', 'pod', `${namespace}/${pod.name}`, ...ofLedger)
    const reasonIn = (text: string) =>
      /so one was created\.\n.*Decided .* at position (\d+), by the rule (\S+)\./.exec(text)
    expect(reasonIn(why.out)?.slice(1)).toEqual(reasonIn(live.out)?.slice(1))
    expect(await rollcall('at', '1d', 'get', 'nodes', ...ofLedger)).toMatchObject({ code: 3 })
    expect(await rollcall('replay', '--assert', ...ofLedger)).toMatchObject({ code: 0 })
    const foretold = await rollcall('whatif', '--taint', `${node}=k=v:NoExecute`, ...ofLedger)
    expect(foretold.out).toMatch(new RegExp(`${namespace}/\\S+ ${node} .* deleted \\S+ \\(taint-not-tolerated\\)`))
  })

  test('verify passes on the untouched ledgers, and names the row that somebody altered', async () => {
    const untouched = await rollcall('verify', '--data', data)
    expect(untouched).toMatchObject({ code: 0, err: '' })
    for (const cluster of names()) expect(untouched.out).toContain(`${cluster}: as it was written\n`)
    expect(untouched.out).not.toContain('the database itself names')

    const { postgresUrl } = JSON.parse(await readFile(join(data, 'up.json'), 'utf8'))
    const [cluster = ''] = names()
    const [, other = ''] = names()
    const projected = await rollcall('verify', '--data', data, '--projections')
    expect(projected).toMatchObject({ code: 0, err: '' })
    expect(projected.out).toContain('projections: as the ledger tells them up to position ')
    const anchors = join(data, '..', 'anchors.json')
    await signAll(postgresUrl)
    const printed = await rollcall('checkpoints', '--data', data, '-o', 'json')
    expect(printed).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(printed.out).items.map(({ cluster }: { cluster: string }) => cluster)).toEqual(names())
    await writeFile(anchors, printed.out)
    const anchored = await rollcall('verify', '--data', data, '--anchor', anchors)
    expect(anchored).toMatchObject({ code: 0, err: '' })
    expect(anchored.out).toContain('held against 1 anchor, the last of position ')
    const gone = JSON.parse(printed.out).items.map((anchor: object) => ({ ...anchor, cluster: 'gone' }))
    await writeFile(anchors, JSON.stringify({ items: gone }))
    expect(await rollcall('verify', '--data', data, '--anchor', anchors)).toMatchObject({ code: 8 })
    await writeFile(anchors, 'hello')
    expect(await rollcall('verify', '--data', data, '--anchor', anchors)).toMatchObject({ code: 2 })

    await queryOnce(
      postgresUrl,
      `update placements set node = 'elsewhere' where ctid in (
         select ctid from placements where cluster = '${other}' order by opened_position limit 1)`,
    )
    const moved = await rollcall('verify', '--data', data, '--cluster', other, '--projections')
    expect(moved.code).toBe(8)
    expect(moved.out).toContain('node is elsewhere, the ledger tells ')
    expect(moved.err).toContain(
      `the projections of ${other} are not what its ledger tells: the first row is in placements`,
    )
    expect(await rollcall('verify', '--data', data, '--projections', '--from', '3')).toMatchObject({ code: 2 })
    // While its reconciler runs.
    const repaired = await rollcall('repair', '--data', data, '--cluster', other)
    expect(repaired).toMatchObject({ code: 0, err: '' })
    expect(repaired.out).toMatch(new RegExp(`^${other}: projections written again up to position [0-9,]+\n$`))
    const mended = await rollcall('verify', '--data', data, '--cluster', other, '--projections')
    expect(mended).toMatchObject({ code: 0, err: '' })
    expect(mended.out).toContain('projections: as the ledger tells them')

    await queryOnce(
      postgresUrl,
      `update ledger set body = set_byte(body, 20, get_byte(body, 20) # 1)
       where position = 3 and seq = 0 and stream = (select id from streams where cluster = '${cluster}')`,
    )
    const altered = await rollcall('verify', '--data', data)
    expect(altered.code).toBe(8)
    expect(altered.out).toMatch(new RegExp(`${cluster}: ALTERED at position 3, \\w+ of \\d{4}-`))
    expect(altered.err).toMatch(/^rollcall: the ledger of .* is not as it was written: position 3: /)
    const untold = await rollcall('repair', '--data', data, '--cluster', cluster)
    expect(untold).toMatchObject({ code: 8, err: expect.stringContaining('its projections were left as they are') })
    const whole = await rollcall('verify', '--data', data, '--cluster', names()[1] ?? '', '-o', 'json')
    expect(JSON.parse(whole.out).items).toMatchObject([{ ok: true, checkpoints: { keys: 'given' } }])
    expect(await rollcall('verify', '--data', data, '--cluster', 'nowhere')).toMatchObject({ code: 3 })
    expect(await rollcall('verify', '--data', data, '--public-key', '/nowhere.pem')).toMatchObject({ code: 2 })
  })

  test('Ctrl-C stops it', async () => {
    up.child.kill('SIGINT')
    const { code, out, err } = await up.ended
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(`Stopped; everything is kept in ${data}.`)
    const late = await rollcall('get', 'nodes', '--data', data)
    expect(late.code).toBe(4)
  })
})
