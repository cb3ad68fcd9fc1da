import type { Api } from './api.ts'
import type { View } from './view.ts'

/** The namespace of the fence, beside those of the stories. */
const name = 'twins-fence'

/**
 * A DaemonSet of nobody, for no node. All that happens in a cluster reaches Rollcall in one order: when it has observed a change of this
 * one, it has decided on what it had been told before, however slow the machine is.
 */
export type Fence = {
  /** Resolves when Rollcall has come to what happens now. @throws Error when it does not within a minute */
  pass(): Promise<void>
}

const waitMsMax = 60_000
const lookEveryMs = 20

export function fenceIn(api: Api, view: Pick<View, 'of'>): Fence {
  const path = `/apis/apps/v1/namespaces/${name}/daemonsets`
  let made: Promise<void> | null = null
  let changes = 0

  async function expectDone(answer: Promise<{ code: number; body: string }>): Promise<number> {
    const { code, body } = await answer
    if (code >= 300) throw new Error(`the fence was answered ${code}: ${body}`)
    return (JSON.parse(body) as { metadata: { generation?: number } }).metadata.generation ?? 0
  }

  async function make(): Promise<void> {
    await expectDone(api.post('/api/v1/namespaces', { metadata: { name } }))
    const labels = { app: name }
    const containers = [{ name: 'none', image: 'none' }]
    const template = { metadata: { labels }, spec: { nodeSelector: { [name]: 'nowhere' }, containers } }
    await expectDone(api.post(path, { metadata: { name }, spec: { selector: { matchLabels: labels }, template } }))
  }

  return {
    async pass() {
      made ??= make()
      await made
      changes += 1
      const wanted = await expectDone(api.patch(`${path}/${name}`, 'merge', { spec: { minReadySeconds: changes } }))
      const giveUpAt = Date.now() + waitMsMax
      while ((view.of('DaemonSet', name)[0]?.status.observedGeneration ?? 0) < wanted) {
        if (Date.now() > giveUpAt) throw new Error(`Rollcall has not observed the fence within ${waitMsMax} ms`)
        await new Promise(resolve => setTimeout(resolve, lookEveryMs))
      }
    },
  }
}
