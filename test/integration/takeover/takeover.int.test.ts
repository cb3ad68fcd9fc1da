import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kinds } from '@rollcall/contracts'
import type { LedgerEvent } from '@rollcall/contracts/api'
import type { ControlPlane } from '@rollcall/infra'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Auditor, startAuditor } from '../support/auditor.ts'
import { eventually, type Rollcall, startRollcall } from '../support/rollcall.ts'
import {
  daemonSet,
  doubled,
  foreign,
  inRollout,
  isTold,
  keeper,
  list,
  names,
  namespace,
  newImage,
  oldImage,
  probe,
  type Reported,
  type Revision,
} from './daemonsets.ts'
import { startLoad } from './load.ts'
import { type Seen, startRoll } from './roll.ts'

/**
 * A live cluster changes hands, twice: from the built-in controller to Rollcall and back, with 20 DaemonSets in different
 * states, nodes that come and go, and a watch of the test's own that sees whether a pod was restarted, lost or doubled.
 */

const nodeCount = 12
const nodes = Array.from({ length: nodeCount }, (_, index) => `node-${index + 1}`)
const dir = mkdtempSync(join(tmpdir(), 'takeover-'))
let rollcall: Rollcall
let east: ControlPlane
let auditor: Auditor
let roll: ReturnType<typeof startRoll>
let load: ReturnType<typeof startLoad>

beforeAll(async () => {
  const options = { nodes: nodeCount, mode: 'observe', daemonSetController: true, progress: '1s' } as const
  rollcall = await startRollcall({ clusters: ['east'], ...options })
  east = rollcall.cluster('east')
  auditor = await startAuditor(rollcall, ['olga'])
  roll = startRoll(east.kubeconfig, namespace)
  await kubectl('create', 'namespace', namespace)
  await kubectl('label', 'nodes', ...nodes.slice(0, 6), 'pool=a')
  await kubectl('taint', 'nodes', 'node-12', 'dedicated=yes:NoSchedule')
  await apply(keeper)
  await apply(foreign(await uidOf('configmap', 'keeper')))
  await apply(list(names.map(name => daemonSet(name))))
  load = startLoad(east, namespace, node =>
    guestApps.every(app => roll.live().some(pod => pod.app === app && pod.node === node)),
  )
  await eventually(async () => expect(wrong(names)).toEqual([]))
  await eventually(async () => expect(await count(`ledger where type = 'RelistCompleted'`)).toBe(kinds.length))
})
afterAll(async () => {
  await load?.stop()
  auditor?.stop()
  await roll?.stop()
  await rollcall?.stop()
  rmSync(dir, { recursive: true, force: true })
})

const kubectl = (...args: string[]) => rollcall.kubectl('east', ...args)
const on = (...args: string[]) => kubectl('-n', namespace, ...args)
const builtIn = () => {
  const { daemonSetController } = east.components
  if (!daemonSetController) throw new Error('the control plane was started without a DaemonSet controller')
  return daemonSetController
}

async function apply(manifest: object): Promise<void> {
  const file = join(dir, 'manifest.json')
  writeFileSync(file, JSON.stringify(manifest))
  await kubectl('apply', '-f', file)
}

const uidOf = (kind: string, name: string) => on('get', kind, name, '-o', 'jsonpath={.metadata.uid}')

async function revisions(): Promise<Revision[]> {
  const { items } = JSON.parse(await on('get', 'controllerrevisions', '-o', 'json')) as { items: Revision[] }
  return items
}

async function count(from: string): Promise<number> {
  const client = new pg.Client(rollcall.databaseUrl)
  await client.connect()
  try {
    const { rows } = await client.query<{ count: number }>(`select count(*)::int from ${from}`)
    return rows[0]?.count ?? 0
  } finally {
    await client.end()
  }
}

const belongsOn = (app: string, node: string): boolean =>
  app === 'pool'
    ? nodes.indexOf(node) < 6 && !pooledOut.has(node)
    : node !== 'node-12' || ['dedicated', 'steady-5'].includes(app)
/** Nodes that were taken out of the pool. */
const pooledOut = new Set<string>()

/** What a node that joins gets: it is not in the pool, and what is being deleted makes no pods. */
const guestApps = names.filter(name => name !== 'pool' && name !== 'ending')

/** So many nodes more have come, got their pods, and gone. */
async function moreTurns(more: number): Promise<void> {
  const until = (await load.turns()) + more
  await eventually(async () => expect(await load.turns()).toBeGreaterThanOrEqual(until), 180_000)
}

