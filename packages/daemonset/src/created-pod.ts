import { type CommandOf, overrideLabel, overrideValue, type PodFacts, type TemplateFacts } from '@rollcall/contracts'
import { generationLabel, hashLabel } from './pods.ts'

/** The pod that a creation makes, as far as the command tells: `template` of its DaemonSet, `object` as the API server named it. */
export function createdPod(
  command: CommandOf<'CreatePod'>,
  template: Pick<TemplateFacts, 'labels'> | undefined,
  object: Pick<PodFacts, 'name' | 'uid' | 'resourceVersion'>,
  at: number,
): PodFacts {
  const { daemonSet, revision, templateGeneration, node } = command
  const labels: Record<string, string> = { ...template?.labels, [hashLabel]: revision.hash }
  if (command.asked?.override) labels[overrideLabel] = overrideValue(command.asked.override)
  if (templateGeneration !== null) labels[generationLabel] = String(templateGeneration)
  return {
    namespace: daemonSet.namespace,
    name: object.name,
    uid: object.uid,
    resourceVersion: object.resourceVersion,
    createdAt: at,
    deletedAt: null,
    labels,
    owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: daemonSet.name, uid: daemonSet.uid },
    commandId: command.id,
    nodeName: null,
    target: node,
    phase: 'Pending',
    ready: false,
    readySince: null,
    reason: null,
    restarts: 0,
    trouble: null,
  }
}
