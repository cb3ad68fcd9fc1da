import type { EventOf } from '@rollcall/contracts'

export type AttributionRow = Omit<EventOf<'ChangeAttributed'>, 'type' | 'at' | 'resourceVersion'> & {
  readonly position: number
  /** null also when it is no number: then only time can match it. */
  readonly resourceVersion: bigint | null
}

export function attributionRow(position: number, event: EventOf<'ChangeAttributed'>): AttributionRow {
  const { type, at, resourceVersion, ...rest } = event
  const isNumber = resourceVersion !== null && /^\d{1,18}$/.test(resourceVersion)
  return { ...rest, position, resourceVersion: isNumber ? BigInt(resourceVersion) : null }
}
