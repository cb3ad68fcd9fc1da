import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Keep, Part } from '@rollcall/local-process'
import { buildStep } from '@rollcall/local-process'
import { toolMends } from '../tools.ts'
import { kafkaMetadata } from './metadata-request.ts'
import { brokerProperties } from './properties.ts'

const readyMsMax = 60_000

export type BrokerOptions = {
  readonly dir: string
  readonly port: number
  readonly controllerPort: number
  /** The JVM with its flags and class path. */
  readonly java: readonly [string, ...string[]]
  readonly keep?: Keep | undefined
  readonly stopMsMax: number
}

/** Writes configuration and identity of a broker into its folder (data found there is kept), and says how it runs. */
export async function prepareBroker(options: BrokerOptions): Promise<Part> {
  const { dir, java, port, controllerPort } = options
  const dataDir = join(dir, 'data')
  const configuration = join(dir, 'server.properties')
  mkdirSync(dir, { recursive: true })
  writeFileSync(configuration, brokerProperties({ port, controllerPort, dataDir }))
  const identity = join(dataDir, 'meta.properties')
  if (!existsSync(identity)) await format(java, configuration, dir)
  const clusterId = /^cluster\.id=(.+)$/m.exec(readFileSync(identity, 'utf8'))?.[1]
  return {
    name: 'kafka',
    command: [...java, 'kafka.Kafka', configuration],
    logFile: join(dir, 'kafka.log'),
    stopSignal: 'SIGTERM',
    stopMsMax: options.stopMsMax,
    keep: options.keep,
    readyMsMax,
    answers: async () => {
      const metadata = await kafkaMetadata('127.0.0.1', port)
      // Somebody else's broker on this port is no answer.
      return metadata.brokers.includes(`127.0.0.1:${port}`) && metadata.clusterId === clusterId
    },
  }
}

function format(java: readonly [string, ...string[]], configuration: string, dir: string): Promise<void> {
  // 16 random bytes: what `random-uuid` of the same tool would give, without another JVM.
  const clusterId = randomBytes(16).toString('base64url')
  return buildStep({
    title: 'Formatting the data folder of Kafka',
    command: [...java, 'kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', configuration],
    cwd: dir,
    logFile: join(dir, 'format.log'),
    toolMend: toolMends.java,
  })
}
