import { ClusterWatch } from './cluster-watch.ts'
import { createMetrics } from './metrics.ts'
import type { WatcherPorts, WatcherSettings } from './ports.ts'

export type Watcher = {
  /** Per cluster: what it is doing. */
  states(): ReadonlyMap<string, ReturnType<ClusterWatch['state']>>
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
  return {
    states: () => new Map(watches.map(({ cluster, watch }) => [cluster, watch.state()])),
    async stop() {
      stopping.abort(new Error('the watcher is stopping'))
      const takeBack = ports.timers.after(drainMsMax, () => deadline.abort(new Error('the watcher has stopped')))
      try {
        await Promise.all(runs)
      } finally {
        takeBack()
        deadline.abort(new Error('the watcher has stopped'))
      }
    },
  }
}
