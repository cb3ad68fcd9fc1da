import { defaultGuard } from '@rollcall/contracts'
import type { WatcherSettings } from '@rollcall/watcher'

/** A watcher that acts, as tests that run it in one process with the rest want it. */
export const watcherSettings: WatcherSettings = {
  mode: 'control',
  guard: defaultGuard,
  creationRate: null,
  controlClusters: [],
  pods: 'relevant',
  relist: false,
  pageSize: 500,
  silenceMs: 240_000,
  queueMax: 2_000,
  leaseRetryMs: 5_000,
  rightsRetryMs: 60_000,
  progressMs: 60_000,
  audit: null,
}
