import type { RecordSource } from '../partition-run.ts'

type Kept = { readonly key: string; readonly value: Uint8Array }

/** One partition of the log in memory. */
export type MemoryPartition = {
  append(key: string, value: Uint8Array): void
  /** Drops what lies before the offset, as retention does. */
  truncate(oldest: bigint): void
  readonly oldest: () => bigint
  /** The offset the next record will get. */
  readonly next: () => bigint
  slice(from: bigint, count: number): readonly (Kept & { readonly offset: bigint })[]
  /** Calls once when something is appended; the returned function takes it back. */
  onAppend(wake: () => void): () => void
}

export function createPartition(): MemoryPartition {
  let records: Kept[] = []
  let oldest = 0n
  let waiting = new Set<() => void>()
  return {
    append(key, value) {
      records.push({ key, value })
      const woken = waiting
      waiting = new Set()
      for (const wake of woken) wake()
    },
    truncate(to) {
      if (to <= oldest) return
      records = records.slice(Number(to - oldest))
      oldest = to
    },
    oldest: () => oldest,
    next: () => oldest + BigInt(records.length),
    slice(from, count) {
      const start = Number(from - oldest)
      return records.slice(start, start + count).map((record, index) => ({ ...record, offset: from + BigInt(index) }))
    },
    onAppend(wake) {
      waiting.add(wake)
      return () => waiting.delete(wake)
    },
  }
}

/** Delivery can be held, so that a test decides what has "already arrived" when a batch is taken. */
export type Valve = { readonly isHeld: () => boolean; onOpen(wake: () => void): () => void }

export type MemorySource = RecordSource & {
  /** Whether it waits because there is nothing to deliver. */
  readonly isIdle: () => boolean
  /** What comes next comes from here: records are delivered again, or skipped. */
  moveTo(offset: bigint): void
}

export function createMemorySource(
  partition: MemoryPartition,
  valve: Valve,
  onTruncated: (wanted: bigint, oldest: bigint) => void,
  onIdle: () => void,
): MemorySource {
  let position = 0n
  let isIdle = false

  function skipWhatIsGone(): void {
    if (position >= partition.oldest() && position <= partition.next()) return
    onTruncated(position, partition.oldest())
    position = partition.oldest()
  }

  function arrival(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        forgetAppend()
        forgetValve()
        signal.removeEventListener('abort', wake)
        isIdle = false
        resolve()
      }
      const forgetAppend = partition.onAppend(wake)
      const forgetValve = valve.onOpen(wake)
      signal.addEventListener('abort', wake, { once: true })
      isIdle = true
      onIdle()
    })
  }

  return {
    isIdle: () => isIdle,
    moveTo(offset) {
      position = offset
    },
    async open(wanted) {
      position = wanted ?? partition.oldest()
      skipWhatIsGone()
    },
    async take(max, signal) {
      while (!signal.aborted) {
        skipWhatIsGone()
        const records = valve.isHeld() ? [] : partition.slice(position, max)
        if (records.length > 0) {
          position += BigInt(records.length)
          return { records, highWatermark: partition.next() - 1n }
        }
        await arrival(signal)
      }
      return null
    },
  }
}
