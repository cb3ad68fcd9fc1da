import { type AnswerOf, pageLimitMax, type QueryOf } from '@rollcall/contracts/api'
import type { Client } from '../client/client.ts'
import { CliError } from '../errors.ts'
import { knownOnly } from '../queries/cluster-of.ts'
import type { ExportAsked, OnShare } from './pages.ts'
import type { spanColumns } from './span-columns.ts'

export type SpanKind = keyof typeof spanColumns
type SpanPage = AnswerOf<SpanKind>
type Item = SpanPage['items'][number] & { readonly cluster: string }

/** Without a beginning: from before any record. */
const epoch = new Date(0).toISOString()

/** An answer about a span of time, of each cluster page by page; all pages of a cluster are of one state of the record. */
export async function* spanPages(
  client: Client,
  kind: SpanKind,
  { clusters, namespaces, daemonSets, nodes, labelSelector, from = epoch, to }: ExportAsked,
  onShare: OnShare,
): AsyncGenerator<readonly Item[]> {
  if (kind === 'coverage' && daemonSets === undefined && nodes === undefined)
    throw new CliError('usage', 'coverage of everything is not told', 'say --daemonset NAME, or --node NAME')
  const query = { namespace: namespaces, daemonSet: daemonSets, node: nodes, labelSelector, from, to }
  let isKnown = false
  for (const [index, cluster] of clusters.entries()) {
    let cursor: string | undefined
    do {
      const asking = { ...query, limit: pageLimitMax, cursor } as QueryOf<SpanKind>
      const { answers } = await knownOnly([() => client.ask<SpanKind>(kind, { cluster }, asking)])
      const [page] = answers
      if (!page) break
      isKnown = true
      yield page.items.map(item => ({ cluster, ...item }))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    onShare((index + 1) / clusters.length)
  }
  if (isKnown || clusters.length === 0) return
  const asked = [...(daemonSets ?? []), ...(nodes ?? [])].join(', ')
  throw new CliError(
    'notFound',
    `${asked} is on record in none of these clusters`,
    'see rollcall get daemonsets, get nodes',
  )
}
