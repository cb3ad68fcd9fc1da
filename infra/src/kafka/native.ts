import { onFreePorts, run, withFacts } from '@rollcall/local-process'
import { prepareBroker } from './broker.ts'
import { kafkaJars } from './jars.ts'
import { javaForKafka } from './java.ts'
import type { Kafka, KafkaOptions } from './start-kafka.ts'

const stopMsMax = 15_000

/** Kafka as a process of this machine. */
export async function startKafkaNative(options: KafkaOptions): Promise<Kafka> {
  const { dir, progress, keep } = options
  const java = await javaForKafka(await kafkaJars(progress), progress)
  return onFreePorts({ port: options.port, controllerPort: undefined }, async ports => {
    const part = await prepareBroker({ dir, ...ports, java, keep, stopMsMax })
    return withFacts(await run(part, progress), { brokers: [`127.0.0.1:${ports.port}`] })
  })
}
