import type { LedgerEvent } from '@rollcall/contracts/api'
import type { AuditStore, EventsAsked, WindowRequest } from '@rollcall/store'

/** Streams of events in memory, and answers that a test puts in; what is not put in is a mistake of the test. */
export function createFakeStore(over: Partial<AuditStore> = {}) {
  const streams = new Map<string, LedgerEvent[]>()
  const asked: { method: string; args: readonly unknown[] }[] = []
  const missing = (method: string) => () => {
    throw new Error(`the test did not say how ${method} is answered`)
  }
  const plain: AuditStore = {
    ready: async () => undefined,
    clusters: missing('clusters'),
    nodes: missing('nodes'),
    daemonSets: missing('daemonSets'),
    placements: missing('placements'),
    whyPod: missing('whyPod'),
    whyNode: missing('whyNode'),
    blamePod: missing('blamePod'),
    blameNode: missing('blameNode'),
    history: missing('history'),
    missing: missing('missing'),
    outstanding: missing('outstanding'),
    changes: missing('changes'),
    rollouts: missing('rollouts'),
    coverage: missing('coverage'),
    decisions: missing('decisions'),
    commandsUnderWay: missing('commandsUnderWay'),
    positionAt: missing('positionAt'),
    diff: missing('diff'),
    misplaced: missing('misplaced'),
    churn: missing('churn'),
    flapping: missing('flapping'),
    async events({ cluster, types, subject }: EventsAsked, { from, direction, limit }: WindowRequest<number>) {
      const fitting = (streams.get(cluster) ?? []).filter(
        event =>
          (direction === 'newer' ? event.position > from : event.position < from) &&
          (types === null || types.includes(event.type)) &&
          (subject === null || event.subject?.name === subject.name),
      )
      const items = direction === 'newer' ? fitting.slice(0, limit) : fitting.slice(-limit)
      return { items, more: fitting.length > limit }
    },
    heads: async clusters =>
      new Map(
        [...streams]
          .filter(([cluster]) => clusters === null || clusters.includes(cluster))
          .map(([cluster, events]) => [cluster, events.length]),
      ),
    recordBegins: async () => new Map(),
    archived: async () => [],
    names: async of => (of.kind === 'cluster' ? [...streams.keys()] : []),
    async knownNames(of, among) {
      const all = await store.names(of)
      return new Set(among.filter(name => all.includes(name)))
    },
    holds: missing('holds'),
    intent: missing('intent'),
    healthy: async () => true,
    close: async () => undefined,
    ...over,
  }
  const store = Object.fromEntries(
    Object.entries(plain).map(([method, run]) => [
      method,
      (...args: unknown[]) => {
        asked.push({ method, args })
        return (run as (...args: unknown[]) => unknown)(...args)
      },
    ]),
  ) as unknown as AuditStore
  return {
    store,
    /** Every call, in order. */
    asked,
    /** Adds events at the end of a stream. */
    add(cluster: string, ...types: LedgerEvent['type'][]) {
      const events = streams.get(cluster) ?? []
      streams.set(cluster, events)
      for (const type of types) events.push(ledgerEvent(cluster, events.length + 1, type))
    },
  }
}

export function ledgerEvent(cluster: string, position: number, type: LedgerEvent['type'] = 'Ticked'): LedgerEvent {
  const at = 1_767_225_600_000 + position * 1_000
  return {
    cluster,
    position,
    at: new Date(at).toISOString(),
    type,
    family: 'tick',
    subject: null,
    by: null,
    attributed: null,
    changes: null,
    event: { type, cluster, at },
  }
}
