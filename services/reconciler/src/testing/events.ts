import type { Command, Event, Kind } from '@rollcall/contracts'

/** Synthetic events, small but complete. */

export function nodeObserved(cluster: string, name: string, resourceVersion: number, at: number): Event {
  return {
    type: 'NodeObserved',
    cluster,
    at,
    node: {
      name,
      uid: `uid-${name}`,
      resourceVersion: String(resourceVersion),
      createdAt: 1,
      deletedAt: null,
      labels: { 'kubernetes.io/hostname': name },
      taints: [],
      unschedulable: false,
      conditions: [{ type: 'Ready', status: 'True', since: 1 }],
    },
    by: null,
  }
}

export function settled(command: Command, at: number): Event {
  return {
    type: 'CommandSettled',
    cluster: command.cluster,
    at,
    commandId: command.id,
    commandType: command.type,
    slot: command.slot,
    result: 'done',
    object: null,
    answer: null,
    attempts: 1,
  }
}

export function relistStarted(cluster: string, kind: Kind, at: number, historyReset = false): Event {
  return { type: 'RelistStarted', cluster, at, kind, relist: `relist-${at}`, historyReset }
}

export function relistCompleted(cluster: string, kind: Kind, resourceVersion: number, at: number): Event {
  return { type: 'RelistCompleted', cluster, at, kind, relist: 'relist', resourceVersion: String(resourceVersion) }
}

export function watchProgressed(cluster: string, kind: Kind, resourceVersion: number, at: number): Event {
  return { type: 'WatchProgressed', cluster, at, kind, resourceVersion: String(resourceVersion) }
}
