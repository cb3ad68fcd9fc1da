import { resolve } from 'node:path'
import { connectClusters, parseClusterSpec, resolveSpecs } from '@rollcall/kube'
import type { Clock } from '@rollcall/service'
import type { Mode } from '../contract.ts'
import type { AttendedClusters } from './cluster.ts'
import { readingOnly } from './reading-only.ts'

/** The clusters of kubeconfigs. Connects when they are first used: one that is away starts nothing late. @throws KubeconfigError */
export function attendRealClusters(specs: readonly string[], mode: Mode, clock: Clock): AttendedClusters {
  const resolved = resolveSpecs(specs.map(parseClusterSpec))
  const apis = connectClusters(resolved, { clock })
  const clusters = resolved.map(({ name, file, context, server }, index) => {
    const api = apis[index]
    if (!api) throw new Error(`no connection for cluster ${name}`)
    return {
      shown: { name, kind: 'real', mode, server: server.href, kubeconfig: resolve(file), context } as const,
      api: mode === 'observe' ? readingOnly(api) : api,
    }
  })
  return {
    clusters,
    trouble: () => null,
    async stop() {
      await Promise.all(apis.map(api => api.close()))
    },
  }
}
