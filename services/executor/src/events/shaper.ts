import { sha256Hex } from '@rollcall/contracts'
import type { Notice } from '../apply/tools.ts'
import { BoundedMap } from '../flow/bounded-map.ts'
import { TokenBucket } from './token-bucket.ts'

/** client-go's defaults (spec §7.1). */
const burst = 25
const refillMs = 300_000
const similarMax = 10
const similarWithinMs = 600_000
const rememberedMax = 4_096

/** What somebody has to act on has a budget of its own: hundreds of created pods do not silence it. */
const urgent: ReadonlySet<string> = new Set(['DeletionsHeld'])

/** An Event as it is to be written. */
export type ShapedEvent = {
  readonly notice: Notice
  readonly message: string
  /** Its object's name in the cluster. */
  readonly name: string
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
}

type Similar = { readonly messages: Set<string>; lastAt: number }
type Written = { readonly name: string; readonly firstAt: number; count: number }

/**
 * Keeps Events few, as the reference's client does: the same one again raises a count, many similar ones become one
 * "(combined from similar events)", and each DaemonSet has a budget. Pure but for what it remembers.
 */
export class EventShaper {
  readonly #similar = new BoundedMap<string, Similar>(rememberedMax)
  readonly #written = new BoundedMap<string, Written>(rememberedMax)
  readonly #buckets = new BoundedMap<string, TokenBucket>(rememberedMax)

  /** The Event to write (count > 1: to raise the count of), or null when the budget is spent. */
  shape(notice: Notice, now: number): ShapedEvent | null {
    const { namespace, name, uid } = notice.daemonSet
    const object = `${namespace}/${name}/${uid}`
    const combined = this.#isOneOfMany(`${object}/${notice.type}/${notice.reason}`, notice.message, now)
    const message = combined ? `(combined from similar events): ${notice.message}` : notice.message
    const key = `${object}/${notice.type}/${notice.reason}/${combined ? '' : notice.message}`
    const written = this.#written.get(key) ?? { name: eventName(notice), firstAt: now, count: 0 }
    written.count++
    this.#written.set(key, written)
    const budget = urgent.has(notice.reason) ? `${object}/${notice.reason}` : object
    if (!this.#bucket(budget, now).take(now)) return null
    return { notice, message, name: written.name, count: written.count, firstAt: written.firstAt, lastAt: now }
  }

  /** From the tenth different message within ten minutes on. */
  #isOneOfMany(key: string, message: string, now: number): boolean {
    const known = this.#similar.get(key)
    const similar =
      known && now - known.lastAt <= similarWithinMs ? known : { messages: new Set<string>(), lastAt: now }
    similar.lastAt = now
    similar.messages.add(message)
    this.#similar.set(key, similar)
    if (similar.messages.size < similarMax) return false
    const first = similar.messages.values().next()
    if (!first.done) similar.messages.delete(first.value)
    return true
  }

  #bucket(object: string, now: number): TokenBucket {
    const known = this.#buckets.get(object)
    if (known) return known
    const fresh = new TokenBucket({ burst, refillMs, now })
    this.#buckets.set(object, fresh)
    return fresh
  }
}

/** Derived from what it says about which command: telling it again after a crash meets the same name. */
function eventName({ daemonSet, commandId, reason, message }: Notice): string {
  return `${daemonSet.name.slice(0, 236)}.${sha256Hex(`${commandId}/${reason}/${message}`).slice(0, 16)}`
}
