import { join } from 'node:path'
import type { Progress } from '@rollcall/local-process'
import { buildStep } from '@rollcall/local-process'
import { cached } from '../cache/cached.ts'
import { infraDir } from '../settings.ts'
import { toolMends } from '../tools.ts'

const pom = join(infraDir, 'kafka/pom.xml')
const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'

/** The folder with the jars of Kafka, from Maven: `kafka/pom.xml` says which. */
export function kafkaJars(progress?: Progress): Promise<string> {
  return cached(
    {
      kind: 'kafka',
      title: 'the jars of Apache Kafka',
      files: [pom],
      facts: [copyDependencies],
      build: (dir, logFile) =>
        buildStep({
          title: 'Kafka',
          command: [
            'mvn',
            '-B',
            '-q',
            '-f',
            pom,
            copyDependencies,
            '-DincludeScope=runtime',
            `-DoutputDirectory=${dir}`,
          ],
          cwd: dir,
          logFile,
          toolMend: toolMends.maven,
        }),
    },
    progress,
  )
}
