import { createPostgresAuditStore } from '../audit/postgres-audit-store.ts'
import { migrate } from '../migrate.ts'
import { createPostgresStore } from '../postgres/postgres-store.ts'
import { startTestServer } from './server.ts'

export type AuditWorld = Awaited<ReturnType<typeof startAuditWorld>>

/** A database of its own, a store that writes it, and the audit store that is asked. */
export async function startAuditWorld() {
  const server = await startTestServer()
  await migrate(server.url)
  const store = createPostgresStore({ url: server.url })
  const audit = createPostgresAuditStore({ url: server.url })
  return {
    server,
    store,
    audit,
    async close() {
      await audit.close()
      await store.close()
      await server.remove()
    },
  }
}