/** Places of the given DaemonSets, on the nodes that stay, that have not exactly the one pod they should. */
function wrong(apps: readonly string[]): string[] {
  const live = roll.live().filter(({ name }) => name !== 'foreign')
  return apps.flatMap(app =>
    nodes.flatMap(node => {
      const found = live.filter(pod => pod.app === app && pod.node === node).length
      return found === (belongsOn(app, node) ? 1 : 0) ? [] : [`${app} on ${node}: ${found}`]
    }),
  )
}

const ended = (): Seen[] => roll.all().filter(({ live, node }) => !live && nodes.includes(node))

/** Pods of the nodes that stay which have ended since `before`; whoever goes with a node of the load is no loss. */
function endedSince(before: readonly Seen[]): Seen[] {
  const known = new Set(before.map(({ uid }) => uid))
  return ended().filter(({ uid }) => !known.has(uid))
}

/** Of the nodes that stay. */
const updatedOf = (app: string) =>
  roll.live().filter(pod => pod.app === app && pod.image === newImage && nodes.includes(pod.node)).length

/** DaemonSets whose status does not say what is. */
async function misreported(): Promise<string[]> {
  const { items } = JSON.parse(await on('get', 'ds', '-o', 'json')) as { items: Reported[] }
  return items.filter(item => item.metadata.name !== 'ending' && !isTold(item)).map(({ metadata }) => metadata.name)
}

function expectNoneRestartedOrDoubled(): void {
  expect(roll.all().filter(({ restarts }) => restarts > 0)).toEqual([])
  expect(roll.doubled()).toEqual([])
  expect(wrong(names)).toEqual([])
}

async function modeRequests(): Promise<LedgerEvent[]> {
  const { out } = await auditor.rollcall(null, 'events', '--type', 'ModeRequested', '-o', 'json')
  return (JSON.parse(out) as { items: LedgerEvent[] }).items
}

test('DaemonSets get into all the states in which a takeover may find them, under the built-in controller', async () => {
  // Two templates of before, the first of which comes back: its revision is used again.
  for (const image of [newImage, 'daemon:v3', oldImage]) {
    await apply(daemonSet('history', image))
    await on('rollout', 'status', 'ds/history', '--timeout=90s')
  }
  for (const name of ['on-delete-1', 'on-delete-2']) await apply(daemonSet(name, newImage))
  await on('delete', 'pods', '-l', 'app=on-delete-2', '--field-selector=spec.nodeName=node-3')
  await apply(daemonSet('stuck', newImage, { 'infra.rollcall.dev/kubelet': 'silent' }))
  await on('delete', 'ds/ending', '--wait=false')
  await eventually(async () => {
    expect(updatedOf('on-delete-2')).toBe(1)
    expect(updatedOf('stuck')).toBe(1)
    expect(wrong(names)).toEqual([])
  })
})

test('a takeover is refused while the built-in controller is active', async () => {
  await apply(probe('probe-on'))
  await eventually(async () => {
    const refused = await auditor.rollcall('olga', ...takeover('probe-on'), '--yes')
    expect(refused.err).toContain('the built-in controller is active in east: it has answered kube-system/probe-on')
    expect(refused.code).not.toBe(0)
  })
  expect(await modeRequests()).toEqual([])
})

const takeover = (name: string) => ['takeover', '--cluster', 'east', '--probe', `kube-system/${name}`]

// Controllers wait as controllers do, for leases, probes and what is collected: minutes in all.
const long = { timeout: 600_000 }

