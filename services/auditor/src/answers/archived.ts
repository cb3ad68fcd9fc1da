import type { Archived } from '@rollcall/contracts/api'
import type { AuditStore } from '@rollcall/store'
import type { Places } from './places.ts'

/** What a page at the beginning of the record must say: whether that is where it began. */
export async function archivedBefore(
  store: AuditStore,
  clusters: readonly string[],
  /** Of those that are asked about from a place on: where. */
  places?: Places,
): Promise<{ archived?: Archived[] }> {
  const all = await store.archived(clusters)
  const archived = all.filter(({ cluster, lastPosition }) => !places || (places.get(cluster) ?? 0) < lastPosition)
  return archived.length === 0 ? {} : { archived: [...archived] }
}
