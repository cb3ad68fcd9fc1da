import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Progress } from '@rollcall/local-process'
import { onFreePorts, run, StartError } from '@rollcall/local-process'
import { cached } from '../cache/cached.ts'
import { toolMends } from '../tools.ts'
import { prepareBroker } from './broker.ts'

/**
 * For a broker that lives for minutes: a small heap, and only the compiler that is quick. No performance data in /tmp; out of
 * memory ends the broker, it does not limp.
 */
const flags = [
  '-Xms128m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UsePerfData',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
  // Prints all 300 settings at every start: the last 20 lines of a log would be these.
  '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config=warn',
]
const archiveMsMax = 60_000

/** The JVM with the flags and the class path for Kafka, and with its class archive. */
export async function javaForKafka(jars: string, progress?: Progress): Promise<readonly [string, ...string[]]> {
  const version = await javaVersion()
  const archive = await classArchive(jars, version, progress)
  return ['java', ...flags, ...(archive === null ? [] : [`-XX:SharedArchiveFile=${archive}`]), '-cp', `${jars}/*`]
}

async function javaVersion(): Promise<string> {
  try {
    return (await promisify(execFile)('java', ['-version'])).stderr
  } catch (cause) {
    throw new StartError({
      code: 'tool-missing',
      what: 'Kafka needs java, which is not here',
      mend: toolMends.java,
      cause,
    })
  }
}

/**
 * The classes of Kafka as the JVM keeps them in memory (class data sharing): a broker starts in half the time. Made
 * once by a broker that starts and stops. Only an acceleration: null when it could not be made.
 */
async function classArchive(jars: string, version: string, progress: Progress | undefined): Promise<string | null> {
  const name = 'kafka.jsa'
  const build = (dir: string): Promise<void> =>
    onFreePorts({ port: undefined, controllerPort: undefined }, async ports => {
      const java = ['java', ...flags, `-XX:ArchiveClassesAtExit=${join(dir, name)}`, '-cp', `${jars}/*`] as const
      const part = await prepareBroker({ dir, ...ports, java: [...java], stopMsMax: archiveMsMax })
      await (await run(part)).stop()
    })
  try {
    const title = 'the class archive of Kafka'
    const dir = await cached(
      { kind: 'kafka-classes', title, files: [], facts: [jars, version, ...flags], build },
      progress,
    )
    return existsSync(join(dir, name)) ? join(dir, name) : null
  } catch (error) {
    progress?.(`going on without the class archive of Kafka: ${(error as Error).message.split('\n')[0]}`)
    return null
  }
}
