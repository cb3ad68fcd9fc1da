import type { KubeObject } from '../objects/object-store.ts'
import type { Strategy } from '../objects/strategy.ts'
import { validateMetadata } from './metadata.ts'
import { plainStrategy, withPresentStatus } from './strategy.ts'

/** `pkg/registry/core/namespace/strategy.go`. */
export const namespaceStrategy: Strategy = {
  ...plainStrategy,
  prepareCreate: namespace => ({
    ...withNameLabel(namespace),
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }),
  prepareUpdate: (namespace, present) => ({
    ...withPresentStatus(withNameLabel(namespace), present),
    ...(present.spec === undefined ? {} : { spec: present.spec }),
  }),
  validateCreate: namespace => validateMetadata(namespace, false, 'dnsLabel'),
}

/** So that selectors can choose namespaces by name. */
function withNameLabel(namespace: KubeObject): KubeObject {
  const { metadata } = namespace
  const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name }
  return { ...namespace, metadata: { ...metadata, labels } }
}
