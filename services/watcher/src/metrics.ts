import { Counter, Gauge, Histogram, type Registry } from '@rollcall/service'

export type Metrics = ReturnType<typeof createMetrics>

/** The watcher's series. */
export function createMetrics(registry: Registry) {
  const registers = [registry]
  return {
    published: new Counter({
      name: 'rollcall_watcher_events_published_total',
      help: 'Events that are durable in the log, by type',
      labelNames: ['cluster', 'type'] as const,
      registers,
    }),
    dropped: new Counter({
      name: 'rollcall_watcher_changes_dropped_total',
      help: 'Changes not published: unchanged (nothing kept has changed), outside (not of interest), odd (no facts)',
      labelNames: ['cluster', 'kind', 'reason'] as const,
      registers,
    }),
    watchStarts: new Counter({
      name: 'rollcall_watcher_watch_starts_total',
      help: 'Watches opened; servers end each after 5 to 10 minutes',
      labelNames: ['cluster', 'kind'] as const,
      registers,
    }),
    relists: new Counter({
      name: 'rollcall_watcher_relists_total',
      help: 'Lists begun',
      labelNames: ['cluster', 'kind'] as const,
      registers,
    }),
    queue: new Gauge({
      name: 'rollcall_watcher_queue_events',
      help: 'Events that wait for the log',
      labelNames: ['cluster'] as const,
      registers,
    }),
    auditEvents: new Counter({
      name: 'rollcall_watcher_audit_events_total',
      help: 'What the audit webhook told: taken, repeated, ofNoInterest, odd (no audit event), refused (no room: it comes again)',
      labelNames: ['cluster', 'fate'] as const,
      registers,
    }),
    auditRefusals: new Counter({
      name: 'rollcall_watcher_audit_refusals_total',
      help: 'Requests to the audit webhook without the token of their cluster',
      registers: [registry],
    }),
    auditQueue: new Gauge({
      name: 'rollcall_watcher_audit_queue_events',
      help: 'Attributions that wait for the log',
      labelNames: ['cluster'] as const,
      registers,
    }),
    publishSeconds: new Histogram({
      name: 'rollcall_watcher_publish_seconds',
      help: 'From seeing a change until it is durable in the log',
      labelNames: ['cluster'] as const,
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    lastSeen: new Gauge({
      name: 'rollcall_watcher_last_seen_timestamp_seconds',
      help: 'When the watch of this kind last said anything, bookmarks included',
      labelNames: ['cluster', 'kind'] as const,
      registers,
    }),
    leading: new Gauge({
      name: 'rollcall_watcher_leading',
      help: '1 while this process watches the cluster',
      labelNames: ['cluster'] as const,
      registers,
    }),
  }
}
