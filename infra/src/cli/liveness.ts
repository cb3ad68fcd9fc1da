import { endProcess, isAlive } from '@rollcall/local-process'
import { getContainerRuntimeClient } from 'testcontainers'
import { removeContainer } from '../docker/run-container.ts'
import type { Record } from './records.ts'

/** Whether what a record speaks of still runs: that very process, not one that was given its pid later. */
export async function isUp({ as }: Record): Promise<boolean> {
  if ('pid' in as) return isAlive(as)
  const state = await containerState(as.containerId)
  return state?.Running === true
}

/** Its pid as this machine sees it; null when it does not run. */
export async function pidOf({ as }: Record): Promise<number | null> {
  if ('pid' in as) return isAlive(as) ? as.pid : null
  return (await containerState(as.containerId))?.Pid || null
}

export async function end(record: Record): Promise<'was gone' | 'stopped' | 'killed'> {
  const { as } = record
  if ('pid' in as) return endProcess(as, { signal: record.stopSignal, msMax: record.stopMsMax })
  const wasUp = await isUp(record)
  const client = await getContainerRuntimeClient()
  const container = client.container.getById(as.containerId)
  if (wasUp) await container.stop({ t: Math.ceil(record.stopMsMax / 1000) })
  await removeContainer(container)
  return wasUp ? 'stopped' : 'was gone'
}

async function containerState(id: string): Promise<{ readonly Running: boolean; readonly Pid: number } | null> {
  try {
    const client = await getContainerRuntimeClient()
    return (await client.container.getById(id).inspect()).State
  } catch {
    return null
  }
}
