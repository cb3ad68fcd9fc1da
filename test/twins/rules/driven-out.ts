import type { Taint } from '../objects.ts'
import type { Picture } from '../picture.ts'
import type { Step } from '../step.ts'
import { nodeAt, podIn, type Toleration } from './pictured.ts'

/** Titles of the DaemonSets whose pods a step drives out: they stood on the node before it, and do not tolerate its NoExecute taint. */
export function drivenOutBy(step: Step, story: string, before: Picture | undefined): readonly string[] {
  if (step.do !== 'taint' || before === undefined) return []
  const taints = step.taints.filter(({ effect }) => effect === 'NoExecute')
  return [...before].flatMap(([at, pod]) => {
    const title = at.startsWith('pod/') ? at.split('/')[2] : undefined
    if (title === undefined || nodeAt(at) !== `${story}-${step.node}`) return []
    const tolerations = podIn(pod).spec?.tolerations ?? []
    return taints.every(taint => tolerations.some(toleration => tolerates(toleration, taint))) ? [] : [title]
  })
}

/** As the API documents it (core/v1 Toleration). */
function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== taint.effect) return false
  if (key !== undefined && key !== taint.key) return false
  return operator === 'Exists' || (key !== undefined && value === (taint.value ?? ''))
}
