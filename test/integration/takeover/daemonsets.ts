import { isDeepStrictEqual } from 'node:util'

/** What the namespace of the takeover holds: DaemonSets in the states that one finds in a cluster that lives. */

export const namespace = 'load'
export const [oldImage, newImage] = ['daemon:v1', 'daemon:v2']

type Shape = {
  readonly strategy?: object
  readonly spec?: object
  readonly podSpec?: object
  readonly metadata?: object
}

const rolling = (rollingUpdate: object) => ({ strategy: { type: 'RollingUpdate', rollingUpdate } })

const shapes: Readonly<Record<string, Shape>> = {
  'steady-1': {},
  'steady-2': { spec: { revisionHistoryLimit: 1 } },
  'steady-3': rolling({ maxUnavailable: '50%' }),
  'steady-4': { spec: { minReadySeconds: 3 } },
  'steady-5': { podSpec: { tolerations: [{ operator: 'Exists' }] } },
  'rolling-1': { ...rolling({ maxUnavailable: 1 }), spec: { minReadySeconds: 2 } },
  'rolling-2': { ...rolling({ maxUnavailable: 2 }), spec: { minReadySeconds: 4 } },
  'rolling-3': { ...rolling({ maxUnavailable: '10%' }), spec: { minReadySeconds: 3 } },
  'rolling-4': { spec: { minReadySeconds: 2 }, podSpec: { priority: 0 } },
  'surge-1': { ...rolling({ maxSurge: 1, maxUnavailable: 0 }), spec: { minReadySeconds: 2 } },
  'surge-2': { ...rolling({ maxSurge: '20%', maxUnavailable: 0 }), spec: { minReadySeconds: 3 } },
  'on-delete-1': { strategy: { type: 'OnDelete' } },
  'on-delete-2': { strategy: { type: 'OnDelete' } },
  stuck: {},
  history: rolling({ maxUnavailable: '100%' }),
  pool: { podSpec: { nodeSelector: { pool: 'a' } } },
  'host-port': { podSpec: { hostNetwork: true } },
  dedicated: { podSpec: { tolerations: [{ key: 'dedicated', operator: 'Exists' }] } },
  orphaned: {},
  ending: { metadata: { finalizers: ['rollcall.dev/test'] } },
}

export const names = Object.keys(shapes)

/** Those whose rollout is under way when Rollcall takes over. */
export const inRollout = names.filter(name => /^(rolling|surge)-/.test(name))

export function daemonSet(name: string, image = oldImage, podLabels: object = {}): object {
  const shape = shapes[name]
  if (!shape) throw new Error(`no DaemonSet ${name} belongs to this test`)
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace, ...shape.metadata },
    spec: {
      selector: { matchLabels: { app: name } },
      ...(shape.strategy ? { updateStrategy: shape.strategy } : {}),
      ...shape.spec,
      template: {
        metadata: { labels: { app: name, ...podLabels } },
        spec: { terminationGracePeriodSeconds: 1, ...shape.podSpec, containers: [{ name: 'main', image }] },
      },
    },
  }
}

export const list = (items: readonly object[]): object => ({ apiVersion: 'v1', kind: 'List', items })

/** An object that owns a pod and a ControllerRevision with the labels of `steady-1`: no business of its. */
export const keeper = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'keeper', namespace } }

export function foreign(keeperUid: string): object {
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'keeper', uid: keeperUid, controller: true }]
  const metadata = { name: 'foreign', namespace, labels: { app: 'steady-1' }, ownerReferences }
  return list([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { nodeName: 'node-1', containers: [{ name: 'main', image: oldImage }] },
    },
    { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata, revision: 1, data: { foreign: true } },
  ])
}

export type Revision = {
  readonly metadata: {
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly { readonly name: string; readonly uid: string; readonly controller?: boolean }[]
  }
  readonly revision: number
  readonly data: object
}

/** What is said of a DaemonSet. */
export type Reported = {
  readonly metadata: { readonly name: string; readonly generation: number }
  readonly status: Readonly<
    Record<'observedGeneration' | 'desiredNumberScheduled' | 'currentNumberScheduled' | 'numberReady', number>
  >
}

/** Whether the status is of the present spec, and tells of a pod on every node, and of a ready one where pods become ready. */
export function isTold({ metadata: { name, generation }, status }: Reported): boolean {
  const { observedGeneration, desiredNumberScheduled, currentNumberScheduled, numberReady } = status
  const isReady = numberReady === desiredNumberScheduled || name === 'stuck'
  return observedGeneration === generation && currentNumberScheduled === desiredNumberScheduled && isReady
}

/** What shows whether the built-in controller acts: it fits no node (docs/takeover.md). */
export const probe = (name: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name, namespace: 'kube-system' },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { nodeSelector: { 'rollcall.dev/probe': 'nowhere' }, containers: [{ name: 'none', image: 'none' }] },
    },
  },
})

/** Those of one DaemonSet that hold the same template twice. */
export function doubled(revisions: readonly Revision[]): string[] {
  const owner = ({ metadata }: Revision) => metadata.ownerReferences?.find(({ controller }) => controller)?.uid
  return revisions.flatMap((one, index) =>
    revisions
      .slice(index + 1)
      .filter(other => owner(other) === owner(one) && isDeepStrictEqual(other.data, one.data))
      .map(other => `${one.metadata.name} = ${other.metadata.name}`),
  )
}
