import type { EventLog } from '@rollcall/event-log'
import { type BatchCommit, StoreError } from '@rollcall/store'
import type { ReconcilerStore } from '../ports.ts'

/** What goes wrong at the edges of one reconciler, and when. */
export type Faults = {
  /** Next commits, in order: lost before they reached the store, or lost was only the answer, or refused. */
  readonly commits: ('lost' | 'answer-lost' | 'refused')[]
  /** Everything fails: as if the process were gone. */
  isDead: boolean
  /** Commands do not reach the log. */
  noPublishing: boolean
  /** What took effect. */
  readonly committed: BatchCommit[]
  /** Called when a commit fails. */
  onFault: (() => Promise<void>) | null
  /** Called before each commit takes effect. */
  beforeCommit: (() => Promise<void>) | null
}

export const noFaults = (): Faults => ({
  commits: [],
  isDead: false,
  noPublishing: false,
  committed: [],
  onFault: null,
  beforeCommit: null,
})

/** A store that fails as told. */
export function faultyStore(store: ReconcilerStore, faults: Faults): ReconcilerStore {
  const alive =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (faults.isDead) throw new StoreError('unreachable', 'this process is dead')
      return await call(...args)
    }
  return {
    ready: () => store.ready(),
    takeOwnership: alive((...args) => store.takeOwnership(...args)),
    loadStream: alive((...args) => store.loadStream(...args)),
    readLedger: (...args) => store.readLedger(...args),
    streamsOf: alive((...args) => store.streamsOf(...args)),
    unpublishedCommands: alive((...args) => store.unpublishedCommands(...args)),
    makePartitions: alive((...args) => store.makePartitions(...args)),
    signCheckpoint: alive((...args) => store.signCheckpoint(...args)),
    markPublished: alive((...args) => store.markPublished(...args)),
    watchPositions: alive((...args) => store.watchPositions(...args)),
    clusterUid: alive((...args) => store.clusterUid(...args)),
    healthy: () => store.healthy(),
    commitBatch: alive(async commit => {
      const fault = faults.commits.shift()
      if (fault) await faults.onFault?.()
      if (fault === 'lost') throw new StoreError('unreachable', 'the connection was cut')
      if (fault === 'refused') throw new StoreError('failed', 'the server refused')
      await faults.beforeCommit?.()
      await store.commitBatch(commit)
      faults.committed.push(commit)
      if (fault === 'answer-lost') throw new StoreError('unreachable', 'the connection was cut')
    }),
  }
}

/** A log that fails as told. */
export function faultyLog(log: EventLog, faults: Faults): EventLog {
  return {
    ensureTopics: () => log.ensureTopics(),
    async append(topic, records) {
      if (faults.isDead || (faults.noPublishing && topic === 'rollcall.commands')) throw new Error('no broker')
      await log.append(topic, records)
    },
    subscribe: options => log.subscribe(options),
    healthy: () => log.healthy(),
    close: () => log.close(),
  }
}
