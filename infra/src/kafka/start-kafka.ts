import { resolve } from 'node:path'
import type { Running, StartOptions } from '@rollcall/local-process'
import type { Via } from '../contract.ts'
import { dockerAnswers } from '../docker/docker-answers.ts'
import { startKafkaInDocker } from './container.ts'
import { startKafkaNative } from './native.ts'

export type KafkaOptions = StartOptions & {
  /** Of the listener for clients; absent: a free one. */
  readonly port?: number
  /** Default: `auto`. */
  readonly via?: Via
  /** The image when in Docker; default: `ROLLCALL_KAFKA_IMAGE`, or apache/kafka. */
  readonly image?: string
}

export type Kafka = Running & {
  /** `host:port` of each broker, for a client's bootstrap. */
  readonly brokers: string[]
}

/** Starts Apache Kafka: one broker in KRaft mode, topics are not created by themselves. @throws StartError */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  const via = options.via ?? 'auto'
  const inDocker = via === 'docker' || (via === 'auto' && (await dockerAnswers()))
  const located = { ...options, dir: resolve(options.dir) }
  return inDocker ? startKafkaInDocker(located) : startKafkaNative(located)
}
