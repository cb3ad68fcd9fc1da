import { pageLimitMax } from '@rollcall/contracts/api'

/** Asks for one page of something that grows at its end. */
export type AskWindow<Item> = (page: {
  readonly limit: number
  readonly cursor: string | undefined
}) => Promise<{ items: Item[]; older: string | null }>

/** The newest items, oldest first; `isWhole`: there are no older ones. A page may be empty, and lead on all the same. */
export async function newestOf<Item>(
  ask: AskWindow<Item>,
  wanted: number,
): Promise<{ readonly items: readonly Item[]; readonly isWhole: boolean }> {
  const pages: Item[][] = []
  let left = wanted
  let cursor: string | undefined
  do {
    const page = await ask({ limit: Math.min(pageLimitMax, left), cursor })
    pages.unshift(page.items)
    left -= page.items.length
    cursor = page.older ?? undefined
  } while (cursor !== undefined && left > 0)
  return { items: pages.flat(), isWhole: cursor === undefined }
}
