import { goCanonicalJson, type Json } from '@rollcall/contracts'
import { eligibilityOf } from '@rollcall/daemonset'
import { daemonSetFacts, nodeFacts } from '../../../packages/kube/src/facts/index.ts'
import { type Toleration, withDaemonTolerations } from '../../../services/executor/src/pod/tolerations.ts'
import { at, isObject } from '../manifest.ts'
import type { Question } from './questions.ts'

/** What is asked of the reference and of us: its verdict (spec §2), tolerations (§1.7), and a revision's data (§1.3). */
export type Answer = {
  readonly shouldRun: boolean
  readonly shouldContinue: boolean
  readonly tolerations: readonly Toleration[]
  readonly patch: string
}

export function ourAnswer({ daemonSet, node }: Question): Answer {
  const { verdict } = eligibilityOf(daemonSetFacts(daemonSet).template, nodeFacts(node))
  const template = at(daemonSet, 'spec', 'template')
  const spec = at(template, 'spec')
  const own = at(spec, 'tolerations')
  return {
    shouldRun: verdict === 'shouldRun',
    shouldContinue: verdict !== 'shouldNotRun',
    tolerations: withDaemonTolerations(
      (Array.isArray(own) ? own : []) as Toleration[],
      at(spec, 'hostNetwork') === true,
    ),
    patch: goCanonicalJson({
      spec: { template: { ...(isObject(template) ? template : {}), $patch: 'replace' } },
    } as Json),
  }
}
