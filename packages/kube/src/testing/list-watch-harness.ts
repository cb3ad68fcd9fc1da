import { afterEach, beforeEach } from 'vitest'
import type { ClusterApi, KubeObject } from '../cluster-api.ts'
import { connectClusters } from '../connect.ts'
import { type ListWatchEvent, type ListWatchOptions, listWatch } from '../list-watch/index.ts'
import { systemClock, systemTimers } from '../ports.ts'
import { type FakeServer, startFakeServer } from './fake-server.ts'

/** A list-watch of nodes against a fake server, made anew for each test of the file. */
export function useListWatch(): ListWatchHarness {
  const harness = new ListWatchHarness()
  beforeEach(() => harness.open())
  afterEach(() => harness.close())
  return harness
}

class ListWatchHarness {
  server!: FakeServer
  api!: ClusterApi
  stop = new AbortController()
  /** Waits the list-watch asked for, other than the dead-man timer's. */
  waits: number[] = []
  /** Dead-man timers armed now. */
  listening = 0

  async open(): Promise<void> {
    this.server = await startFakeServer(() => undefined)
    this.api = connectClusters([{ file: this.server.kubeconfig }])[0] as ClusterApi
    this.stop = new AbortController()
    this.waits = []
    this.listening = 0
  }

  async close(): Promise<void> {
    this.stop.abort()
    await this.api.close()
    await this.server.close()
  }

  start(options: Partial<ListWatchOptions> = {}) {
    const events = listWatch(this.api, 'Node', {
      clock: systemClock,
      timers: { after: (ms, run) => this.#after(ms, run) },
      random: () => 0.5,
      signal: this.stop.signal,
      resourceVersion: null,
      backOff: { firstMs: 1000, msMax: 8000 },
      ...options,
    })
    return {
      events,
      /** The next events, in words. */
      async take(count: number): Promise<string[]> {
        const taken: string[] = []
        while (taken.length < count) {
          const next = await events.next()
          if (next.done) return [...taken, 'end']
          taken.push(told(next.value))
        }
        return taken
      },
    }
  }

  /** Back-offs pass at once and are written down; the dead-man timer runs in real time when it is short. */
  #after(ms: number, run: () => void): () => void {
    if (ms >= 10_000) {
      this.listening += 1
      return () => {
        this.listening -= 1
      }
    }
    if (ms < 250) return systemTimers.after(ms, run)
    this.waits.push(ms)
    return systemTimers.after(0, run)
  }
}

function told(event: ListWatchEvent): string {
  const nameOf = (it: KubeObject) => String((it.metadata as KubeObject).name)
  switch (event.type) {
    case 'relistStarted':
      return event.historyReset ? 'relistStarted (history reset)' : 'relistStarted'
    case 'page':
      return `page ${event.objects.map(nameOf).join(',')}`
    case 'relistCompleted':
    case 'watchStarted':
    case 'progressed':
      return `${event.type} ${event.resourceVersion}`
    case 'put':
      return `${event.added ? 'added' : 'changed'} ${nameOf(event.object)}`
    case 'gone':
      return `gone ${nameOf(event.object)}`
    case 'watchEnded':
      return event.error === null ? 'watchEnded' : `watchEnded: ${event.error.message.replace(/^.*: /, '')}`
    case 'unreachable':
      return `unreachable: ${event.error.message.replace(/^.*reached: /, '')}`
    case 'reachable':
      return 'reachable'
  }
}

export const relist = (version: string, names: string) => [
  'relistStarted',
  `page ${names}`,
  `relistCompleted ${version}`,
  `watchStarted ${version}`,
]
