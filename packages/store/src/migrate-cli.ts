import { parseArgs } from 'node:util'
import { migrate } from './migrate.ts'
import { StoreError } from './store.ts'

const usage = 'pnpm migrate --database-url postgres://user:password@host:5432/database [--without-roles]'

async function main(): Promise<number> {
  let url: string | undefined
  let withRoles = true
  try {
    const { values } = parseArgs({
      options: { 'database-url': { type: 'string' }, 'without-roles': { type: 'boolean', default: false } },
    })
    url = values['database-url']
    withRoles = !values['without-roles']
  } catch (error) {
    console.error(`${(error as Error).message}\nusage: ${usage}`)
    return 2
  }
  url ??= process.env.ROLLCALL_POSTGRES_URL
  if (!url) {
    console.error(`no database was named: give --database-url, or set ROLLCALL_POSTGRES_URL\nusage: ${usage}`)
    return 2
  }
  try {
    const { version, applied } = await migrate(url, { withRoles })
    const done = applied.length === 0 ? 'nothing to do' : `applied ${applied.join(', ')}`
    console.log(`schema version ${version}: ${done}`)
    return 0
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    console.error(`${error.code}: ${error.message}`)
    return 1
  }
}

process.exitCode = await main()
