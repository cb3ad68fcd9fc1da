import type { Clock } from '@rollcall/service'
import type { AuditStore } from '@rollcall/store'
import { cursorsFor } from '../cursor.ts'
import { parseSelector } from '../selector.ts'
import type { Answers } from './answers.ts'
import { keySchema } from './lists.ts'
import { readSpan } from './span.ts'
import { expectClusters } from './unknown.ts'

/** Questions about a whole cluster over a span of time. */
export function fleetAuditAnswers(
  store: AuditStore,
  clock: Clock,
): Pick<Answers, 'diff' | 'misplaced' | 'churn' | 'flapping' | 'decisions'> {
  return {
    async decisions({ cluster }, { limit, cursor, ...query }) {
      const { namespace, daemonSet, node, labelSelector, rule, from, to } = query
      const cursors = cursorsFor('decisions', { cluster, ...query }, keySchema)
      const after = cursor === undefined ? null : cursors.read(cursor)
      await expectClusters(store, [cluster])
      const asked = {
        cluster,
        namespaces: namespace ?? null,
        daemonSets: daemonSet ?? null,
        nodes: node ?? null,
        labels: labelSelector === undefined ? [] : parseSelector(labelSelector),
        rules: rule ?? null,
        from: from === undefined ? null : new Date(from),
        to: to === undefined ? null : new Date(to),
      }
      const { items, next } = await store.decisions(asked, { after, limit })
      return { items: [...items], next: next === null ? null : cursors.write(next) }
    },
    async diff({ cluster }, query) {
      const span = await readSpan(store, clock, 'diff', cluster, query)
      const slice = await span.told(await store.diff(span.asked, span.page))
      return { ...span.answer(slice), items: [...slice.items] }
    },
    async misplaced({ cluster }, query) {
      const { overMs } = query
      const span = await readSpan(store, clock, 'misplaced', cluster, query)
      const slice = await span.told(await store.misplaced({ ...span.asked, overMs }, span.page))
      return { ...span.answer(slice), items: [...slice.items] }
    },
    async churn({ cluster }, query) {
      const span = await readSpan(store, clock, 'churn', cluster, query)
      const slice = await span.told(await store.churn(span.asked, span.page))
      return { ...span.answer(slice), items: [...slice.items] }
    },
    async flapping({ cluster }, query) {
      const { of } = query
      const span = await readSpan(store, clock, 'flapping', cluster, query)
      const slice = await span.told(await store.flapping({ ...span.asked, of }, span.page))
      return { ...span.answer(slice), items: [...slice.items] }
    },
  }
}
