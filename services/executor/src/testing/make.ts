import {
  type Command,
  type CommandOf,
  type CommandType,
  type Json,
  type PodAsked,
  slotOf,
  templateDigest,
} from '@rollcall/contracts'
import { type DaemonSetRef, type JsonObject, ownerReferenceTo } from '../kube-objects.ts'
import type { FakeCluster } from './fake-cluster.ts'

/** A DaemonSet with one revision, and the commands about it. */
export const daemonSet: DaemonSetRef = { namespace: 'kube-system', name: 'fluentd', uid: 'ds-uid' }

export const template: JsonObject = {
  metadata: { labels: { app: 'fluentd' } },
  spec: { containers: [{ name: 'main', image: 'fluentd:1', resources: {} }] },
}

export const revision = { name: 'fluentd-54c7', hash: '54c7' }

/** Puts the DaemonSet and its revision into the cluster. */
export function putDaemonSet(cluster: FakeCluster, of: DaemonSetRef = daemonSet): void {
  cluster.put('DaemonSet', {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...of, annotations: { note: 'a<b&c>d' } },
    spec: { selector: { matchLabels: { app: 'fluentd' } }, template },
    status: { conditions: [{ type: 'Foreign', status: 'True' }] },
  })
  putRevision(cluster, of)
}

export function putRevision(cluster: FakeCluster, of: DaemonSetRef = daemonSet, name = revision.name): void {
  cluster.put('ControllerRevision', {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { namespace: of.namespace, name, ownerReferences: [ownerReferenceTo(of)] },
    data: { spec: { template: { ...template, $patch: 'replace' } } },
    revision: 1,
  })
}

let serial = 0

type Common = { readonly cluster?: string; readonly id?: string; readonly of?: DaemonSetRef; readonly slot?: string }

function envelope(node: string | null, { cluster = 'c1', id, of = daemonSet, slot }: Common) {
  serial++
  return {
    cluster,
    id: id ?? `command-${serial}`,
    slot: slot ?? slotOf(of.uid, node),
    position: serial,
    issuedAt: 1_700_000_000_000,
    daemonSet: { ...of },
  }
}

export function createPodCommand(
  node: string,
  more: Common & { podName?: string; revision?: { name: string; hash: string }; asked?: PodAsked } = {},
): CommandOf<'CreatePod'> {
  const common = envelope(node, more)
  return {
    type: 'CreatePod',
    ...common,
    node,
    podName: more.podName ?? `fluentd-${common.id}`,
    revision: more.revision ?? revision,
    templateGeneration: 1,
    asked: more.asked ?? null,
  }
}

export function deletePodCommand(
  node: string,
  pod: { name: string; uid: string },
  more: Common = {},
): CommandOf<'DeletePod'> {
  return { type: 'DeletePod', ...envelope(node, more), node, pod }
}

export function evictPodCommand(
  node: string,
  pod: { name: string; uid: string },
  more: Common = {},
): CommandOf<'EvictPod'> {
  return { type: 'EvictPod', ...envelope(node, more), node, pod }
}

export function untaintNodeCommand(
  node: string,
  nodeUid: string,
  taint: CommandOf<'UntaintNode'>['taint'],
  more: Common = {},
): CommandOf<'UntaintNode'> {
  return { type: 'UntaintNode', ...envelope(node, more), node, nodeUid, taint }
}

export function statusCommand(ready: number, more: Common = {}): CommandOf<'WriteStatus'> {
  return {
    type: 'WriteStatus',
    ...envelope(null, more),
    status: {
      observedGeneration: 2,
      desiredNumberScheduled: 3,
      currentNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: ready,
      numberAvailable: ready,
      numberUnavailable: 3 - ready,
      updatedNumberScheduled: 3,
      collisionCount: null,
    },
    conditions: null,
  }
}

export function createRevisionCommand(
  more: Common & { digest?: string; name?: string } = {},
): CommandOf<'CreateRevision'> {
  return {
    type: 'CreateRevision',
    ...envelope(null, more),
    name: more.name ?? 'fluentd-9999',
    hash: '9999',
    revision: 2,
    templateDigest: more.digest ?? templateDigest(template as Json),
  }
}

/** Any command of a type that has a dependent, by its own fields. */
export function aboutDaemonSet<T extends CommandType>(
  type: T,
  fields: Omit<CommandOf<T>, 'type' | 'cluster' | 'id' | 'slot' | 'position' | 'issuedAt' | 'daemonSet'>,
  more: Common = {},
): Command {
  return { type, ...envelope(null, more), ...fields } as unknown as Command
}
