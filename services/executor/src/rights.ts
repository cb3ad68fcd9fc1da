import type { ClusterApi, Right } from '@rollcall/kube'
import { ApiError, UnreachableError } from '@rollcall/kube'
import type { ExecutorPorts } from './ports.ts'

const right = (group: string, resource: string, ...verbs: readonly string[]): readonly Right[] => {
  const [name = resource, subresource] = resource.split('/')
  return verbs.map(verb => ({ verb, group, resource: name, ...(subresource === undefined ? {} : { subresource }) }))
}

/**
 * What the executor may do in a cluster, all of it needed. Beyond these: `create pods/eviction` where a DaemonSet asks for eviction,
 * `get` and `patch nodes` where one takes startup taints away, `patch daemonsets` where one is rolled back by itself
 * (docs/annotations.md); without them those commands are refused.
 */
export const neededRights: readonly Right[] = [
  ...right('', 'pods', 'get', 'create', 'delete', 'patch'),
  ...right('apps', 'daemonsets', 'get'),
  ...right('apps', 'daemonsets/status', 'patch'),
  // Asked for by admission, because our owner references block the owner's deletion (spec §1.5).
  ...right('apps', 'daemonsets/finalizers', 'update'),
  ...right('apps', 'controllerrevisions', 'get', 'list', 'create', 'update', 'patch', 'delete'),
  ...right('', 'events', 'create', 'patch'),
]

/** `create pods, patch daemonsets.apps/status` */
export function rightsInWords(rights: readonly Right[]): string {
  return rights
    .map(({ verb, group, resource, subresource }) => {
      const what = group === '' ? resource : `${resource}.${group}`
      return `${verb} ${what}${subresource === undefined ? '' : `/${subresource}`}`
    })
    .join(', ')
}

export type RightsPorts = Pick<ExecutorPorts, 'clusters' | 'clusterApi' | 'timers' | 'logger'>

/** Looks every now and then whether the credentials of each cluster allow what commands will need. */
export class RightsWatch {
  readonly #ports: RightsPorts
  readonly #everyMs: number
  readonly #closing = new AbortController()
  readonly #missing = new Map<string, string>()
  #cancelTimer: () => void = () => undefined

  constructor(ports: RightsPorts, everyMs: number) {
    this.#ports = ports
    this.#everyMs = everyMs
  }

  /** Sentences, one per cluster that lacks a right. */
  get missing(): readonly string[] {
    return [...this.#missing.values()]
  }

  /** Looks now, and again and again. */
  async start(): Promise<void> {
    await Promise.all(this.#ports.clusters.map(cluster => this.#look(cluster)))
    if (this.#closing.signal.aborted) return
    this.#cancelTimer = this.#ports.timers.after(this.#everyMs, () => void this.start())
  }

  close(): void {
    this.#closing.abort(new Error('the executor closes'))
    this.#cancelTimer()
  }

  async #look(cluster: string): Promise<void> {
    const api: ClusterApi | undefined = this.#ports.clusterApi(cluster)
    if (!api) return
    const { logger } = this.#ports
    try {
      const missing = await api.missingRights(neededRights, this.#closing.signal)
      const before = this.#missing.get(cluster)
      if (missing.length === 0) {
        this.#missing.delete(cluster)
        if (before !== undefined) logger.info({ cluster }, `cluster ${cluster}: all rights are there now`)
        return
      }
      const words = rightsInWords(missing)
      const sentence = `cluster ${cluster}: the credentials lack ${words}: grant them with a ClusterRole`
      this.#missing.set(cluster, sentence)
      if (before !== sentence) logger.error({ cluster, missing: words }, sentence)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      // It says nothing about rights; the lane says that the cluster does not answer.
      if (!(error instanceof ApiError || error instanceof UnreachableError)) throw error
      logger.warn({ cluster, error: error.message }, `cluster ${cluster}: its rights could not be looked at`)
    }
  }
}
