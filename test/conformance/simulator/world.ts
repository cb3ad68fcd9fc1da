import { type Json, revisionHash, templateDigest } from '@rollcall/contracts'
import {
  ApiStatusError,
  createRandom,
  createSimulatedCluster,
  createVirtualTime,
  type Draft,
  type KubeObject,
  type ResourceName,
  type SimulatedCluster,
} from '@rollcall/simulator'
import { createSimulatedClusterApi } from '@rollcall/simulator/cluster-api'
import { type Cluster, Refused, type Stored } from '../api/cluster.ts'
import type { Time } from '../api/controller.ts'
import { RollcallController } from '../api/rollcall-controller.ts'
import { ApiWorld } from '../api/world.ts'
import { at, type JsonObject, type Kind, mergePatch } from '../manifest.ts'
import { template } from '../objects.ts'
import type { Need, Ref } from '../world.ts'

export const simulatorOffers: ReadonlySet<Need> = new Set<Need>([
  'quick looks',
  'one moment',
  'status writes',
  'long time',
  'ages',
  'refusals',
  'requests',
  'a late watch',
  'API server',
  'scheduler',
  'rollcall',
  'takeover',
])

/** Rollcall's services and a simulated cluster, under virtual time. */
export function simulatorWorld(): ApiWorld {
  const virtual = createVirtualTime()
  let ageMs = 0
  const clock = { now: () => virtual.clock.now() - ageMs }
  const { timers } = virtual
  const cluster = createSimulatedCluster({
    name: 'conformance',
    seed: '1',
    clock,
    timers,
    // The story plays what the others do.
    controllers: ['garbage-collector-controller', 'namespace-controller'],
    settings: { leaseMs: 0, schedulingMs: 1, controllerMs: 1, grainMs: 1 },
  })
  const time: Time = {
    now: () => virtual.clock.now(),
    pass: ms => virtual.advance(ms),
    quietMs: 25,
    stepMs: 5,
    watchMs: 2,
    patienceMs: 0,
    isVirtual: true,
  }
  const controller = new RollcallController({
    api: createSimulatedClusterApi(cluster, { timers }),
    clock: virtual.clock,
    timers,
    random: createRandom('conformance'),
    begin: () => cluster.start(),
    end: () => cluster.stop(),
    version: () => cluster.store.resourceVersion(),
    done: async (what, work) => {
      let isDone = false
      const ended = work.finally(() => {
        isDone = true
      })
      ended.catch(() => undefined)
      await virtual.until(what, () => isDone)
      return await ended
    },
  })
  const aged = <T>(seconds: number, write: () => T): T => {
    ageMs = seconds * 1000
    try {
      return write()
    } finally {
      ageMs = 0
    }
  }
  return new ApiWorld(clusterOf(cluster, aged), controller, time, simulatorOffers)
}

const resources: Readonly<Record<Kind, ResourceName>> = {
  Node: 'nodes',
  Pod: 'pods',
  DaemonSet: 'daemonsets',
  ControllerRevision: 'controllerrevisions',
}

/** `aged`: lets something happen so many seconds ago. */
function clusterOf({ store }: SimulatedCluster, aged: <T>(seconds: number, write: () => T) => T): Cluster {
  return {
    create: async (object, { ageSeconds = 0, isDryRun = false } = {}) =>
      answered(() =>
        aged(ageSeconds, () =>
          asStored(store.create(resources[object.kind], spaceOf(object), draftOf(object), { dryRun: isDryRun })),
        ),
      ),
    update: async (object, subresource) =>
      answered(() =>
        asStored(
          store.update(resources[object.kind], spaceOf(object), object.metadata.name, draftOf(object), subresource),
        ),
      ),
    async patch({ kind, name, namespace = 'default' }, patch, subresource) {
      answered(() =>
        store.change(
          resources[kind],
          namespace,
          name,
          present => mergePatch(present as never, patch) as unknown as Draft,
          subresource,
        ),
      )
    },
    async remove({ kind, name, namespace = 'default' }, { policy, graceSeconds } = {}) {
      answered(() =>
        store.delete(resources[kind], namespace, name, {
          ...(policy === undefined ? {} : { propagationPolicy: policy }),
          ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
        }),
      )
    },
    async get({ kind, name, namespace = 'default' }: Ref) {
      const found = store.find(resources[kind], namespace, name)
      return found ? asStored(found) : undefined
    },
    list: async kind => store.list(resources[kind], null).map(asStored),
    async revisionName(image, collisions) {
      const labels = at(template(), 'metadata', 'labels')
      const spec = { selector: { matchLabels: labels }, template: template({ image }) }
      const probe = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'defaults' }, spec }
      const { spec: defaulted } = store.create('daemonsets', 'default', probe, { dryRun: true })
      return `ds-${revisionHash(templateDigest(at(defaulted as Json, 'template') as JsonObject), collisions)}`
    },
    async stranger() {
      const { apiVersion, kind, metadata } = store.get('namespaces', '', 'default')
      return { apiVersion, kind, name: metadata.name, uid: metadata.uid }
    },
    async namespace(name) {
      if (store.find('namespaces', '', name)) return
      store.create('namespaces', '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    },
  }
}

const spaceOf = ({ metadata }: { metadata: { namespace?: string } }): string => metadata.namespace ?? 'default'
const draftOf = (object: unknown): Draft => object as Draft
const asStored = (object: KubeObject): Stored => object as unknown as Stored

function answered<T>(ask: () => T): T {
  try {
    return ask()
  } catch (error) {
    if (error instanceof ApiStatusError) throw new Refused(error.code, error.message)
    throw error
  }
}
