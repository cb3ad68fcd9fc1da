import { thousandths } from '../quantity.ts'
import type { Container, PodSpec, Quantities } from './pod-spec.ts'

const computed = ['cpu', 'memory'] as const

/** `pkg/apis/core/helper/qos`. */
export function qosClassOf({
  containers = [],
  initContainers = [],
}: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const all = [...containers, ...initContainers]
  if (!all.some(asksForSomething)) return 'BestEffort'
  return all.every(isGuaranteed) ? 'Guaranteed' : 'Burstable'
}

const amount = (quantities: Quantities | undefined, name: string) => thousandths(quantities?.[name] ?? 0)

function asksForSomething({ resources = {} }: Container): boolean {
  return computed.some(name => amount(resources.requests, name) > 0 || amount(resources.limits, name) > 0)
}

function isGuaranteed({ resources = {} }: Container): boolean {
  const { limits, requests } = resources
  return computed.every(name => amount(limits, name) > 0 && amount(requests, name) === amount(limits, name))
}
