import type { AnchorJson, Checkpoint } from '@rollcall/store'
import { CliError } from '../errors.ts'
import { checkedFormat, printList } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { clustersOf, type LedgerFlags, withLedgers } from './open-ledgers.ts'

export type CheckpointFlags = LedgerFlags & { readonly all?: boolean; readonly output: string }

/** `rollcall checkpoints`: where the chains stood when they were last signed; with `-o json` what `verify --anchor` reads. */
export async function listCheckpoints(flags: CheckpointFlags, ports: Ports): Promise<void> {
  const format = checkedFormat(flags.output)
  const { anchorJson } = await import('@rollcall/store')
  const rows = await withLedgers(flags, ports, async store => {
    const found: Checkpoint[] = []
    for (const cluster of await clustersOf(store, flags.cluster)) {
      // The newest vouches for everything before it.
      for (const one of await store.checkpoints(cluster, { isNewest: !flags.all })) found.push(one)
    }
    return found.map(anchorJson)
  })
  if (rows.length === 0) {
    const mend = 'reconcilers sign them now and then when they have a key: --checkpoint-key-file'
    throw new CliError('notFound', 'there are no checkpoints on record', mend)
  }
  await printList({ rows, columns, what: 'checkpoints' }, format, ports)
}

const columns: Column<AnchorJson>[] = [
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: 'POSITION', cell: ({ position }) => String(position) },
  { title: 'SIGNED', cell: ({ at }) => new Date(at).toISOString() },
  { title: 'KEY', cell: ({ key }) => oneLine(key) },
  { title: 'HEAD', cell: ({ head }) => head, isWide: true },
]
