import type { ResourceName } from '../objects/object-store.ts'
import type { Strategy } from '../objects/strategy.ts'
import { daemonSetStrategy } from './daemonset/strategy.ts'
import { plainStrategy, withGeneration, withGenerationOfSpec, withPresentStatus } from './strategy.ts'

const podStrategy: Strategy = {
  ...plainStrategy,
  prepareCreate: object => ({ ...withGeneration(object, 1), status: { phase: 'Pending', qosClass: 'BestEffort' } }),
  prepareUpdate: (object, present) => withGenerationOfSpec(withPresentStatus(object, present), present),
  graceSeconds({ spec, status }, { gracePeriodSeconds }) {
    const { nodeName, terminationGracePeriodSeconds = 30 } = spec as {
      nodeName?: string
      terminationGracePeriodSeconds?: number
    }
    const { phase } = status as { phase?: string }
    if (!nodeName || phase === 'Failed' || phase === 'Succeeded') return 0
    const wanted = gracePeriodSeconds ?? terminationGracePeriodSeconds
    return wanted < 0 ? 1 : wanted
  },
}

const namespaceStrategy: Strategy = {
  ...plainStrategy,
  prepareCreate: object => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name },
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }),
  prepareUpdate: (object, present) => ({
    ...withPresentStatus(object, present),
    ...(present.spec === undefined ? {} : { spec: present.spec }),
  }),
}

export const strategies: { readonly [name in ResourceName]: Strategy } = {
  nodes: { ...plainStrategy, prepareUpdate: withPresentStatus },
  pods: podStrategy,
  namespaces: namespaceStrategy,
  events: plainStrategy,
  daemonsets: daemonSetStrategy,
  controllerrevisions: plainStrategy,
  leases: plainStrategy,
  serviceaccounts: plainStrategy,
}
