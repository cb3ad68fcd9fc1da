import type { Random } from '@rollcall/service'
import { ApiStatusError } from '../objects/object-store.ts'
import { wholeBetween } from './random.ts'

/** One request at the edge of a simulated API server. */
export type Call = {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'
  /** Plural, for example `pods`. */
  readonly resource: string
  readonly subresource?: string
  readonly namespace: string
  /** Empty for collections. */
  readonly name: string
}

/** What becomes of a request. */
export type RequestFault = {
  /** The request waits for so long before anything happens. */
  readonly latencyMs: number
  /** It gets this answer and has no effect. `details.retryAfterSeconds` is the `Retry-After` header. */
  readonly refuse: ApiStatusError | null
  /** It has its effect, and the connection is cut before the answer. */
  readonly loseAnswer: boolean
}

/** What becomes of a watch, decided when it is opened. */
export type WatchFault = {
  /** Its connection is cut after so long; null: never. */
  readonly cutAfterMs: number | null
}

/** How one watch event arrives: once or twice, at once or late. Events of one watch keep their order. */
export type Delivery = { readonly copies: 1 | 2; readonly delayMs: number }

/** A fault that was told rather than left to chance. */
export type FaultRule = {
  readonly when: (call: Call) => boolean
  /** Thrown instead of serving. */
  readonly refuse?: ApiStatusError
  readonly latencyMs?: number
  readonly loseAnswer?: boolean
  /** After so many times the rule is over. Default: it stays until it is taken back. */
  readonly times?: number
}

/** How often chance strikes: probabilities from 0 to 1, times in ms. */
export type FaultRates = {
  readonly throttled429: number
  /** Asked of the client in a 429. */
  readonly retryAfterSeconds: number
  readonly failed500: number
  /** Writes that meet a change of somebody else. */
  readonly conflict409: number
  /** Watches and further pages of lists that begin too long ago. */
  readonly expired410: number
  readonly lostAnswer: number
  /** Every request waits for something between these. */
  readonly latencyMs: readonly [min: number, max: number]
  /** Watches that are cut within `watchCutWithinMs`. */
  readonly watchCut: number
  readonly watchCutWithinMs: number
  readonly duplicateEvent: number
  readonly lateEvent: number
  readonly lateMsMax: number
}

export const noFaults: FaultRates = {
  throttled429: 0,
  retryAfterSeconds: 1,
  failed500: 0,
  conflict409: 0,
  expired410: 0,
  lostAnswer: 0,
  latencyMs: [0, 0],
  watchCut: 0,
  watchCutWithinMs: 60_000,
  duplicateEvent: 0,
  lateEvent: 0,
  lateMsMax: 5_000,
}

/**
 * The faults of one API server, by chance or as told. Asked by whoever serves the cluster (HTTP, or `ClusterApi` in
 * memory); the cluster's own controllers never meet one.
 */
export interface Faults {
  /** Asked once per request, watches included, before it is served. */
  request(call: Call): RequestFault
  /** Asked once per watch. */
  watch(): WatchFault
  /** Asked once per watch event. */
  delivery(): Delivery
  /** Chance from now on; what is not named is as before. */
  set(rates: Partial<FaultRates>): void
  /** Adds a rule; rules go before chance, the oldest first. Gives back how to take it away. */
  tell(rule: FaultRule): () => void
  /** Cuts all watches that are open. */
  cutWatches(): void
  /** Calls `cut` when watches are cut; gives back how to end that. */
  onCut(cut: () => void): () => void
}

export function createFaults(random: Random, initial: Partial<FaultRates> = {}): Faults {
  let rates: FaultRates = { ...noFaults, ...initial }
  let rules: { readonly rule: FaultRule; left: number }[] = []
  const cuts = new Set<() => void>()
  const strikes = (probability: number) => probability > 0 && random() < probability

  function toldFor(call: Call): FaultRule | null {
    const found = rules.find(({ rule }) => rule.when(call))
    if (!found) return null
    found.left -= 1
    if (found.left <= 0) rules = rules.filter(entry => entry !== found)
    return found.rule
  }

  function refusal(call: Call): ApiStatusError | null {
    if (strikes(rates.throttled429)) return tooManyRequests(rates.retryAfterSeconds)
    if (strikes(rates.failed500)) return internalError()
    if (isWriteOfOne(call) && strikes(rates.conflict409)) return conflict(call)
    if (call.verb === 'watch' && strikes(rates.expired410)) return expired()
    return null
  }

  return {
    request(call) {
      const told = toldFor(call)
      const latencyMs = told?.latencyMs ?? wholeBetween(random, ...rates.latencyMs)
      if (told) return { latencyMs, refuse: told.refuse ?? null, loseAnswer: told.loseAnswer ?? false }
      const refuse = refusal(call)
      return { latencyMs, refuse, loseAnswer: refuse === null && call.verb !== 'watch' && strikes(rates.lostAnswer) }
    },
    watch: () => ({
      cutAfterMs: strikes(rates.watchCut) ? wholeBetween(random, 1, rates.watchCutWithinMs) : null,
    }),
    delivery: () => ({
      copies: strikes(rates.duplicateEvent) ? 2 : 1,
      delayMs: strikes(rates.lateEvent) ? wholeBetween(random, 1, rates.lateMsMax) : 0,
    }),
    set(changes) {
      rates = { ...rates, ...changes }
    },
    tell(rule) {
      const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY }
      rules.push(entry)
      return () => {
        rules = rules.filter(other => other !== entry)
      }
    },
    cutWatches() {
      for (const cut of [...cuts]) cut()
    },
    onCut(cut) {
      cuts.add(cut)
      return () => cuts.delete(cut)
    },
  }
}

function isWriteOfOne({ verb }: Call): boolean {
  return verb === 'update' || verb === 'patch' || verb === 'delete'
}

/** What kube-apiserver answers when it has too much to do. */
export function tooManyRequests(retryAfterSeconds: number): ApiStatusError {
  const message = 'Too many requests, please try again later.'
  return new ApiStatusError(429, 'TooManyRequests', message, { retryAfterSeconds })
}

/** What `pods/eviction` answers when a PodDisruptionBudget says no (`pkg/registry/core/pod/storage/eviction.go`). */
export function disruptionBudget(name: string): ApiStatusError {
  const message = "Cannot evict pod as it would violate the pod's disruption budget."
  const cause = `The disruption budget ${name} does not allow for more disruptions`
  return new ApiStatusError(429, 'TooManyRequests', message, {
    causes: [{ reason: 'DisruptionBudget', message: cause }],
  })
}

export function internalError(): ApiStatusError {
  return new ApiStatusError(500, 'InternalError', 'Internal error occurred: the simulation wanted it so')
}

export function conflict({ resource, name }: Pick<Call, 'resource' | 'name'>): ApiStatusError {
  const words = 'the object has been modified; please apply your changes to the latest version and try again'
  const message = `Operation cannot be fulfilled on ${resource} "${name}": ${words}`
  return new ApiStatusError(409, 'Conflict', message, { name, kind: resource })
}

export function expired(): ApiStatusError {
  return new ApiStatusError(410, 'Expired', 'The resourceVersion for the provided watch is too old.')
}
