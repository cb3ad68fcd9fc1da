import pg from 'pg'
import type { StoreWorld } from '../contract-suite.ts'
import { migrate } from '../migrate.ts'
import { createPostgresStore } from '../postgres/postgres-store.ts'
import { placementColumns, placementRow } from '../sql/placement-columns.ts'

/** A database with the schema of this program; every store opened over it is a process of its own. */
export async function createPostgresWorld(url: string): Promise<StoreWorld> {
  await migrate(url)
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  pool.on('error', () => undefined)
  const rowsOf = async (text: string, ...values: unknown[]) => (await pool.query(text, values)).rows
  const leaseCheckMs = 200
  const inspector = createPostgresStore({ url, poolSize: 2 })
  return {
    open: () => createPostgresStore({ url, applicationName: 'store-test', leaseCheckMs, poolSize: 2 }),
    async breakLeases() {
      await rowsOf(`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'store-test leases'`)
    },
    async placements(cluster) {
      const rows = await rowsOf(
        `select ${placementColumns} from placements where cluster = $1 order by opened_position, pod_uid`,
        cluster,
      )
      return rows.map(placementRow)
    },
    async decisions(cluster) {
      const rows = await rowsOf('select * from decisions where cluster = $1 order by position, point, seq', cluster)
      return rows.map(({ position, point, seq, causes, commands, rule, source, facts }) => ({
        position: Number(position),
        point,
        seq,
        causes: causes.map(Number),
        commands,
        reason: { rule, source, facts },
      }))
    },
    async deadLetters() {
      const rows = await rowsOf('select * from dead_letters order by id')
      return rows.map(({ log_offset, key, bytes, code, reason }) => ({
        offset: BigInt(log_offset),
        key,
        bytes,
        code,
        reason,
      }))
    },
    async nodes(cluster) {
      const rows = await rowsOf('select * from nodes where cluster = $1 order by name', cluster)
      return rows.map(({ name, first_at, last_at, gone_at }) => ({
        name,
        firstAt: first_at.getTime(),
        lastAt: last_at.getTime(),
        goneAt: gone_at?.getTime() ?? null,
      }))
    },
    async settlement(id) {
      const [row] = await rowsOf('select * from commands where id = $1 and settled_position is not null', id)
      if (!row) return null
      const { settled_position, settled_at, settled_result, settled_answer } = row
      return {
        position: Number(settled_position),
        at: settled_at.getTime(),
        result: settled_result,
        answer: settled_answer,
      }
    },
    async intents(cluster) {
      const rows = await rowsOf('select * from intents where cluster = $1 order by position', cluster)
      return rows.map(({ id, position, at, type, asked_by, via, body }) => ({
        id,
        position: Number(position),
        at: at.getTime(),
        type,
        user: asked_by,
        via,
        body,
      }))
    },
    async holds(cluster) {
      const rows = await rowsOf('select * from holds where cluster = $1 order by opened_position', cluster)
      return rows.map(({ id, opened_position, opened_at, state, position, at, facts }) => ({
        id,
        openedPosition: Number(opened_position),
        openedAt: opened_at.getTime(),
        state,
        position: Number(position),
        at: at.getTime(),
        facts,
      }))
    },
    async snapshotPositions(cluster) {
      const rows = await rowsOf(
        `select position from snapshots
         where stream = (select id from streams where cluster = $1) order by position, seq`,
        cluster,
      )
      return rows.map(({ position }) => Number(position))
    },
    async stream(cluster) {
      const [row] = await rowsOf('select mode, cluster_uid, last_position from streams where cluster = $1', cluster)
      if (!row) return null
      return { mode: row.mode, clusterUid: row.cluster_uid, lastPosition: Number(row.last_position) }
    },
    verifyChain: cluster => inspector.verifyChain(cluster),
    async close() {
      await inspector.close()
      await pool.end()
    },
  }
}
