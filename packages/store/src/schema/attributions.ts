import { sql } from 'drizzle-orm'
import { bigint, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, position } from './column-types.ts'

/** Projection: who asked the API server for which change, as its audit webhook told. */
export const attributions = pgTable(
  'attributions',
  {
    cluster: text('cluster').notNull(),
    /** Of the audit: the same again is the same row. */
    audit: text('audit').notNull(),
    position: position('position').notNull(),
    kind: text('kind').notNull(),
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    /** null: the audit's level did not tell it. */
    uid: text('uid'),
    /** That of the object after the change; null: not told, or the object is gone. */
    resourceVersion: bigint('resource_version', { mode: 'bigint' }),
    verb: text('verb').notNull(),
    userName: text('user_name').notNull(),
    groups: text('groups').array().notNull(),
    impersonatedBy: text('impersonated_by'),
    userAgent: text('user_agent').notNull(),
    sourceIps: text('source_ips').array().notNull(),
    requestedAt: instant('requested_at').notNull(),
  },
  table => [
    primaryKey({ name: 'attributions_pkey', columns: [table.cluster, table.audit] }),
    // Who made this sight of an object: by version, and where that was not told by time.
    index('attributions_of_version').on(table.name, table.cluster, table.kind, table.resourceVersion),
    index('attributions_of_object').on(table.name, table.cluster, table.kind, table.requestedAt),
    // Who changed what an event of the ledger is about (`ledger.subject`): for the view `audit_chain`.
    index('attributions_of_subject').on(table.cluster, sql`audit_subject(kind, namespace, name)`, table.requestedAt),
    // What somebody did.
    index('attributions_of_user').on(table.userName, table.requestedAt),
  ],
)