test(
  'Rollcall takes over in the middle of rollouts: nothing restarts, nothing is lost, doubled or adopted wrongly',
  long,
  async () => {
    await apply(list(inRollout.map(name => daemonSet(name, newImage))))
    await eventually(async () => expect(inRollout.filter(name => updatedOf(name) < 1)).toEqual([]))
    await builtIn().stop()
    const done = inRollout.filter(name => updatedOf(name) >= nodeCount - 1)
    expect(done, 'rollouts that were over before the takeover').toEqual([])

    // While nobody is in charge: an owner goes and comes back, a node leaves the pool.
    await on('delete', 'ds/orphaned', '--cascade=orphan')
    await eventually(async () =>
      expect(roll.live().filter(({ app, owner }) => app === 'orphaned' && owner !== null)).toEqual([]),
    )
    await apply(daemonSet('orphaned'))
    await kubectl('label', 'node', 'node-2', 'pool-')
    pooledOut.add('node-2')

    await apply(probe('probe-off'))
    const before = ended()
    const revisionsBefore = await revisions()
    await eventually(async () => {
      const young = await auditor.rollcall('olga', ...takeover('probe-off'))
      expect(young.err).toMatch(/kube-system\/probe-off is only \d+ s old/)
    })
    await eventually(async () => {
      const looked = await auditor.rollcall('olga', ...takeover('probe-off'))
      expect(looked.out).toContain('Nothing was done.')
      expect(looked.out).toMatch(/unwanted: pool-\S+ on node-2 \(node-selector-mismatch\)/)
      expect(looked.out).toMatch(/load\/steady-1\n {2}missing on guest-\d+\n/)
      expect(looked.out).toMatch(/load\/on-delete-1\n.*\n? {2}outdated \(OnDelete\): on-delete-1-\S+ on node-/)
      expect(looked.out).toContain('load/ending\n  is being deleted, and left alone\n')
    }, 180_000)
    expect(endedSince(before)).toEqual([])
    const nobody = await auditor.rollcall(null, ...takeover('probe-off'), '--yes')
    expect(nobody.code).not.toBe(0)
    const taken = await auditor.rollcall('olga', ...takeover('probe-off'), '--yes')
    expect([taken.code, taken.err]).toEqual([0, ''])
    expect(taken.out).toContain('Rollcall acts in it')

    await eventually(async () => {
      expect(inRollout.filter(name => updatedOf(name) < nodeCount - 1)).toEqual([])
      expect(wrong(names)).toEqual([])
    }, 180_000)
    await moreTurns(2)
    await eventually(async () => expect(await misreported()).toEqual([]))

    const wanted = ({ app, node, image }: Seen) =>
      (inRollout.includes(app) && image === oldImage) || (app === 'pool' && node === 'node-2')
    expect(endedSince(before).filter(pod => !wanted(pod))).toEqual([])
    expectNoneRestartedOrDoubled()

    const orphaned = await uidOf('ds', 'orphaned')
    expect(new Set(roll.live().flatMap(({ app, owner }) => (app === 'orphaned' ? [owner] : [])))).toEqual(
      new Set([orphaned]),
    )
    const now = await revisions()
    expect(doubled(now)).toEqual([])
    expect(now.map(({ metadata }) => metadata.name).sort()).toEqual(
      revisionsBefore.map(({ metadata }) => metadata.name).sort(),
    )
    for (const { metadata } of now) {
      const [owner] = metadata.ownerReferences ?? []
      if (metadata.name === 'foreign') expect(owner).toMatchObject({ name: 'keeper' })
      else expect(owner).toMatchObject({ name: metadata.labels.app, controller: true })
    }
    expect(roll.live().find(({ name }) => name === 'foreign')?.owner).toBe(await uidOf('configmap', 'keeper'))
    expect(await modeRequests()).toMatchObject([{ event: { mode: 'control', askedBy: { user: 'olga' } } }])
  },
)

test('Rollcall gives it back in the middle of a rollout: the built-in goes on where it stood', long, async () => {
  const replaced = ({ app, image }: Seen) => ['steady-1', 'steady-4'].includes(app) && image === oldImage
  const before = ended()
  await apply(daemonSet('steady-4', newImage))
  await eventually(async () => expect(updatedOf('steady-4')).toBeGreaterThanOrEqual(2))
  const released = await auditor.rollcall('olga', 'release', '--cluster', 'east', '--yes')
  expect([released.code, released.err]).toEqual([0, ''])
  expect(released.out).toMatch(
    /All that it had asked for before is done: the built-in controller may be switched on\.\n$/,
  )
  expect(await count('commands where settled_position is null')).toBe(0)
  const commands = await count('commands')
  expect(updatedOf('steady-4')).toBeLessThan(nodeCount - 1)
  const revisionsBefore = await revisions()

  // While nobody is in charge a template changes: it is seen, and left alone.
  await apply(daemonSet('steady-1', newImage))
  const seen = `daemonsets where name = 'steady-1' and facts -> 'template' -> 'images' ? '${newImage}'`
  await eventually(async () => expect(await count(seen)).toBe(1))
  await builtIn().restart()
  await eventually(async () => {
    for (const app of ['steady-1', 'steady-4']) expect(updatedOf(app)).toBeGreaterThanOrEqual(nodeCount - 1)
    expect(wrong(names)).toEqual([])
  }, 180_000)
  await moreTurns(2)
  await eventually(async () => expect(await misreported()).toEqual([]))

  expect(endedSince(before).filter(pod => !replaced(pod))).toEqual([])
  expectNoneRestartedOrDoubled()
  const now = await revisions()
  expect(doubled(now)).toEqual([])
  const added = now.filter(({ metadata }) => !revisionsBefore.some(before => before.metadata.name === metadata.name))
  expect(added.map(({ metadata }) => metadata.labels.app)).toEqual(['steady-1'])
  expect(await count('commands')).toBe(commands)
  expect(await modeRequests()).toMatchObject([
    { event: { mode: 'control', askedBy: { user: 'olga' } } },
    { event: { mode: 'observe', askedBy: { user: 'olga' } } },
  ])
})
