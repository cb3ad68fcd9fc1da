import { randomUUID } from 'node:crypto'
import { type TopicName, topics } from '@rollcall/contracts'
import type { EventLog, LogRecord, Subscription } from '../event-log.ts'
import type { LogUnderTest } from './log-under-test.ts'
import { createRecorder, type Recorder, type RecorderOptions } from './recorder.ts'
import { until } from './until.ts'

/** One test's part of the log: its own keys, groups and clients, all closed at its end. */
export type Scene = {
  readonly log: EventLog
  readonly topic: TopicName
  /** A key of this test. */
  key(name: string): string
  readonly group: string
  connect(): EventLog
  recorder(options?: Partial<RecorderOptions>): Recorder
  subscribe(recorder: Recorder, options?: { log?: EventLog; group?: string }): Promise<Subscription>
  /** Appends `count` records to each key, one append each, and tells the values in order. */
  append(keys: readonly string[], count: number): Promise<readonly string[]>
  until(what: string, holds: () => boolean): Promise<void>
  /** Where the records of the key lie, and where they start: found by reading. */
  locate(key: string): Promise<{ partition: number; offsets: readonly bigint[] }>
  end(): Promise<void>
}

export function createScene(under: LogUnderTest): Scene {
  const id = randomUUID().slice(0, 8)
  const topic = topics.events
  const clients: EventLog[] = []
  const recorders: Recorder[] = []
  let appended = 0

  function connect(): EventLog {
    const log = under.connect()
    clients.push(log)
    return log
  }

  const scene: Scene = {
    log: connect(),
    topic,
    group: `group-${id}`,
    connect,
    key: name => `${id}-${name}`,
    recorder(options = {}) {
      const recorder = createRecorder({ isMine: key => key.startsWith(id), ...options })
      recorders.push(recorder)
      return recorder
    },
    subscribe: (recorder, { log = scene.log, group = scene.group } = {}) =>
      log.subscribe({ topic, group, consumer: recorder.consumer }),
    async append(keys, count) {
      const values = Array.from({ length: count }, () => `v${appended++}`)
      for (const value of values) {
        await scene.log.append(
          topic,
          keys.map((key): LogRecord => ({ key, value })),
        )
      }
      return values
    },
    until: (what, holds) => until(what, under.patienceMs, holds),
    async locate(key) {
      const recorder = createRecorder({ isMine: other => other === key })
      const reader = await scene.log.subscribe({ topic, group: `locate-${randomUUID()}`, consumer: recorder.consumer })
      await until('the key is found', under.patienceMs, () => recorder.seen.length > 0)
      await reader.close()
      const partition = recorder.seen[0]?.partition ?? -1
      return { partition, offsets: recorder.seen.map(record => record.offset) }
    },
    async end() {
      await Promise.all(clients.map(client => client.close()))
      const broken = recorders.flatMap(recorder => recorder.broken)
      if (broken.length > 0) throw new Error(`broken promises:\n${broken.join('\n')}`)
    },
  }
  return scene
}
