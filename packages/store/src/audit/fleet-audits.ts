import type { Churn, Difference, Misplaced } from '@rollcall/contracts/api'
import { run, type Statement } from '../sql/statement.ts'
import type { PageKey, PageRequest, SpanAsked, SpanSlice } from './audit-store.ts'
import { cut } from './lists.ts'
import type { Reading } from './reading.ts'
import { churnKey, selectChurn } from './sql/churn.ts'
import { selectDiff } from './sql/diff.ts'
import { misplacedKey, selectMisplaced } from './sql/misplaced.ts'
import { recordBegins } from './sql/record-begins.ts'

/** Questions about a cluster over a span of time; null: nothing has happened there. */

export async function diffSlice(
  reading: Reading,
  asked: SpanAsked,
  page: PageRequest,
): Promise<SpanSlice<Difference> | null> {
  const rows = await readSpan(reading, selectDiff, { ...asked, ...page }, page.limit, ({ key }) => key)
  return rows && { ...rows, items: rows.items.map(({ difference }) => difference) }
}

export const churnSlice = (reading: Reading, asked: SpanAsked, page: PageRequest): Promise<SpanSlice<Churn> | null> =>
  readSpan(reading, selectChurn, { ...asked, ...page }, page.limit, churnKey)

export const misplacedSlice = (
  reading: Reading,
  asked: SpanAsked & { readonly overMs: number },
  page: PageRequest,
): Promise<SpanSlice<Misplaced> | null> =>
  readSpan(reading, selectMisplaced, { ...asked, ...page }, page.limit, misplacedKey)

async function readSpan<Params, T>(
  { session, cluster }: Reading,
  statement: Statement<Params, T>,
  params: Params,
  limit: number,
  keyOf: (item: T) => PageKey,
): Promise<SpanSlice<T> | null> {
  const [begun] = await run(session, recordBegins, { clusters: [cluster] })
  if (!begun) return null
  return { ...cut(await run(session, statement, params), limit, keyOf), recordBegins: begun[1] }
}
