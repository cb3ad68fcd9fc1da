import { join } from 'node:path'
import { onFreePorts, withFacts } from '@rollcall/local-process'
import { dockerHost } from '../docker/docker-host.ts'
import { runContainer } from '../docker/run-container.ts'
import { settings } from '../settings.ts'
import { kafkaMetadata } from './metadata-request.ts'
import { brokerEnvironment } from './properties.ts'
import type { Kafka, KafkaOptions } from './start-kafka.ts'

const readyMsMax = 90_000
const stopMsMax = 15_000
/** In the container: for clients outside, for the broker itself, for the controller. */
const [clientPort, brokerPort, controllerPort] = [9092, 19092, 29093]
const dataDir = '/var/lib/kafka/data'

/** Kafka in a container of Kafka's own image, or of any that takes the same environment. */
export async function startKafkaInDocker(options: KafkaOptions): Promise<Kafka> {
  const image = options.image ?? settings.kafkaImage()
  const host = await dockerHost()
  return onFreePorts({ port: options.port }, async ({ port }) => {
    const address = `${host}:${port}`
    const running = await runContainer(
      {
        name: 'kafka',
        image,
        environment: environmentFor(address),
        port: { host: port, container: clientPort },
        data: { host: join(options.dir, 'data'), container: dataDir },
        logFile: join(options.dir, 'kafka.log'),
        answers: async () => (await kafkaMetadata(host, port)).brokers.includes(address),
        readyMsMax,
        stopMsMax,
        imageMend: 'Set ROLLCALL_KAFKA_IMAGE to one that is here, or make one with `node infra/images/build.ts`',
        keep: options.keep,
      },
      options.progress,
    )
    return withFacts(running, { brokers: [address] })
  })
}

/** The broker finds itself inside the container; the address outside is for clients only. */
function environmentFor(address: string): Record<string, string> {
  return {
    ...brokerEnvironment(),
    KAFKA_LISTENERS: `OUTSIDE://:${clientPort},PLAINTEXT://127.0.0.1:${brokerPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    KAFKA_ADVERTISED_LISTENERS: `OUTSIDE://${address},PLAINTEXT://127.0.0.1:${brokerPort}`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'OUTSIDE:PLAINTEXT,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_CONTROLLER_QUORUM_VOTERS: `1@127.0.0.1:${controllerPort}`,
    KAFKA_LOG_DIRS: dataDir,
    KAFKA_HEAP_OPTS: '-Xms128m -Xmx512m',
  }
}
