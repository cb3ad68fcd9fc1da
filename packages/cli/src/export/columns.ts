import type { Json } from '@rollcall/contracts'
import type { DecisionEntry, LedgerEvent, Placement } from '@rollcall/contracts/api'

/** What a cell holds; instants are texts here, and timestamps in Parquet. */
export type CellType = 'text' | 'instant' | 'integer' | 'number' | 'boolean' | 'json'
export type ExportColumn<Item> = {
  readonly name: string
  readonly type: CellType
  readonly cell: (item: Item) => Json | undefined
}

export const column = <Item>(
  name: string,
  type: CellType,
  cell: (item: Item) => Json | undefined,
): ExportColumn<Item> => ({
  name,
  type,
  cell,
})

export const placementColumns: readonly ExportColumn<Placement>[] = [
  column('cluster', 'text', ({ cluster }) => cluster),
  column('node', 'text', ({ node }) => node),
  column('namespace', 'text', ({ namespace }) => namespace),
  column('daemonSet', 'text', ({ daemonSet }) => daemonSet.name),
  column('daemonSetUid', 'text', ({ daemonSet }) => daemonSet.uid),
  column('pod', 'text', ({ pod }) => pod.name),
  column('podUid', 'text', ({ pod }) => pod.uid),
  column('revision', 'text', ({ revision }) => revision),
  column('openedAt', 'instant', ({ openedAt }) => openedAt),
  column('openedPosition', 'integer', ({ openedPosition }) => openedPosition),
  column('openedBy', 'text', ({ openedBy }) => openedBy),
  column('boundAt', 'instant', ({ boundAt }) => boundAt),
  column('readyAt', 'instant', ({ readyAt }) => readyAt),
  column('ready', 'boolean', ({ ready }) => ready),
  column('phase', 'text', ({ phase }) => phase),
  column('finishedAt', 'instant', ({ finishedAt }) => finishedAt),
  column('terminatingAt', 'instant', ({ terminatingAt }) => terminatingAt),
  column('closedAt', 'instant', ({ closed }) => closed?.at),
  column('closedPosition', 'integer', ({ closed }) => closed?.position),
  column('closedBy', 'text', ({ closed }) => closed?.by),
  column('closeCause', 'text', ({ closed }) => closed?.cause),
  column('closeInferred', 'boolean', ({ closed }) => closed?.inferred),
]

export const decisionColumns: readonly ExportColumn<DecisionEntry>[] = [
  column('cluster', 'text', ({ cluster }) => cluster),
  column('position', 'integer', ({ position }) => position),
  column('at', 'instant', ({ at }) => at),
  column('core', 'text', ({ core }) => core),
  column('namespace', 'text', ({ daemonSet }) => daemonSet.namespace),
  column('daemonSet', 'text', ({ daemonSet }) => daemonSet.name),
  column('daemonSetUid', 'text', ({ daemonSet }) => daemonSet.uid),
  column('node', 'text', ({ node }) => node),
  column('verdict', 'text', ({ verdict }) => verdict),
  column('action', 'text', ({ action }) => action),
  column('rule', 'text', ({ reason }) => reason.rule),
  column('source', 'text', ({ reason }) => reason.source),
  column('facts', 'json', ({ reason }) => reason.facts as Json),
  column('causes', 'json', ({ causes }) => causes),
  column('commands', 'json', ({ commands }) => commands),
]

export const eventColumns: readonly ExportColumn<LedgerEvent>[] = [
  column('cluster', 'text', ({ cluster }) => cluster),
  column('position', 'integer', ({ position }) => position),
  column('at', 'instant', ({ at }) => at),
  column('type', 'text', ({ type }) => type),
  column('family', 'text', ({ family }) => family),
  column('kind', 'text', ({ subject }) => subject?.kind),
  column('namespace', 'text', ({ subject }) => subject?.namespace),
  column('name', 'text', ({ subject }) => subject?.name),
  column('manager', 'text', ({ by }) => by?.manager),
  column('operation', 'text', ({ by }) => by?.operation),
  column('user', 'text', ({ attributed }) => attributed?.user),
  column('userAgent', 'text', ({ attributed }) => attributed?.userAgent),
  column('sourceIps', 'json', ({ attributed }) => attributed?.sourceIps),
  column('event', 'json', ({ event }) => event as Json),
]
