import { defineConfig } from 'drizzle-kit'

/** `pnpm migrations:generate` compares the schema with the last migration and writes the difference as SQL. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './packages/store/src/schema/index.ts',
  out: './migrations',
})
