import type { Attribution } from '@rollcall/contracts/api'
import type { Statement } from '../../sql/statement.ts'
import { instant } from './columns.ts'

/** A sight of an object, and where the one before it stood: what was asked for in between made it. */
export type SightToAttribute = {
  readonly position: number
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly isGone: boolean
  /** null: the resourceVersions are no numbers. */
  readonly version: bigint | null
  readonly versionBefore: bigint | null
  readonly atBefore: Date
  /** Clocks differ: a little later than it was seen. */
  readonly until: Date
}

type Params = { readonly cluster: string; readonly sights: readonly SightToAttribute[] }

/**
 * For each sight the request that made it. By version first (a sight may stand for several changes, of which the last
 * counts); where the audit tells no version, by time; the end of an object by its uid: who
 * asked first, because what comes after that (a kubelet that has stopped it) only carries it out.
 */
export const selectAttributions: Statement<Params, { readonly position: number; readonly attributed: Attribution }> = {
  name: 'audit_attributions',
  text: `
    select seen.position as seen_position, found.*
    from unnest(
      $2::int8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[], $8::int8[], $9::int8[], $10::timestamptz[],
      $11::timestamptz[]
    ) as seen (position, kind, namespace, name, uid, is_gone, version, version_before, at_before, until)
    cross join lateral (
      (
        select a.*, 0 as rank, a.uid = seen.uid as is_exact
        from attributions a
        where not seen.is_gone
          and a.name = seen.name and a.cluster = $1 and a.kind = seen.kind and a.namespace = seen.namespace
          and a.uid = seen.uid
          and a.resource_version > seen.version_before and a.resource_version <= seen.version
        order by a.resource_version desc
        limit 1
      )
      union all
      (
        select a.*, 0, true
        from attributions a
        where seen.is_gone
          and a.name = seen.name and a.cluster = $1 and a.kind = seen.kind and a.namespace = seen.namespace
          and a.uid = seen.uid and a.verb in ('delete', 'deletecollection', 'evict')
          and a.requested_at <= seen.until
        order by a.requested_at
        limit 1
      )
      union all
      (
        select a.*, 1, false
        from attributions a
        where a.name = seen.name and a.cluster = $1 and a.kind = seen.kind and a.namespace = seen.namespace
          and (a.uid is null or a.uid = seen.uid) and a.resource_version is null
          and a.requested_at > seen.at_before and a.requested_at <= seen.until
          and seen.is_gone = (a.verb in ('delete', 'deletecollection', 'evict'))
        order by a.requested_at desc
        limit 1
      )
      order by rank
      limit 1
    ) found`,
  values: ({ cluster, sights }) => [
    cluster,
    sights.map(({ position }) => position),
    sights.map(({ kind }) => kind),
    sights.map(({ namespace }) => namespace),
    sights.map(({ name }) => name),
    sights.map(({ uid }) => uid),
    sights.map(({ isGone }) => isGone),
    sights.map(({ version }) => version),
    sights.map(({ versionBefore }) => versionBefore),
    sights.map(({ atBefore }) => atBefore),
    sights.map(({ until }) => until),
  ],
  row: columns => ({
    position: Number(columns.seen_position),
    attributed: {
      user: columns.user_name,
      groups: columns.groups,
      impersonatedBy: columns.impersonated_by,
      verb: columns.verb,
      userAgent: columns.user_agent,
      sourceIps: columns.source_ips,
      requestedAt: instant(columns.requested_at),
      match: columns.is_exact ? 'exact' : 'probable',
    },
  }),
}
