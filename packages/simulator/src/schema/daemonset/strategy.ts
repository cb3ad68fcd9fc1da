import { isEqual } from '../../objects/frozen.ts'
import type { KubeObject } from '../../objects/object-store.ts'
import type { Strategy } from '../../objects/strategy.ts'
import { plainStrategy, withGeneration, withGenerationOfSpec, withPresentStatus } from '../strategy.ts'

const templateGenerationAnnotation = 'deprecated.daemonset.template.generation'

/** Counts the changes of the template. apps/v1 knows it as an annotation only; the server owns it. */
export function templateGenerationOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[templateGenerationAnnotation] ?? 0)
}

function withTemplateGeneration(object: KubeObject, generation: number): KubeObject {
  const annotations = { ...object.metadata.annotations, [templateGenerationAnnotation]: String(generation) }
  return { ...object, metadata: { ...object.metadata, annotations } }
}

const templateOf = (object: KubeObject) => (object.spec as { template?: unknown } | undefined)?.template

/** Status as apps/v1 prints it when it is empty. */
const noStatus = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }

/** spec §8.2 (`pkg/registry/apps/daemonset/strategy.go`). */
export const daemonSetStrategy: Strategy = {
  ...plainStrategy,
  prepareCreate(object) {
    const counted = withTemplateGeneration(object, Math.max(1, templateGenerationOf(object)))
    return { ...withGeneration(counted, 1), status: noStatus }
  },
  prepareUpdate(object, present) {
    const templateGeneration = templateGenerationOf(present)
    const next = withPresentStatus(object, present)
    if (isEqual(templateOf(next), templateOf(present))) {
      return withGenerationOfSpec(withTemplateGeneration(next, templateGeneration), present)
    }
    const { generation = 0 } = present.metadata
    return withGeneration(withTemplateGeneration(next, templateGeneration + 1), generation + 1)
  },
}
