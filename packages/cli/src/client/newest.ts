import { type Archived, pageLimitMax } from '@rollcall/contracts/api'

/** Asks for one page of something that grows at its end. */
export type AskWindow<Item> = (page: {
  readonly limit: number
  readonly cursor: string | undefined
}) => Promise<{ items: Item[]; older: string | null; archived?: Archived[] | undefined }>

export type Newest<Item> = {
  readonly items: readonly Item[]
  /** There are no older ones but those that are archived. */
  readonly isWhole: boolean
  readonly archived: readonly Archived[]
}

/** The newest items, oldest first;  A page may be empty, and lead on all the same. */
export async function newestOf<Item>(ask: AskWindow<Item>, wanted: number): Promise<Newest<Item>> {
  const pages: Item[][] = []
  let left = wanted
  let cursor: string | undefined
  let archived: readonly Archived[] = []
  do {
    const page = await ask({ limit: Math.min(pageLimitMax, left), cursor })
    pages.unshift(page.items)
    left -= page.items.length
    cursor = page.older ?? undefined
    archived = page.archived ?? []
  } while (cursor !== undefined && left > 0)
  return { items: pages.flat(), isWhole: cursor === undefined, archived }
}
