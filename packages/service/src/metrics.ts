import { collectDefaultMetrics, Registry } from 'prom-client'

export { Counter, Gauge, Histogram, Registry } from 'prom-client'

/**
 * A registry of its own (never prom-client's global one, so that several services can live in one process), with the
 * process metrics unless `process: false`. Series are named `rollcall_<service>_<what>_<unit>`.
 */
export function createRegistry(options: { readonly service: string; readonly process?: boolean }): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ service: options.service })
  if (options.process !== false) collectDefaultMetrics({ register: registry })
  return registry
}
