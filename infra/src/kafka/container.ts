import type { Kafka, KafkaOptions } from './start-kafka.ts'
export function startKafkaInDocker(_options: KafkaOptions): Promise<Kafka> { throw new Error('todo') }
