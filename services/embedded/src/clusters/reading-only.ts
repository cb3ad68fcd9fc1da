import type { ClusterApi } from '@rollcall/kube'

/**
 * The cluster without its verbs that write: whoever gets this cannot change anything there, whatever the credentials allow.
 * `missingRights` asks the API server a question (a review) and changes nothing.
 */
export function readingOnly(api: ClusterApi): ClusterApi {
  const refuse = async (): Promise<never> => {
    throw new Error(`${api.cluster} is only observed, yet something tried to write there`)
  }
  return {
    cluster: api.cluster,
    list: api.list.bind(api),
    watch: api.watch.bind(api),
    get: api.get.bind(api),
    identify: api.identify.bind(api),
    missingRights: api.missingRights.bind(api),
    close: api.close.bind(api),
    create: refuse,
    delete: refuse,
    evict: refuse,
    patch: refuse,
  }
}
