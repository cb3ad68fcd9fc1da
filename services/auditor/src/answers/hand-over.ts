import type { AuditStore } from '@rollcall/store'
import { cursorsFor } from '../cursor.ts'
import type { Answers } from './answers.ts'
import { keySchema } from './lists.ts'
import { expectClusters, unknown } from './unknown.ts'

/** What whoever takes a cluster over, or gives it back, has to know: what is still to do, and what is under way. */
export function handOverAnswers(store: AuditStore): Pick<Answers, 'outstanding' | 'commandsUnderWay'> {
  return {
    async outstanding(of, { limit, cursor }) {
      const cursors = cursorsFor('outstanding', of, keySchema)
      const slice = await store.outstanding(of, { after: cursor === undefined ? null : cursors.read(cursor), limit })
      if (slice === null) throw await unknown(store, { kind: 'daemonSet', ...of }, of.name)
      return { items: [...slice.items], next: slice.next === null ? null : cursors.write(slice.next) }
    },
    async commandsUnderWay({ cluster }, { limit, cursor }) {
      const cursors = cursorsFor('commandsUnderWay', { cluster }, keySchema)
      const after = cursor === undefined ? null : cursors.read(cursor)
      await expectClusters(store, [cluster])
      const { items, next } = await store.commandsUnderWay(cluster, { after, limit })
      return { items: [...items], next: next === null ? null : cursors.write(next) }
    },
  }
}
