import type { Requirement } from '@rollcall/contracts'
import type { Page, RouteName } from '@rollcall/contracts/api'
import type { AuditStore, PageKey, PageRequest, Slice } from '@rollcall/store'
import { z } from 'zod'
import { cursorsFor } from '../cursor.ts'
import { parseSelector } from '../selector.ts'
import type { Answers } from './answers.ts'
import { createBeginsLater } from './begins-later.ts'
import { expectClusters } from './unknown.ts'

/** Where a page of a list ended. */
export const keySchema: z.ZodType<PageKey> = z.array(z.union([z.string(), z.number()])).min(1)

type Listed = {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly cluster?: string[] | undefined
  readonly labelSelector?: string | undefined
}

/** Clusters, nodes, DaemonSets and placements, page by page. */
export function listAnswers(
  store: AuditStore,
): Pick<Answers, 'clusters' | 'nodes' | 'daemonSets' | 'placements' | 'holds'> {
  async function list<Query extends Listed, T>(
    route: RouteName,
    query: Query,
    read: (
      asked: Omit<Query, 'limit' | 'cursor' | 'labelSelector'> & { labels: readonly Requirement[] },
      page: PageRequest,
    ) => Promise<Slice<T>>,
  ): Promise<Page<T>> {
    const { limit, cursor, labelSelector, ...asked } = query
    const labels = labelSelector === undefined ? [] : parseSelector(labelSelector)
    const cursors = cursorsFor(route, { ...asked, labels }, keySchema)
    const after = cursor === undefined ? null : cursors.read(cursor)
    await expectClusters(store, query.cluster)
    const { items, next } = await read({ ...asked, labels }, { after, limit })
    return { items: [...items], next: next === null ? null : cursors.write(next) }
  }

  const beginsLater = createBeginsLater(store)
  return {
    clusters: (_, query) => list('clusters', query, (asked, page) => store.clusters(asked, page)),
    nodes: (_, query) => list('nodes', query, (asked, page) => store.nodes(asked, page)),
    daemonSets: (_, query) => list('daemonSets', query, (asked, page) => store.daemonSets(asked, page)),
    holds: (_, query) => list('holds', query, (asked, page) => store.holds(asked, page)),
    async placements(_, query) {
      const page = await list('placements', query, ({ podLabelSelector, ...asked }, request) => {
        const podLabels = podLabelSelector === undefined ? [] : parseSelector(podLabelSelector, 'podLabelSelector')
        return store.placements({ ...asked, podLabels }, request)
      })
      return { ...page, ...(await beginsLater(query.cluster ?? null, query)) }
    },
  }
}
