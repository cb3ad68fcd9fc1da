import type pg from 'pg'
import type { Target } from '../postgres/target.ts'
import { StoreError } from '../store.ts'
import { writerRights } from './rights.ts'
import { readerRole, writerRole } from './roles.ts'

/** They run with the owner's rights, and do one thing each. */
const functions = 'make_ledger_partitions(text, int4, date)'

const roles = [writerRole, readerRole] as const

/**
 * Makes the roles where they are missing, and gives them exactly the rights of `rights.ts` in this database: what else they
 * had is taken back. As the owner of the tables. @throws StoreError when the roles cannot be made, or are no bounds
 */
export async function grantRights(client: pg.Client, target: Target): Promise<void> {
  for (const role of roles) await ensureRole(client, target, role)
  await client.query(`begin; ${grants(await viewsOf(client)).join('; ')}; commit`)
}

async function ensureRole(client: pg.Client, target: Target, role: string): Promise<void> {
  try {
    const { rows } = await client.query('select rolsuper from pg_roles where rolname = $1', [role])
    if (rows[0]?.rolsuper) {
      throw new StoreError('access-denied', `role ${role} is a superuser, whom no right binds: alter it to nosuperuser`)
    }
    if (rows.length === 0) await createRole(client, role)
    await expectMember(client, role)
  } catch (error) {
    if ((error as { code?: unknown }).code !== '42501') throw error
    throw new StoreError('access-denied', lacking(target), { cause: error })
  }
}

/** Migrations of two databases of one server may make it at the same moment. */
async function createRole(client: pg.Client, role: string): Promise<void> {
  try {
    await client.query(`create role ${role} nologin`)
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code !== '42710' && code !== '23505') throw error
  }
}

/** Whoever migrates can act as the role: `rollcall up` and small installations have one user for all. */
async function expectMember(client: pg.Client, role: string): Promise<void> {
  try {
    await client.query(`set role ${role}`)
  } catch (error) {
    if ((error as { code?: unknown }).code !== '42501') throw error
    await client.query(`grant ${role} to current_user`)
    await client.query(`set role ${role}`)
  }
  await client.query('reset role')
}

const lacking = ({ user, database }: Target): string =>
  `user ${user} may not make the roles that keep the ledger of database ${database} append-only. Let an administrator run ` +
  `\`${roles.map(role => `create role ${role} nologin; grant ${role} to "${user}" with admin option;`).join(' ')}\` and ` +
  'migrate again; or migrate with --without-roles, and start the services with --postgres-role none'

async function viewsOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(`
    select c.relname as name from pg_class c
    where c.relkind = 'v' and c.relnamespace = current_schema()::regnamespace and c.relname like 'audit\\_%'
    order by 1`)
  return rows.map(({ name }) => name)
}

function grants(views: readonly string[]): string[] {
  const all = [...Object.keys(writerRights), ...views].join(', ')
  return [
    `revoke all on ${all} from ${writerRole}, ${readerRole}`,
    `revoke all on function ${functions} from public, ${readerRole}`,
    `grant execute on function ${functions} to ${writerRole}`,
    `grant select on ${all} to ${writerRole}, ${readerRole}`,
    ...Object.entries(writerRights).flatMap(([table, rights]) =>
      rights.map(right => `grant ${right} on ${table} to ${writerRole}`),
    ),
  ]
}
