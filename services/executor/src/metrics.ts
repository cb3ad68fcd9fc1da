import { Counter, Gauge, Histogram, type Registry } from '@rollcall/service'
import type { ExecutorMetrics } from './ports.ts'

const seconds = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60, 300]

/** The executor's series in a registry. */
export function createExecutorMetrics(registry: Registry): ExecutorMetrics {
  const registers = [registry]
  const settled = new Counter({
    name: 'rollcall_executor_commands_total',
    help: 'Commands that have their outcome.',
    labelNames: ['cluster', 'type', 'result'],
    registers,
  })
  const duration = new Histogram({
    name: 'rollcall_executor_command_seconds',
    help: 'From the arrival of a command to its outcome.',
    labelNames: ['cluster', 'type'],
    buckets: seconds,
    registers,
  })
  const retried = new Counter({
    name: 'rollcall_executor_retries_total',
    help: 'Attempts that have to be repeated, by why.',
    labelNames: ['cluster', 'type', 'cause'],
    registers,
  })
  const requests = new Histogram({
    name: 'rollcall_executor_request_seconds',
    help: 'Requests to API servers, by the code of the answer (unreachable: none came).',
    labelNames: ['cluster', 'verb', 'resource', 'code'],
    buckets: seconds,
    registers,
  })
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `rollcall_executor_${name}`, help, labelNames: ['cluster'], registers })
  const limit = gauge('concurrency_limit', 'Requests the cluster gets side by side at most, as adapted.')
  const running = gauge('running_requests', 'Commands and Events under way.')
  const held = gauge('held_commands', 'Commands that arrived and have no outcome in the log yet.')
  const paused = gauge('cluster_paused', '1 while the cluster does not answer.')
  const kubeEvents = new Counter({
    name: 'rollcall_executor_kube_events_total',
    help: 'Kubernetes Events by what became of them.',
    labelNames: ['cluster', 'fate'],
    registers,
  })
  const unreadable = new Counter({
    name: 'rollcall_executor_unreadable_commands_total',
    help: 'Records of the commands topic that could not be read.',
    labelNames: ['code'],
    registers,
  })
  const fenced = new Counter({
    name: 'rollcall_executor_fenced_total',
    help: 'Partitions given up because another process had raised the epoch.',
    registers,
  })

  return {
    settled(cluster, type, result, took) {
      settled.inc({ cluster, type, result })
      duration.observe({ cluster, type }, took)
    },
    retried: (cluster, type, cause) => retried.inc({ cluster, type, cause }),
    requested: (cluster, verb, resource, code, took) => requests.observe({ cluster, verb, resource, code }, took),
    lane(cluster, state) {
      limit.set({ cluster }, state.limit)
      running.set({ cluster }, state.running)
      held.set({ cluster }, state.held)
      paused.set({ cluster }, state.paused ? 1 : 0)
    },
    kubeEvent: (cluster, fate) => kubeEvents.inc({ cluster, fate }),
    unreadable: code => unreadable.inc({ code }),
    fenced: () => fenced.inc(),
  }
}

const nothing = () => undefined
/** Counts nothing: for simulation and tests. */
export const noMetrics: ExecutorMetrics = {
  settled: nothing,
  retried: nothing,
  requested: nothing,
  lane: nothing,
  kubeEvent: nothing,
  unreadable: nothing,
  fenced: nothing,
}
