import { type DecisionEntry, type LedgerEvent, type Placement, pageLimitMax } from '@rollcall/contracts/api'
import type { Client } from '../client/client.ts'

/** What is exported: of these clusters, what was so at some time from `from` on and before `to`. */
export type ExportAsked = {
  readonly clusters: readonly string[]
  readonly namespaces: string[] | undefined
  readonly daemonSets: string[] | undefined
  readonly nodes: string[] | undefined
  /** Labels of nodes; of events there is no such question. */
  readonly labelSelector: string | undefined
  readonly from: string | undefined
  readonly to: string
}

/** How far it is, from 0 to 1; null: nobody can say. */
export type OnShare = (share: number | null) => void

/** Placements by cluster and node, of each cluster page by page; cursors hold still under new writes. */
export async function* placementPages(
  client: Client,
  { clusters, namespaces, daemonSets, nodes: onNodes, labelSelector, from, to }: ExportAsked,
  onShare: OnShare,
): AsyncGenerator<readonly Placement[]> {
  for (const [index, cluster] of clusters.entries()) {
    const nodes = (await client.all('nodes', { cluster: [cluster], presence: 'all' })).map(({ name }) => name)
    const order = new Map([...new Set(nodes)].map((node, place, all) => [node, place / all.length]))
    let cursor: string | undefined
    do {
      const asked = { namespace: namespaces, daemonSet: daemonSets, node: onNodes, labelSelector, from, to }
      const query = { cluster: [cluster], presence: 'all', ...asked } as const
      const page = await client.ask('placements', {}, { ...query, limit: pageLimitMax, cursor })
      const share = order.get(page.items.at(-1)?.node ?? '')
      onShare(share === undefined ? null : (index + share) / clusters.length)
      yield page.items
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
  }
}

export async function* decisionPages(
  client: Client,
  { clusters, namespaces, daemonSets, nodes, labelSelector, from, to }: ExportAsked,
  onShare: OnShare,
): AsyncGenerator<readonly DecisionEntry[]> {
  for (const [index, cluster] of clusters.entries()) {
    let cursor: string | undefined
    const shareOf = shareOfTime(from, to)
    do {
      const asked = { namespace: namespaces, daemonSet: daemonSets, node: nodes, labelSelector }
      const query = { ...asked, from, to, limit: pageLimitMax, cursor }
      const page = await client.ask('decisions', { cluster }, query)
      const share = shareOf(page.items.at(-1)?.at)
      onShare(share === null ? null : (index + share) / clusters.length)
      yield page.items
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
  }
}

/** Events in the order of their streams, of the positions between the two times: see docs/audit.md. */
export async function* eventPages(
  client: Client,
  { clusters, from, to }: ExportAsked,
  onShare: OnShare,
): AsyncGenerator<readonly LedgerEvent[]> {
  for (const [index, cluster] of clusters.entries()) {
    const shareOf = shareOfTime(from, to)
    const start = from === undefined ? { from: [`${cluster}:0`] } : { since: from }
    let cursor: string | undefined
    for (;;) {
      const at = cursor === undefined ? start : { cursor }
      const page = await client.ask('events', {}, { cluster: [cluster], limit: pageLimitMax, ...at })
      const end = page.items.findIndex(event => event.at >= to)
      const share = shareOf(page.items.at(-1)?.at)
      onShare(share === null ? null : (index + share) / clusters.length)
      yield end < 0 ? page.items : page.items.slice(0, end)
      if (page.atEnd || end >= 0) break
      cursor = page.newer
    }
  }
}

/** Of a span without a beginning the first item says where it begins. */
function shareOfTime(from: string | undefined, to: string): (at: string | undefined) => number | null {
  let begins = from === undefined ? null : Date.parse(from)
  return at => {
    if (at === undefined) return null
    begins ??= Date.parse(at)
    const whole = Date.parse(to) - begins
    return whole <= 0 ? null : Math.min(1, Math.max(0, (Date.parse(at) - begins) / whole))
  }
}
