import type { CommandType, PodFacts, TemplateFacts } from '@rollcall/contracts'
import type { LedgerEntry } from '../source.ts'

/**
 * How long the cluster takes for what it does, learned from the record: of the same DaemonSet on the same node where it is known,
 * else the median of the DaemonSet, of all, or a usual value. Milliseconds.
 */
export type Latencies = {
  /** From a command to its outcome. */
  answer(type: CommandType): number
  /** From a pod's creation to its binding. */
  bind(of: PodPlace): number
  /** From binding to the first time it is ready; null: pods of this revision never became ready. */
  ready(of: PodPlace): number | null
  /** What is said of pods of this revision that do not become ready, and when after binding; null: nothing is known. */
  trouble(of: PodPlace): Trouble | null
  /** From the deletion to the end of the pod. */
  stop(of: PodPlace): number
}

export type Trouble = { readonly trouble: string; readonly restarts: number; readonly ms: number }

/** `daemonSet`: `namespace/name`. `revision`: its hash. */
export type PodPlace = { readonly daemonSet: string; readonly node: string; readonly revision: string }

const usual = { answer: 50, bind: 50, ready: 3_000, stop: 1_500 }
/** A pod that was bound for so many times what is usual, and so long at least, and is not ready, is taken for one that never will be. */
const neverReady = { times: 4, msMin: 5_000 }

type Seen = {
  readonly place: Omit<PodPlace, 'node'>
  readonly firstAt: number
  node: string | null
  boundAt: number | null
  readyAt: number | null
  endingAt: number | null
}

export class LatencyLearner {
  readonly #issued = new Map<string, { type: CommandType; at: number; podUid: string | null }>()
  readonly #pods = new Map<string, Seen>()
  readonly #samples = new Map<string, number[]>()
  readonly #deletedAt = new Map<string, number>()
  readonly #everReady = new Set<string>()
  /** The first trouble of each revision. */
  readonly #troubles = new Map<string, Trouble>()
  readonly #templates = new Map<string, TemplateFacts>()
  #now = 0

  /** In the order of the record. */
  learn(entry: LedgerEntry): void {
    if (entry.kind === 'decision') {
      for (const command of entry.point.commands) {
        const podUid = 'pod' in command && command.pod ? command.pod.uid : null
        this.#issued.set(command.id, { type: command.type, at: command.issuedAt, podUid })
      }
      return
    }
    const { event } = entry
    this.#now = Math.max(this.#now, event.at)
    if (event.type === 'CommandSettled') {
      const issued = this.#issued.get(event.commandId)
      this.#issued.delete(event.commandId)
      if (!issued || event.result !== 'done') return
      this.#sample([`answer ${issued.type}`], event.at - issued.at)
      if (issued.podUid !== null && !this.#deletedAt.has(issued.podUid)) this.#deletedAt.set(issued.podUid, event.at)
    } else if (event.type === 'DaemonSetObserved') {
      const { template } = event.daemonSet
      this.#templates.set(template.digest, template)
    } else if (event.type === 'PodObserved') this.#podSeen(event.pod, event.at)
    else if (event.type === 'PodGone') this.#podGone(event.uid, event.at)
  }

  #podSeen(pod: PodFacts, at: number): void {
    const revision = pod.labels['controller-revision-hash'] ?? ''
    if (pod.owner?.kind !== 'DaemonSet') return
    const daemonSet = `${pod.namespace}/${pod.owner.name}`
    let seen = this.#pods.get(pod.uid)
    if (!seen) {
      seen = { place: { daemonSet, revision }, firstAt: at, node: null, boundAt: null, readyAt: null, endingAt: null }
      this.#pods.set(pod.uid, seen)
      // One that was there before says nothing of how long that took.
      if (pod.ready) seen.readyAt = at
      if (pod.nodeName !== null) seen.node = pod.nodeName
    }
    if (pod.ready) this.#everReady.add(`${daemonSet} ${revision}`)
    if (pod.nodeName !== null && seen.node === null) {
      seen.node = pod.nodeName
      seen.boundAt = at
      this.#samplePod('bind', seen, at - seen.firstAt)
    }
    if (pod.ready && seen.readyAt === null) {
      seen.readyAt = at
      if (seen.boundAt !== null) this.#samplePod('ready', seen, at - seen.boundAt)
    }
    if (pod.deletedAt !== null) seen.endingAt ??= at
    const { trouble, restarts } = pod
    const of = `${daemonSet} ${revision}`
    if (trouble !== null && seen.boundAt !== null && !this.#troubles.has(of)) {
      this.#troubles.set(of, { trouble, restarts, ms: at - seen.boundAt })
    }
  }

  #podGone(uid: string, at: number): void {
    const seen = this.#pods.get(uid)
    const since = this.#deletedAt.get(uid) ?? seen?.endingAt ?? null
    if (seen && since !== null && at >= since) this.#samplePod('stop', seen, at - since)
    if (seen) this.#noteUnready(seen, seen.endingAt ?? at)
    this.#pods.delete(uid)
    this.#deletedAt.delete(uid)
  }

  #noteUnready({ place, boundAt, readyAt }: Seen, until: number): void {
    if (boundAt === null || readyAt !== null) return
    this.#sample([`unready ${place.daemonSet} ${place.revision}`], until - boundAt)
  }

  #samplePod(what: 'bind' | 'ready' | 'stop', { place, node }: Seen, ms: number): void {
    const { daemonSet, revision } = place
    this.#sample(
      [
        what,
        `${what} ${daemonSet}`,
        `${what} ${daemonSet} ${revision}`,
        `${what} ${daemonSet} on ${node}`,
        `${what} ${daemonSet} ${revision} on ${node}`,
      ],
      ms,
    )
  }

  #sample(keys: readonly string[], ms: number): void {
    for (const key of keys) {
      const known = this.#samples.get(key)
      if (known) known.push(ms)
      else this.#samples.set(key, [ms])
    }
  }

  #median(...keys: readonly string[]): number | null {
    for (const key of keys) {
      const known = this.#samples.get(key)
      if (known) return known.toSorted((a, b) => a - b)[(known.length - 1) >> 1] ?? null
    }
    return null
  }

  /** Every template that was seen, by digest. */
  get templates(): ReadonlyMap<string, TemplateFacts> {
    return this.#templates
  }

  /** What has been learned so far. */
  latencies(): Latencies {
    for (const seen of this.#pods.values()) this.#noteUnready(seen, this.#now)
    const median = (what: 'bind' | 'ready' | 'stop', { daemonSet, node, revision }: PodPlace): number =>
      this.#median(
        `${what} ${daemonSet} ${revision} on ${node}`,
        `${what} ${daemonSet} on ${node}`,
        `${what} ${daemonSet} ${revision}`,
        `${what} ${daemonSet}`,
        what,
      ) ?? usual[what]
    return {
      answer: type => this.#median(`answer ${type}`) ?? usual.answer,
      bind: place => median('bind', place),
      ready: place => {
        const of = `${place.daemonSet} ${place.revision}`
        const unready = Math.max(0, ...(this.#samples.get(`unready ${of}`) ?? []))
        const ms = median('ready', place)
        const isTooLong = unready >= Math.max(neverReady.msMin, neverReady.times * ms)
        return isTooLong && !this.#everReady.has(of) ? null : ms
      },
      trouble: ({ daemonSet, revision }) => this.#troubles.get(`${daemonSet} ${revision}`) ?? null,
      stop: place => median('stop', place),
    }
  }
}
