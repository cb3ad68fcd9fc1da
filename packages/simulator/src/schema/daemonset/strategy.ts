import { badRequest } from '../../objects/errors.ts'
import type { KubeObject } from '../../objects/object-store.ts'
import type { Strategy } from '../../objects/strategy.ts'
import { plainStrategy, withGeneration, withGenerationOfSpec, withPresentStatus } from '../strategy.ts'
import { daemonSetSpec, templateGenerationAnnotation, templateGenerationOf } from './daemonset.ts'
import { withDaemonSetDefaults } from './defaults.ts'
import { isSameTemplate, validateDaemonSet, validateDaemonSetStatus, validateDaemonSetUpdate } from './validate.ts'

/** Status as apps/v1 prints it when it is empty. */
const noStatus = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }

/** spec §8.2 (`pkg/registry/apps/daemonset/strategy.go`). */
export const daemonSetStrategy: Strategy = {
  ...plainStrategy,
  prepareCreate(object) {
    assertTemplateGeneration(object)
    const counted = withTemplateGeneration(object, Math.max(1, templateGenerationOf(object)))
    return { ...withGeneration(withDefaultedSpec(counted), 1), status: noStatus }
  },
  prepareUpdate(object, present) {
    assertTemplateGeneration(object)
    const next = withPresentStatus(withDefaultedSpec(object), present)
    const templateGeneration = templateGenerationOf(present)
    if (isSameTemplate(daemonSetSpec(next), daemonSetSpec(present))) {
      return withGenerationOfSpec(withTemplateGeneration(next, templateGeneration), present)
    }
    const { generation = 0 } = present.metadata
    return withGeneration(withTemplateGeneration(next, templateGeneration + 1), generation + 1)
  },
  prepareStatus(object, present) {
    const next = plainStrategy.prepareStatus(object, present)
    const status = { ...noStatus, ...(next.status as object) }
    return withTemplateGeneration({ ...next, status }, templateGenerationOf(present))
  },
  validateCreate: validateDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  validateStatus: validateDaemonSetStatus,
}

/** In the server's own version it is a number: another text cannot be read. @throws ApiStatusError 400 */
function assertTemplateGeneration({ metadata }: KubeObject): void {
  const text = metadata.annotations?.[templateGenerationAnnotation] ?? '0'
  if (/^[+-]?\d+$/.test(text)) return
  const why = `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`
  throw badRequest(`DaemonSet in version "v1" cannot be handled as a DaemonSet: ${why}`)
}

function withDefaultedSpec(object: KubeObject): KubeObject {
  return { ...object, spec: withDaemonSetDefaults(daemonSetSpec(object)) } as KubeObject
}

function withTemplateGeneration(object: KubeObject, generation: number): KubeObject {
  const annotations = { ...object.metadata.annotations, [templateGenerationAnnotation]: String(generation) }
  return { ...object, metadata: { ...object.metadata, annotations } }
}
