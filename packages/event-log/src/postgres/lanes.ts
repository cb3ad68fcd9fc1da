import type { PartitionRun } from '../partition-run.ts'

type Closing = { readonly run: PartitionRun; readonly since: number; isOver: boolean }

/** The runs of the partitions that are ours, by the partition's id. */
export type Lanes = {
  open(id: number, start: (after: Promise<void>) => PartitionRun): void
  isOpen(id: number): boolean
  isClosing(id: number): boolean
  /** Stops a run: nothing new is delivered, what runs is told to end. `onEnd` when it has. */
  close(id: number, onEnd: () => void): void
  /** Those being closed that have ended, or were given their time: they may go to others. Told once. */
  released(): { readonly ids: readonly number[]; readonly late: readonly number[] }
  /** Closes all; resolves when all have ended, however long it takes. */
  closeAll(): Promise<void>
  /** How long until the next of those being closed has had its time, in ms; null: there is none. */
  dueMs(): number | null
  /** Numbers of the partitions that run. */
  numbers(): readonly number[]
}

export function createLanes(revokeWaitMs: number, now: () => number): Lanes {
  const runs = new Map<number, PartitionRun>()
  const closing = new Map<number, Closing>()
  /** Per partition, the end of its last run in this process: the next one waits for it. */
  const ends = new Map<number, Promise<void>>()

  function close(id: number, onEnd: () => void): void {
    const run = runs.get(id)
    if (!run) return
    runs.delete(id)
    run.stop()
    const entry: Closing = { run, since: now(), isOver: false }
    closing.set(id, entry)
    void run.ended.then(() => {
      entry.isOver = true
      onEnd()
    })
  }

  return {
    open(id, start) {
      const run = start(ends.get(id) ?? Promise.resolve())
      runs.set(id, run)
      ends.set(id, run.ended)
    },
    isOpen: id => runs.has(id),
    isClosing: id => closing.has(id),
    close,
    released() {
      const done = [...closing].filter(([, { isOver, since }]) => isOver || now() - since >= revokeWaitMs)
      for (const [id] of done) closing.delete(id)
      return {
        ids: done.map(([id]) => id),
        late: done.filter(([, { isOver }]) => !isOver).map(([, { run }]) => run.partition),
      }
    },
    async closeAll() {
      for (const id of [...runs.keys()]) close(id, () => undefined)
      const left = [...closing]
      await Promise.all(left.map(([, { run }]) => run.ended))
      for (const [id, entry] of left) if (closing.get(id) === entry) closing.delete(id)
    },
    dueMs() {
      const dues = [...closing.values()].map(({ since }) => Math.max(0, since + revokeWaitMs - now()))
      return dues.length === 0 ? null : Math.min(...dues)
    },
    numbers: () => [...runs.values()].map(run => run.partition).sort((a, b) => a - b),
  }
}
