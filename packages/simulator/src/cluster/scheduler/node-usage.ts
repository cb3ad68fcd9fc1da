import type { Pod } from '../kinds.ts'
import { requestsOf } from './requests.ts'

/** What the pods on one node take of it. */
export class NodeUsage {
  readonly #pods = new Map<string, Pod>()
  readonly #used = new Map<string, number>()
  readonly #hostPorts = new Map<string, number>()

  get pods(): ReadonlyMap<string, Pod> {
    return this.#pods
  }

  used(resource: string): number {
    return this.#used.get(resource) ?? 0
  }

  hasHostPort(port: string): boolean {
    return (this.#hostPorts.get(port) ?? 0) > 0
  }

  add(key: string, pod: Pod): void {
    const before = this.#pods.get(key)
    this.#pods.set(key, pod)
    // Most changes are of the status: it takes what it took.
    if (before?.spec === pod.spec) return
    if (before) this.#count(before, -1)
    this.#count(pod, 1)
  }

  remove(key: string): void {
    const pod = this.#pods.get(key)
    if (!pod) return
    this.#pods.delete(key)
    this.#count(pod, -1)
  }

  #count(pod: Pod, sign: 1 | -1): void {
    for (const [resource, amount] of requestsOf(pod)) this.#used.set(resource, this.used(resource) + sign * amount)
    for (const port of hostPortsOf(pod)) this.#hostPorts.set(port, (this.#hostPorts.get(port) ?? 0) + sign)
  }
}

/** Host ports a pod takes, as `protocol/port`. A pod on the host's network takes all its container ports. */
export function hostPortsOf(pod: Pod): readonly string[] {
  const taken: string[] = []
  for (const { ports } of pod.spec.containers) {
    for (const port of ports ?? []) {
      const number = port.hostPort ?? (pod.spec.hostNetwork === true ? port.containerPort : 0)
      if (number > 0) taken.push(`${port.protocol ?? 'TCP'}/${number}`)
    }
  }
  return taken
}
