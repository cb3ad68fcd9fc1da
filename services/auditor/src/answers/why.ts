import type { AuditStore } from '@rollcall/store'
import type { Answers } from './answers.ts'
import { unknown } from './unknown.ts'

/** Why, and why not: from recorded decisions. */
export function whyAnswers(store: AuditStore): Pick<Answers, 'whyPod' | 'whyNode'> {
  return {
    async whyPod({ cluster, namespace, name }) {
      const answer = await store.whyPod(cluster, namespace, name)
      if (answer === null) throw await unknown(store, { kind: 'pod', cluster, namespace }, name)
      return answer
    },
    async whyNode({ cluster, node }, query) {
      const answer = await store.whyNode(cluster, node, query)
      if (answer === null) throw await unknown(store, { kind: 'node', cluster }, node)
      const missing = query.daemonSet?.find(name => !answer.slots.some(({ daemonSet }) => daemonSet.name === name))
      if (missing !== undefined) {
        const namespace = query.namespace?.[0] ?? null
        throw await unknown(store, { kind: 'daemonSet', cluster, namespace }, missing)
      }
      return answer
    },
  }
}
