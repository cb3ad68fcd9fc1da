import type { Clock, Random, Timers } from '@rollcall/service'
import type { ObjectMeta, ObjectStore } from '../objects/object-store.ts'
import { timeText } from './kinds.ts'
import { hexDigits } from './random.ts'

export type EventType = 'Normal' | 'Warning'

/** What an Event is about. Pods and nodes alike. */
export type Subject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  /** Of a container: `spec.containers{name}`. */
  readonly fieldPath?: string
}

/** Writes Kubernetes Events as client-go's recorder does: the same words on the same object are counted, not repeated. */
export interface EventRecorder {
  /** `host`: the node of a kubelet. */
  record(subject: Subject, type: EventType, reason: string, message: string, component: string, host?: string): void
}

export type EventRecorderPorts = {
  readonly store: ObjectStore
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  /** How long an Event is kept after its last count (kube-apiserver `--event-ttl`); 0 records none at all. */
  readonly ttlMs: number
}

type Known = { readonly namespace: string; readonly name: string; lastMs: number; count: number }

export function createEventRecorder({ store, clock, timers, random, ttlMs }: EventRecorderPorts): EventRecorder {
  /** By subject and words, oldest last use first. */
  const known = new Map<string, Known>()

  function sweep(): void {
    for (const [key, event] of known) {
      if (clock.now() - event.lastMs < ttlMs) break
      known.delete(key)
      if (store.find('events', event.namespace, event.name)) store.delete('events', event.namespace, event.name)
    }
    if (known.size > 0) timers.after(ttlMs / 10, sweep)
  }

  function repeat(event: Known): boolean {
    if (!store.find('events', event.namespace, event.name)) return false
    event.count += 1
    event.lastMs = clock.now()
    const { count, lastMs } = event
    store.change('events', event.namespace, event.name, present => ({
      ...present,
      count,
      lastTimestamp: timeText(lastMs),
    }))
    return true
  }

  return {
    record(subject, type, reason, message, component, host) {
      if (ttlMs === 0) return
      const namespace = subject.metadata.namespace ?? 'default'
      // Its namespace is on its way out: nothing may be created there.
      if (store.find('namespaces', '', namespace)?.metadata.deletionTimestamp !== undefined) return
      const { kind, metadata, fieldPath = '' } = subject
      const key = [kind, metadata.uid, fieldPath, type, reason, component, message].join('\u0000')
      const before = known.get(key)
      if (before) {
        known.delete(key)
        if (repeat(before)) {
          known.set(key, before)
          return
        }
      }
      const now = clock.now()
      const name = `${subject.metadata.name}.${hexDigits(random, 16)}`
      if (known.size === 0) timers.after(ttlMs / 10, sweep)
      known.set(key, { namespace, name, lastMs: now, count: 1 })
      store.create('events', namespace, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace },
        involvedObject: referenceTo(subject),
        type,
        reason,
        message,
        source: { component, ...(host === undefined ? {} : { host }) },
        reportingComponent: component,
        reportingInstance: host ?? '',
        firstTimestamp: timeText(now),
        lastTimestamp: timeText(now),
        count: 1,
      })
    },
  }
}

/** Events about a node carry the node's name as uid: kubelets do not know better. */
function referenceTo({ apiVersion, kind, metadata, fieldPath }: Subject) {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: kind === 'Node' ? metadata.name : metadata.uid,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    ...(kind === 'Node' ? {} : { resourceVersion: metadata.resourceVersion }),
    ...(fieldPath === undefined ? {} : { fieldPath }),
  }
}

export function podSubject({ metadata }: { readonly metadata: ObjectMeta }, container?: string): Subject {
  const fieldPath = container === undefined ? {} : { fieldPath: `spec.containers{${container}}` }
  return { apiVersion: 'v1', kind: 'Pod', metadata, ...fieldPath }
}

export function nodeSubject({ metadata }: { readonly metadata: ObjectMeta }): Subject {
  return { apiVersion: 'v1', kind: 'Node', metadata }
}
