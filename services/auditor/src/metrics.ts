import { Counter, Gauge, Histogram, type Registry } from '@rollcall/service'
import type { AuditorMetrics } from './ports.ts'

/** The auditor's series in a Prometheus registry. */
export function createAuditorMetrics(registry: Registry): AuditorMetrics {
  const registers = [registry]
  const seconds = new Histogram({
    name: 'rollcall_auditor_answer_seconds',
    help: 'Time to answer a question, by route and status.',
    labelNames: ['route', 'status'],
    buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers,
  })
  const followers = new Gauge({ name: 'rollcall_auditor_followers', help: 'Event streams that are open.', registers })
  const told = new Counter({ name: 'rollcall_auditor_events_told_total', help: 'Events sent to followers.', registers })
  const cutOff = new Counter({
    name: 'rollcall_auditor_followers_cut_off_total',
    help: 'Followers cut off because they did not read.',
    registers,
  })
  const refused = new Counter({
    name: 'rollcall_auditor_refused_total',
    help: 'Requests whose token was nobody’s (wrong), or that bore none where one is needed (none).',
    labelNames: ['token'],
    registers,
  })
  return {
    answered: (route, status, took) => seconds.observe({ route, status: String(status) }, took),
    followers: count => followers.set(count),
    told: count => told.inc(count),
    cutOff: () => cutOff.inc(),
    refused: token => refused.inc({ token }),
  }
}
