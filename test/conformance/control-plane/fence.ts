import { at, type JsonObject } from '../manifest.ts'
import type { Client } from './client.ts'
import type { Mirror } from './mirror.ts'

const name = 'conformance-fence'
const waitMsMax = 60_000

/**
 * A DaemonSet of nobody, for no node. The built-in controller works its queue in order: when it has observed a change of this
 * one, it has taken up all that it had been told before, however slow the machine is.
 */
export class Fence {
  readonly #client: Client
  readonly #mirror: Mirror
  #changes = 0

  private constructor(client: Client, mirror: Mirror) {
    this.#client = client
    this.#mirror = mirror
  }

  static async put(client: Client, mirror: Mirror): Promise<Fence> {
    await client.send('POST', '/api/v1/namespaces', { metadata: { name } })
    const labels = { app: name }
    await client.send('POST', `/apis/apps/v1/namespaces/${name}/daemonsets`, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { nodeSelector: { [name]: 'nowhere' }, containers: [{ name: 'none', image: 'none' }] },
        },
      },
    })
    return new Fence(client, mirror)
  }

  /** @throws Error when the controller does not come to it */
  async pass(): Promise<void> {
    this.#changes += 1
    const changed = await this.#client.send('PATCH', `/apis/apps/v1/namespaces/${name}/daemonsets/${name}`, {
      spec: { minReadySeconds: this.#changes },
    })
    const wanted = Number(at(changed.metadata as JsonObject, 'generation'))
    const deadline = Date.now() + waitMsMax
    while (this.#observed() < wanted) {
      if (Date.now() > deadline) throw new Error(`the controller has not observed ${name} within ${waitMsMax} ms`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  #observed(): number {
    const [fence] = this.#mirror.all('DaemonSet', ({ metadata }) => metadata.namespace === name)
    return Number(at(fence?.status, 'observedGeneration') ?? 0)
  }
}
