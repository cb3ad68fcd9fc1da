import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { dockerAnswers } from './docker/docker-answers.ts'

export type Tool = 'go' | 'java' | 'maven' | 'docker'

export type MissingTool = {
  readonly tool: Tool
  /** What cannot be started without it. */
  readonly neededFor: string
  /** A sentence: how to get it. */
  readonly mend: string
}

/** How to get each tool; also the mend of a build that fails for the lack of it. */
export const toolMends: Readonly<Record<Tool, string>> = {
  go: 'Go 1.26 or newer is needed: from the Go project, or `apt-get install golang` where that is as new',
  java: 'A JDK 17 or newer is needed: `apt-get install openjdk-17-jdk-headless`',
  maven: 'Maven 3.8 or newer is needed: `apt-get install maven`',
  docker: 'A Docker engine is optional: `apt-get install docker.io`, or infra/images/with-docker.ts for one by hand',
}

const neededFor: Readonly<Record<Tool, string>> = {
  go: 'the Kubernetes control plane, KWOK and the object store',
  java: 'Kafka without Docker',
  maven: 'Kafka without Docker',
  docker: 'Kafka and Postgres through testcontainers',
}

const goMinor = 26
const javaMajor = 17

/** Which of Go, a JDK, Maven and Docker this machine lacks (or has too old), what for, and how to get it. */
export async function missingTools(): Promise<readonly MissingTool[]> {
  const present: Readonly<Record<Tool, () => Promise<boolean>>> = {
    go: async () => Number(/go1\.(\d+)/.exec(await says('go', ['version']))?.[1] ?? 0) >= goMinor,
    java: async () => javaMajorOf(await says('java', ['-version'])) >= javaMajor,
    maven: async () => /Apache Maven/.test(await says('mvn', ['-v'])),
    docker: dockerAnswers,
  }
  const tools = Object.keys(present) as Tool[]
  const answers = await Promise.all(tools.map(tool => present[tool]()))
  return tools
    .filter((_, index) => answers[index] === false)
    .map(tool => ({ tool, neededFor: neededFor[tool], mend: toolMends[tool] }))
}

/** `openjdk version "17.0.15"` → 17; `java version "1.8.0"` → 1, which is too old in any case. */
function javaMajorOf(text: string): number {
  return Number(/version "(\d+)/.exec(text)?.[1] ?? 0)
}

async function says(tool: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(tool, args, { timeout: 20_000 })
    return stdout + stderr
  } catch {
    return ''
  }
}
