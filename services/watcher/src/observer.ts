import type { Event, Kind } from '@rollcall/contracts'
import { FactsError, type KubeObject, type ListWatchEvent } from '@rollcall/kube'
import { type Clock, errorFacts, type Logger, type Random } from '@rollcall/service'
import { type Identity, type Slim, slimmerOf } from './kinds.ts'
import type { Metrics } from './metrics.ts'
import { Published, type Verdict } from './published.ts'
import type { Publisher } from './publisher.ts'

/** Names in one `RelistListed`. */
const listedMax = 500

export type ObserverOptions = {
  readonly cluster: string
  readonly kind: Kind
  readonly pods: 'relevant' | 'all'
  readonly progressMs: number
  readonly publisher: Pick<Publisher, 'publish'>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Turns what the list-watch of one kind tells into the events of the log: slims, drops what is no change, brackets lists. */
export class Observer {
  readonly #options: ObserverOptions
  readonly #slim: ReturnType<typeof slimmerOf>
  readonly #published = new Published()
  #relist = ''
  /** The resourceVersion the log has reached, and when a bookmark last moved it. */
  #reached = ''
  #progressedAt = Number.NEGATIVE_INFINITY

  constructor(options: ObserverOptions) {
    this.#options = options
    this.#slim = slimmerOf(options.kind, options.pods)
  }

  async take(event: ListWatchEvent): Promise<void> {
    switch (event.type) {
      case 'relistStarted':
        return this.#relistStarted(event.historyReset)
      case 'page':
        return this.#page(event.objects)
      case 'relistCompleted':
        return this.#relistCompleted(event.resourceVersion)
      case 'put':
        return this.#put(event.object, event.added)
      case 'gone':
        return this.#gone(event.object)
      case 'progressed':
        return this.#progressed(event.resourceVersion)
      case 'watchStarted':
      case 'watchEnded':
      case 'unreachable':
      case 'reachable':
        return
    }
  }

  #envelope() {
    return { cluster: this.#options.cluster, at: this.#options.clock.now() }
  }

  #publish(event: Event): Promise<void> {
    return this.#options.publisher.publish(event)
  }

  async #relistStarted(historyReset: boolean): Promise<void> {
    const { clock, kind, random } = this.#options
    this.#relist = `${clock.now().toString(36)}-${Math.floor(random() * 36 ** 6).toString(36)}`
    this.#published.beginRelist(historyReset)
    await this.#publish({ type: 'RelistStarted', ...this.#envelope(), kind, relist: this.#relist, historyReset })
  }

  async #page(objects: readonly KubeObject[]): Promise<void> {
    const { kind } = this.#options
    const listed: Identity[] = []
    const news: Event[] = []
    for (const object of objects) {
      const slim = this.#slimmed(object)
      if (slim === null) {
        const identity = identityOf(object)
        // It does exist: that it cannot be read must not look like its end.
        if (identity !== null) listed.push(identity)
        continue
      }
      const verdict = this.#judge(slim, true)
      if (verdict !== 'outside') listed.push(slim.identity)
      if (verdict === 'publish') news.push(slim.observed(this.#envelope()))
    }
    // Names go first: they tell that what follows does exist, however old its resourceVersion.
    for (let start = 0; start < listed.length; start += listedMax) {
      const part = listed.slice(start, start + listedMax)
      await this.#publish({ type: 'RelistListed', ...this.#envelope(), kind, relist: this.#relist, objects: part })
    }
    for (const event of news) await this.#publish(event)
  }

  async #relistCompleted(resourceVersion: string): Promise<void> {
    const { kind } = this.#options
    this.#published.completeRelist()
    await this.#publish({ type: 'RelistCompleted', ...this.#envelope(), kind, relist: this.#relist, resourceVersion })
    this.#reached = resourceVersion
  }

  async #put(object: KubeObject, isNew: boolean): Promise<void> {
    const slim = this.#slimmed(object)
    if (slim === null || this.#judge(slim, isNew) !== 'publish') return
    await this.#publish(slim.observed(this.#envelope()))
    this.#reached = slim.facts.resourceVersion
  }

  async #gone(object: KubeObject): Promise<void> {
    const slim = this.#slimmed(object)
    if (slim === null) return
    const verdict = this.#published.gone(slim.identity.uid, slim.isInSet)
    if (verdict !== 'publish') return this.#dropped(verdict)
    await this.#publish(slim.gone(this.#envelope()))
    this.#reached = slim.facts.resourceVersion
  }

  async #progressed(resourceVersion: string): Promise<void> {
    const { clock, kind, progressMs } = this.#options
    const now = clock.now()
    if (resourceVersion === this.#reached || now - this.#progressedAt < progressMs) return
    this.#progressedAt = now
    this.#reached = resourceVersion
    await this.#publish({ type: 'WatchProgressed', ...this.#envelope(), kind, resourceVersion })
  }

  #judge(slim: Slim, isNew: boolean): Verdict {
    const { uid } = slim.identity
    const verdict = slim.isInSet ? this.#published.put(uid, slim.facts) : this.#published.putOutside(uid, isNew)
    if (verdict !== 'publish') this.#dropped(verdict)
    return verdict
  }

  #dropped(reason: 'unchanged' | 'outside' | 'odd'): void {
    const { cluster, kind, metrics } = this.#options
    metrics.dropped.inc({ cluster, kind, reason })
  }

  /** null: an odd object, which was told and is left out. */
  #slimmed(object: KubeObject): Slim | null {
    try {
      return this.#slim(object)
    } catch (error) {
      if (!(error instanceof FactsError)) throw error
      const { cluster, kind, logger } = this.#options
      logger.warn({ cluster, kind, ...errorFacts(error) }, 'an object cannot be read and is left out')
      this.#dropped('odd')
      return null
    }
  }
}

function identityOf(object: KubeObject): Identity | null {
  const metadata = (object.metadata ?? {}) as KubeObject
  const { namespace, name, uid } = metadata
  if (typeof name !== 'string' || typeof uid !== 'string') return null
  return { namespace: typeof namespace === 'string' ? namespace : '', name, uid }
}
