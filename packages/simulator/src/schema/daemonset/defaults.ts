import { mapField, withDefaults } from '../defaults.ts'
import { withPodSpecDefaults } from '../pod/defaults.ts'
import type { DaemonSetSpec } from './daemonset.ts'

/** spec §8.1 (`pkg/apis/apps/v1/defaults.go`). */
export function withDaemonSetDefaults(spec: DaemonSetSpec): DaemonSetSpec {
  const filled = withDefaults(spec, { updateStrategy: {}, revisionHistoryLimit: 10, template: {} })
  const withStrategy = mapField(filled, 'updateStrategy', strategy => {
    const typed = withDefaults(strategy, { type: 'RollingUpdate' })
    if (typed.type !== 'RollingUpdate') return typed
    const rolling = withDefaults(typed, { rollingUpdate: {} })
    return mapField(rolling, 'rollingUpdate', update => withDefaults(update, { maxUnavailable: 1, maxSurge: 0 }))
  })
  return mapField(withStrategy, 'template', template =>
    mapField(withDefaults(template, { spec: {} }), 'spec', withPodSpecDefaults),
  )
}
