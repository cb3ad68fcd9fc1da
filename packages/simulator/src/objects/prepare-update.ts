import { metadataOf } from './metadata.ts'
import { heldBy } from './namespaces.ts'
import type { Draft, KubeObject, Subresource } from './object-store.ts'
import type { Strategy } from './strategy.ts'

/** The object as it will be, if it is valid: what a client may not change is the present object's. */
export function prepareUpdate(
  strategy: Strategy,
  present: KubeObject,
  draft: Draft,
  subresource: Subresource | undefined,
): KubeObject {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, managedFields } = present.metadata
  const { deletionTimestamp, deletionGracePeriodSeconds } = present.metadata
  const object: KubeObject = {
    ...draft,
    kind: present.kind,
    apiVersion: present.apiVersion,
    metadata: metadataOf({
      ...draft.metadata,
      name,
      namespace,
      uid,
      resourceVersion,
      generation,
      creationTimestamp,
      deletionTimestamp,
      deletionGracePeriodSeconds,
      managedFields,
    }),
  }
  switch (subresource) {
    case undefined:
      return strategy.prepareUpdate(object, present)
    case 'status':
      return strategy.prepareStatus(object, present)
    case 'finalize':
      return { ...present, spec: { ...(present.spec as object), finalizers: heldBy(object) } }
  }
}
