import { createRequire } from 'node:module'

/**
 * kafkajs 2.2.4 is its last release, pinned here, and two of its faults cannot be lived with. They are mended in place: each
 * mend names what it replaces, and leaves another version alone.
 */
const require = createRequire(import.meta.url)

let isMended = false

export function mendKafkajs(): void {
  if (isMended) return
  isMended = true
  mendRequestQueue()
  mendMemberLoss()
}

/** What is used here of kafkajs' queue of requests, one per connection. */
type RequestQueue = {
  readonly pending: readonly unknown[]
  readonly throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  checkPendingRequests(): void
}

const checkMs = 10

/**
 * kafkajs 2.2.4 looks for waiting requests every millisecond, on every connection, for ever, although there are none
 * (tulios/kafkajs#1556, #1704): an idle process burns some percent of a core, and Node 24 prints a warning, because the delay is a
 * negative number (#1751). No release mends it; so the method is replaced by one that waits only when a request does.
 */
function mendRequestQueue(): void {
  const { prototype } = require('kafkajs/src/network/requestQueue/index.js') as {
    prototype: { scheduleCheckPendingRequests?: (this: RequestQueue) => void }
  }
  // Another version may have mended it in its own way.
  if (typeof prototype.scheduleCheckPendingRequests !== 'function') return
  prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return
    const throttledMs = this.throttledUntil - Date.now()
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null
        this.checkPendingRequests()
      },
      throttledMs > 0 ? throttledMs : checkMs,
    )
  }
}

/** What an assigner may carry for the consumer group it belongs to. */
export type FormerMember = { readonly formerMemberId?: string | null }

type ConsumerGroup = { memberId: string | null; readonly assigners: readonly FormerMember[] }

/**
 * A kafkajs consumer that lost all brokers is finished, and its successor would join as somebody new, while the group waits for
 * the one who is gone until its session ends. With the member's id the successor is that member, and goes on at once; an id that
 * the group has forgotten is answered with "unknown member", after which kafkajs joins as somebody new.
 */
function mendMemberLoss(): void {
  const { prototype } = require('kafkajs/src/consumer/consumerGroup.js') as {
    prototype: { connect?: (this: ConsumerGroup) => Promise<void> }
  }
  const connect = prototype.connect
  if (typeof connect !== 'function') return
  prototype.connect = function () {
    this.memberId ??= this.assigners[0]?.formerMemberId ?? null
    return connect.call(this)
  }
}
