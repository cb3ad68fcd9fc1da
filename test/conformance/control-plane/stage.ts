import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ControlPlane, startControlPlane } from '@rollcall/infra'
import { type ClusterApi, connectClusters } from '@rollcall/kube'
import { systemClock, systemTimers } from '@rollcall/service'
import type { Controller, Time } from '../api/controller.ts'
import { LateWatch, RequestDesk, viaDesks } from '../api/request-desk.ts'
import { type RunningRollcall, startRollcall } from '../api/rollcall.ts'
import { ApiWorld } from '../api/world.ts'
import type { ControllerName, Stage } from '../run-suite.ts'
import type { Need, World } from '../world.ts'
import { builtInIn } from './built-in-in-place.ts'
import { clear } from './clear.ts'
import { type Client, connectAdmin } from './client.ts'
import { clusterIn } from './cluster.ts'
import { Fence } from './fence.ts'
import { Mirror } from './mirror.ts'
import { Place } from './place.ts'
import { rollcallIn } from './rollcall-in-place.ts'

const offers: Readonly<Record<ControllerName, readonly Need[]>> = {
  rollcall: ['refusals', 'requests', 'API server', 'scheduler', 'rollcall'],
  'built-in': ['API server', 'scheduler'],
}
const casesAtOnce = 16
/** The story plays kubelets and all other controllers, as the reference's own integration tests do. */
const controllers = ['namespace-controller', 'garbage-collector-controller', 'clusterrole-aggregation-controller']

const time: Time = {
  now: () => Date.now(),
  isVirtual: false,
  pass: ms => new Promise(resolve => setTimeout(resolve, ms)),
  quietMs: 400,
  stepMs: 100,
  watchMs: 0,
  patienceMs: 30_000,
}

/** A real control plane with one of the two controllers, shared by all cases: each has its own namespaces and nodes. */
export function controlPlaneStage(controller: ControllerName): Stage {
  let shared: Promise<Shared> | null = null
  let cases = 0
  return {
    name: controller === 'rollcall' ? 'control plane' : `control plane, ${controller}`,
    world: 'control-plane',
    controller,
    offers: new Set(offers[controller]),
    atOnce: casesAtOnce,
    isQuick: false,
    async newWorld(): Promise<World> {
      shared ??= start(controller)
      cases += 1
      return worldIn(new Place(`c${cases}`), await shared, controller)
    },
    async close() {
      if (shared) await stop(await shared)
    },
  }
}

type Shared = {
  readonly dir: string
  readonly plane: ControlPlane
  readonly client: Client
  readonly apis: readonly ClusterApi[]
  readonly mirror: Mirror
  readonly desks: Map<string, RequestDesk>
  readonly rollcall: RunningRollcall | null
  /** Of the built-in controller. */
  readonly fence: Fence | null
}

async function start(controller: ControllerName): Promise<Shared> {
  const dir = mkdtempSync(join(tmpdir(), 'conformance-'))
  const plane = await startControlPlane({
    name: 'conformance',
    dir,
    kwok: false,
    controllers,
    daemonSetController: controller === 'built-in',
  })
  const [seeing, doing] = connectClusters([
    { file: plane.kubeconfig, name: 'mirror' },
    { file: plane.kubeconfig, name: 'conformance' },
  ])
  if (!seeing || !doing) throw new Error(`no cluster in ${plane.kubeconfig}`)
  const mirror = new Mirror(seeing)
  await mirror.start()
  const desks = new Map<string, RequestDesk>()
  const api = viaDesks(doing, namespace => desks.get(namespace), new LateWatch())
  const edges = { clock: systemClock, timers: systemTimers, random: Math.random }
  const rollcall = controller === 'rollcall' ? await startRollcall({ api, ...edges }) : null
  const client = connectAdmin(plane.url, plane.kubeconfig)
  return {
    dir,
    plane,
    client,
    apis: [seeing, doing],
    mirror,
    desks,
    rollcall,
    fence: controller === 'built-in' ? await Fence.put(client, mirror) : null,
  }
}

async function worldIn(place: Place, shared: Shared, controller: ControllerName): Promise<World> {
  const { client, mirror, desks, rollcall, fence } = shared
  const desk = new RequestDesk()
  for (const name of ['default', 'other']) desks.set(place.namespace(name), desk)
  const cluster = clusterIn(place, client, mirror)
  const hands = handsOf()
  const world = new ApiWorld(cluster, hands, time, new Set(offers[controller]))
  function handsOf(): Controller {
    if (rollcall) return rollcallIn(place, mirror, desk, rollcall)
    if (fence) return builtInIn(place, mirror, cluster, fence)
    throw new Error('no controller was started')
  }
  return Object.assign(world, {
    async close() {
      await hands.stop()
      await clear(cluster)
    },
  })
}

async function stop({ dir, plane, client, apis, mirror, rollcall }: Shared): Promise<void> {
  await rollcall?.stop()
  await mirror.stop()
  for (const api of apis) await api.close()
  client.close()
  await plane.stop()
  rmSync(dir, { recursive: true, force: true })
  const complaints = rollcall?.complaints() ?? []
  if (complaints.length > 0) throw new Error(`Rollcall complains: ${complaints.join('; ')}`)
}
