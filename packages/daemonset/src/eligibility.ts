import type { NodeFacts, Reason, Taint, TemplateFacts, Toleration, Verdict } from '@rollcall/contracts'
import { termMatches } from './selectors.ts'

/** What a node deserves of one DaemonSet, and the facts that were judged. */
export type Eligibility = { readonly verdict: Verdict; readonly reason: Reason }

const toleration = (key: string, effect: string): Toleration => ({
  key,
  operator: 'Exists',
  value: '',
  effect,
  tolerationSeconds: null,
})

/** Added to every daemon pod (spec §1.7); the last one only with the host's network. */
const automatic: readonly Toleration[] = [
  toleration('node.kubernetes.io/not-ready', 'NoExecute'),
  toleration('node.kubernetes.io/unreachable', 'NoExecute'),
  toleration('node.kubernetes.io/disk-pressure', 'NoSchedule'),
  toleration('node.kubernetes.io/memory-pressure', 'NoSchedule'),
  toleration('node.kubernetes.io/pid-pressure', 'NoSchedule'),
  toleration('node.kubernetes.io/unschedulable', 'NoSchedule'),
]
const automaticWithHostNetwork = [...automatic, toleration('node.kubernetes.io/network-unavailable', 'NoSchedule')]

/** Their keys, each of one toleration. */
export const automaticKeys: readonly string[] = automaticWithHostNetwork.map(({ key }) => key)

/** The tolerations Rollcall adds to the template's own, in the reference's order; without those that are not wanted. */
export function automaticTolerations(hostNetwork: boolean, without: readonly string[] = []): readonly Toleration[] {
  const added = hostNetwork ? automaticWithHostNetwork : automatic
  return without.length === 0 ? added : added.filter(({ key }) => !without.includes(key))
}

/** Whether one toleration tolerates one taint (spec §2.3; the alpha gate for `Lt` and `Gt` is off). */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== '' && toleration.effect !== taint.effect) return false
  if (toleration.key !== '' && toleration.key !== taint.key) return false
  if (toleration.operator === '' || toleration.operator === 'Equal') return toleration.value === taint.value
  return toleration.operator === 'Exists'
}

function isTolerated(taint: Taint, template: TemplateFacts, without: readonly string[]): boolean {
  return (
    template.tolerations.some(own => tolerates(own, taint)) ||
    automaticTolerations(template.hostNetwork, without).some(added => tolerates(added, taint))
  )
}

const judged = (verdict: Verdict, rule: string, source: string, facts: Reason['facts']): Eligibility => ({
  verdict,
  reason: { rule, source, facts },
})

/**
 * Whether the pods of this template should run on this node, may only continue there, or should not be there
 * (spec §2.1, in its order). Readiness, capacity and cordoning as such play no part.
 * `without`: keys of automatic tolerations that they do not get.
 */
export function eligibilityOf(
  template: TemplateFacts,
  node: NodeFacts,
  { without = [] }: { readonly without?: readonly string[] } = {},
): Eligibility {
  if (template.nodeName !== null && template.nodeName !== '' && template.nodeName !== node.name) {
    return judged('shouldNotRun', 'node-name-mismatch', '§2.1 step 1', { wanted: template.nodeName })
  }
  for (const key of Object.keys(template.nodeSelector).sort()) {
    const wanted = template.nodeSelector[key] ?? ''
    const found = Object.hasOwn(node.labels, key) ? (node.labels[key] ?? '') : null
    if (found !== wanted) {
      return judged('shouldNotRun', 'node-selector-mismatch', '§2.2', { label: key, wanted, found })
    }
  }
  if (template.affinityTerms !== null && !template.affinityTerms.some(term => termMatches(term, node))) {
    return judged('shouldNotRun', 'node-affinity-mismatch', '§2.2', { terms: template.affinityTerms.length })
  }
  let untolerated: Taint | null = null
  for (const taint of node.taints) {
    if (taint.effect !== 'NoSchedule' && taint.effect !== 'NoExecute') continue
    if (isTolerated(taint, template, without)) continue
    if (taint.effect === 'NoExecute') return judged('shouldNotRun', 'taint-not-tolerated', '§2.1 step 4', { taint })
    untolerated ??= taint
  }
  if (untolerated !== null) {
    return judged('mayContinue', 'taint-not-tolerated', '§2.1 step 4', { taint: untolerated })
  }
  return judged('shouldRun', 'eligible', '§2.1 step 3', {})
}
