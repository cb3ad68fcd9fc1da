import { Executor, type ExecutorOptions } from './executor.ts'
import { defaultLimitOptions } from './flow/adaptive-limit.ts'
import type { ExecutorPorts } from './ports.ts'

export type { ExecutorOptions } from './executor.ts'
export { executorGroup } from './executor.ts'
export { createExecutorMetrics, noMetrics } from './metrics.ts'
export { commandAnnotation } from './pod/pod-form.ts'
export type { ExecutorMetrics, ExecutorPorts } from './ports.ts'
export { neededRights, uses } from './rights.ts'

export const defaultOptions: ExecutorOptions = {
  limit: defaultLimitOptions,
  requestTimeoutMs: 35_000,
  backoff: { baseMs: 250, maxMs: 30_000 },
  reportAfterMs: 15_000,
  heldPerClusterMax: 100_000,
  heldMax: 400_000,
  commitEveryMs: 200,
  rightsEveryMs: 300_000,
  drainMs: 8_000,
}

/** A running executor. */
export interface RunningExecutor {
  /** What it cannot do and why, by name; null: all is well. For /readyz. */
  troubles(): { readonly [name: string]: string | null }
  /** Clusters that do not answer just now. */
  outages(): readonly string[]
  /** Ends what is under way (bounded), puts outcomes and offsets away, leaves the group. */
  stop(): Promise<void>
}

/** Consumes commands, applies them to their clusters, and reports the outcomes. @throws EventLogError */
export async function startExecutor(
  ports: ExecutorPorts,
  options: Partial<ExecutorOptions> = {},
): Promise<RunningExecutor> {
  const executor = new Executor(ports, { ...defaultOptions, ...options })
  await executor.start()
  return executor
}
