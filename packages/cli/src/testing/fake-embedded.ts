import type {
  ClusterOverview,
  DaemonSetOverview,
  Embedded,
  EmbeddedCluster,
  EmbeddedOptions,
  Overview,
  ShadowDifferences,
} from '@rollcall/embedded'
import type { EmbeddedModule } from '../up/up.ts'
import { testNow } from './test-ports.ts'

export const simulated = (name: string): EmbeddedCluster => ({
  name,
  kind: 'simulated',
  mode: 'control',
  server: 'https://127.0.0.1:40001',
  kubeconfig: `/data/clusters/${name}.kubeconfig`,
  context: null,
})

export const aDaemonSetOverview = (ready: number, rest: Partial<DaemonSetOverview> = {}): DaemonSetOverview => ({
  namespace: 'logging',
  name: 'fluentd',
  desired: 20,
  current: 20,
  ready,
  updated: 20,
  misscheduled: 0,
  settled: ready === 20,
  ...rest,
})

export const aClusterOverview = (
  name: string,
  daemonSets: readonly DaemonSetOverview[],
  rest: Partial<ClusterOverview> = {},
): ClusterOverview => ({
  cluster: simulated(name),
  trouble: null,
  nodes: { total: 20, ready: 20, cordoned: 0 },
  daemonSets,
  ...rest,
})

export const anOverview = (ready: number): Overview => ({
  clusters: [aClusterOverview('east', [aDaemonSetOverview(ready)])],
  recent: [
    { cluster: 'east', position: 100 + ready, at: testNow, sentence: `pod fluentd-${ready} on n${ready} is ready` },
  ],
  troubles: [],
})

export const noDifferences: ShadowDifferences = { items: [], isCut: false }

export type FakeEmbedded = {
  readonly module: EmbeddedModule
  /** What `startEmbedded` was given. */
  readonly started: EmbeddedOptions[]
  readonly stops: number
  fail(error: Error): void
}

/** The embedded mode without its parts: says one overview after the other, the last one for ever. */
export function createFakeEmbedded(overviews: readonly Overview[], over: Partial<Embedded> = {}): FakeEmbedded {
  const started: EmbeddedOptions[] = []
  const failed = Promise.withResolvers<never>()
  let told = 0
  let stops = 0
  const embedded: Embedded = {
    dataDir: '/data',
    clusters: [simulated('east')],
    auditorUrl: 'http://127.0.0.1:7070',
    postgresUrl: 'postgres://127.0.0.1:5432/rollcall',
    health: async () => ({ ready: true, failing: [] }) as never,
    overview: async () => overviews[Math.min(told++, overviews.length - 1)] as Overview,
    shadowDifferences: async () => noDifferences,
    failed: failed.promise as unknown as Embedded['failed'],
    async stop() {
      stops += 1
    },
    ...over,
  }
  return {
    started,
    get stops() {
      return stops
    },
    fail: error => failed.resolve(error as never),
    module: {
      stories: [
        { name: 'drain', summary: 'a node is drained' },
        { name: 'bad-image', summary: 'a rollout halts' },
      ],
      async startEmbedded(options) {
        started.push(options)
        options.onProgress?.({ phase: 'postgres', state: 'begun', sentence: 'Postgres starts' })
        options.onProgress?.({ phase: 'postgres', state: 'done', sentence: 'Postgres runs', tookMs: 1_234 })
        options.onProgress?.({ phase: 'services', state: 'done', sentence: 'All services run', tookMs: 80 })
        return embedded
      },
    },
  }
}
