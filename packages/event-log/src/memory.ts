import { type EventLog, EventLogError, type Subscription } from './event-log.ts'
import { createMemoryBroker, type MemoryBroker, type MemoryBrokerOptions } from './memory/broker.ts'
import { encodeRecords } from './outgoing.ts'

export { type AppendFault, createMemoryBroker, type MemoryBroker, type MemoryBrokerOptions } from './memory/broker.ts'

export type MemoryEventLog = EventLog & {
  /** The log behind this client, with its hooks for tests. */
  readonly broker: MemoryBroker
  /** Ends this client as a killed process ends: no callback comes any more, and its partitions move to others. */
  crash(): void
}

export type MemoryEventLogOptions = MemoryBrokerOptions & {
  /** The log to be a client of; without it the client has one of its own. */
  readonly broker?: MemoryBroker
}

/**
 * The log in memory, for tests and simulation. Deterministic: records are delivered in microtasks, with no clock and no
 * randomness; timers are used for back-off after a failure, and to bound the wait for a batch that does not end.
 */
export function createMemoryEventLog(options: MemoryEventLogOptions = {}): MemoryEventLog {
  const broker = options.broker ?? createMemoryBroker(options)
  const subscriptions = new Set<{ readonly subscription: Subscription; abandon(): void }>()
  let isClosed = false

  function refuseWhenClosed(): void {
    if (isClosed) throw new EventLogError('closed', 'the log is closed')
  }

  return {
    broker,
    async ensureTopics() {
      refuseWhenClosed()
    },

    async append(topic, records) {
      refuseWhenClosed()
      const outgoing = encodeRecords(topic, records, broker.recordBytesMax)
      const fault = outgoing.length === 0 ? null : broker.takeFault()
      if (fault?.when !== 'before') broker.appendAll(outgoing)
      if (fault)
        throw new EventLogError(fault.code ?? 'unreachable', `append failed on purpose, ${fault.when} it took effect`)
    },

    async subscribe({ topic, group: name, consumer }) {
      refuseWhenClosed()
      const { group, member } = await broker.join(topic, name, consumer)
      let isOpen = true
      const subscription: Subscription = {
        health: () => ({
          healthy: isOpen,
          partitions: [...member.lanes.keys()],
          restarts: 0,
          detail: isOpen ? null : 'closed',
        }),
        async close() {
          if (!isOpen) return
          isOpen = false
          subscriptions.delete(entry)
          await group.leave(member)
        },
      }
      const entry = {
        subscription,
        abandon() {
          isOpen = false
          group.abandon(member)
        },
      }
      subscriptions.add(entry)
      if (isClosed) {
        await subscription.close()
        refuseWhenClosed()
      }
      return subscription
    },

    healthy: () => !isClosed,

    async close() {
      isClosed = true
      await Promise.all([...subscriptions].map(({ subscription }) => subscription.close()))
    },

    crash() {
      isClosed = true
      for (const { abandon } of subscriptions) abandon()
      subscriptions.clear()
    },
  }
}
