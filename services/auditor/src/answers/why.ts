import type { AuditStore } from '@rollcall/store'
import type { Answers } from './answers.ts'
import { unknown } from './unknown.ts'

/** Why, and why not, and who started it: from recorded decisions. */
export function whyAnswers(store: AuditStore): Pick<Answers, 'whyPod' | 'whyNode' | 'blamePod' | 'blameNode'> {
  return {
    async blamePod({ cluster, namespace, name }) {
      const answer = await store.blamePod(cluster, namespace, name)
      if (answer === null) throw await unknown(store, { kind: 'pod', cluster, namespace }, name)
      return answer
    },
    async blameNode({ cluster, node }, query) {
      const answer = await store.blameNode(cluster, node, query)
      if (answer === null) throw await unknown(store, { kind: 'node', cluster }, node)
      const missing = query.daemonSet?.find(name => !answer.chains.some(({ daemonSet }) => daemonSet.name === name))
      if (missing !== undefined) {
        const namespace = query.namespace?.[0] ?? null
        throw await unknown(store, { kind: 'daemonSet', cluster, namespace }, missing)
      }
      return answer
    },
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
