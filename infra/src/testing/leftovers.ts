import { readdirSync, readFileSync } from 'node:fs'
import { until } from '@rollcall/local-process'
import { getContainerRuntimeClient } from 'testcontainers'
import { dockerAnswers } from '../docker/docker-answers.ts'

/** The command lines of the processes that have something to do with a folder. */
export function processesOf(dir: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(commandOf)
    .filter(command => command.includes(dir))
}

/** What is still there a moment later (a guard ends just after the process it guards): processes and containers. */
export async function leftBehind(dir: string): Promise<string[]> {
  await until(() => processesOf(dir).length === 0, { msMax: 2_000 })
  return [...processesOf(dir), ...(await containersOf(dir))]
}

async function containersOf(dir: string): Promise<string[]> {
  if (!(await dockerAnswers())) return []
  const { dockerode } = (await getContainerRuntimeClient()).container
  const containers = await dockerode.listContainers({ all: true })
  return containers.filter(each => each.Mounts.some(mount => mount.Source.startsWith(dir))).map(each => each.Image)
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
