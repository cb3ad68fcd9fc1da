import { type Problem, problemMediaType, problemSchema } from '@rollcall/contracts/api'
import { createManualTime, createMemoryLogger, type ManualTime } from '@rollcall/service'
import type { AuditStore } from '@rollcall/store'
import { expect } from 'vitest'
import { type Auditor, startAuditor } from '../auditor.ts'
import { type AuditorPorts, silentMetrics } from '../ports.ts'
import type { AuditorSettings } from '../settings.ts'

/** An auditor on a free port, in virtual time, and how tests ask it. */
export type Asking = {
  readonly auditor: Auditor
  readonly time: ManualTime
  readonly logger: ReturnType<typeof createMemoryLogger>
  get(path: string, init?: RequestInit): Promise<Response>
  answer<T>(path: string): Promise<T>
  /** The problem that the question gets; its media type and status are checked on the way. */
  problem(path: string, init?: RequestInit): Promise<Problem>
}

export async function startAsking(
  store: AuditStore,
  settings: Partial<AuditorSettings> = {},
  over: Partial<Pick<AuditorPorts, 'log' | 'users'>> = {},
): Promise<Asking> {
  const time = createManualTime()
  const logger = createMemoryLogger()
  const ports = {
    log: null,
    users: null,
    ...over,
    store,
    clock: time.clock,
    timers: time.timers,
    logger,
    metrics: silentMetrics,
  }
  const auditor = await startAuditor(ports, { port: 0, ...settings })
  const get = (path: string, init?: RequestInit) => fetch(`${auditor.url}${path}`, init)
  return {
    auditor,
    time,
    logger,
    get,
    async answer<T>(path: string) {
      const response = await get(path)
      expect(response.status, await response.clone().text()).toBe(200)
      return (await response.json()) as T
    },
    async problem(path, init) {
      const response = await get(path, init)
      expect(response.headers.get('content-type')).toBe(problemMediaType)
      const problem = problemSchema.parse(await response.json())
      expect(problem.status).toBe(response.status)
      return problem
    },
  }
}
