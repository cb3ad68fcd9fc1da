import type { KafkaSettings } from './options.ts'

/**
 * Whether a consumer is alive. kafkajs can hang without an error (tulios/kafkajs#659): no fetch and no heartbeat for longer
 * than the session timeout, or one broker's fetch that never comes back, is silence.
 */
export type Pulse = {
  fetchStarted(node: number): void
  fetchDone(node: number): void
  beat(): void
  joining(): void
  joined(): void
  readonly isJoined: () => boolean
  /** For how long nothing was heard that should have been heard. */
  silentMs(): number
  /** Silence beyond which the consumer is taken for hung. */
  silenceMsMax(): number
  /** Milliseconds since the last sign of life from the brokers; null before the first. */
  readonly lastSignAt: () => number | null
}

export function createPulse(settings: Pick<KafkaSettings, 'sessionTimeoutMs' | 'rebalanceTimeoutMs'>): Pulse {
  const now = () => performance.now()
  let lastAt = now()
  let signAt: number | null = null
  let phase: 'connecting' | 'joining' | 'joined' = 'connecting'
  const fetchesSince = new Map<number, number>()

  function sign(): void {
    lastAt = now()
    signAt = lastAt
  }

  return {
    fetchStarted(node) {
      fetchesSince.set(node, now())
    },
    fetchDone(node) {
      fetchesSince.delete(node)
      sign()
    },
    beat: sign,
    joining() {
      if (phase !== 'joining') lastAt = now()
      phase = 'joining'
      fetchesSince.clear()
    },
    joined() {
      phase = 'joined'
      fetchesSince.clear()
      sign()
    },
    isJoined: () => phase === 'joined',
    silentMs() {
      let since = lastAt
      if (phase === 'joined') for (const at of fetchesSince.values()) since = Math.min(since, at)
      return now() - since
    },
    // While the group rebalances, the brokers may keep everybody waiting for the slowest member.
    silenceMsMax: () =>
      phase === 'joined' ? settings.sessionTimeoutMs : settings.sessionTimeoutMs + settings.rebalanceTimeoutMs,
    lastSignAt: () => signAt,
  }
}
