import { type AuditWebhook, startAuditWebhook } from './audit/audit-webhook.ts'
import { ClusterWatch } from './cluster-watch.ts'
import { createMetrics } from './metrics.ts'
import type { WatcherPorts, WatcherSettings } from './ports.ts'

export type Watcher = {
  /** Per cluster: what it is doing. */
  states(): ReadonlyMap<string, ReturnType<ClusterWatch['state']>>
  /** Resolves to where audit webhooks are listened to; null: nowhere. Rejects when that port cannot be had. */
  audit(): Promise<AuditWebhook | null>
  /** Ends all watches, publishes what was seen, gives the leases back. Rejects for a defect met on the way. */
  stop(): Promise<void>
}

/** What was seen is still published for this long after the end of a watch; then it is left to the next watcher. */
const drainMsMax = 5_000

/** Watches every cluster whose lease this process gets. Resolves at once: clusters come up on their own. */
export function startWatcher(ports: WatcherPorts, settings: WatcherSettings): Watcher {
  const metrics = createMetrics(ports.registry)
  const stopping = new AbortController()
  const deadline = new AbortController()
  const watches = ports.clusters.map(api => ({
    cluster: api.cluster,
    watch: new ClusterWatch(api, ports, settings, metrics),
  }))
  const runs = watches.map(({ cluster, watch }) => {
    ports.health.check(`cluster ${cluster}`, () => {
      const state = watch.state()
      return state.at === 'waiting' ? state.why : null
    })
    return watch.run(stopping.signal, deadline.signal)
  })
  const audit =
    settings.audit === null
      ? Promise.resolve(null)
      : startAuditWebhook(ports, { ...settings.audit, pods: settings.pods }, metrics, deadline.signal)
  // Whoever asks for it sees that it failed; until then it must not count as unhandled.
  audit.catch(() => undefined)
  return {
    audit: () => audit,
    states: () => new Map(watches.map(({ cluster, watch }) => [cluster, watch.state()])),
    async stop() {
      stopping.abort(new Error('the watcher is stopping'))
      const takeBack = ports.timers.after(drainMsMax, () => deadline.abort(new Error('the watcher has stopped')))
      try {
        await Promise.all([
          ...runs,
          audit.then(
            webhook => webhook?.close(),
            () => undefined,
          ),
        ])
      } finally {
        takeBack()
        deadline.abort(new Error('the watcher has stopped'))
      }
    },
  }
}
