import type { ResourceName } from '../objects/object-store.ts'
import type { Strategy } from '../objects/strategy.ts'
import { controllerRevisionStrategy } from './controller-revision.ts'
import { daemonSetStrategy } from './daemonset/strategy.ts'
import { eventStrategy } from './event.ts'
import { leaseStrategy } from './lease.ts'
import { namespaceStrategy } from './namespace.ts'
import { nodeStrategy } from './node.ts'
import { podStrategy } from './pod/strategy.ts'
import { plainStrategy } from './strategy.ts'

/** How each resource is defaulted, validated and written. */
export const strategies: { readonly [name in ResourceName]: Strategy } = {
  nodes: nodeStrategy,
  pods: podStrategy,
  namespaces: namespaceStrategy,
  events: eventStrategy,
  daemonsets: daemonSetStrategy,
  controllerrevisions: controllerRevisionStrategy,
  leases: leaseStrategy,
  serviceaccounts: plainStrategy,
}
