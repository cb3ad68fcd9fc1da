import pg from 'pg'
import { storeContract } from '../contract-suite.ts'
import { createPostgresWorld } from '../testing/postgres-world.ts'

storeContract('Postgres', async () => {
  const c = new pg.Client('postgres://rollcall@127.0.0.1:55432/postgres')
  await c.connect()
  await c.query('drop database if exists rollcall with (force)')
  await c.query('create database rollcall')
  await c.end()
  return createPostgresWorld('postgres://rollcall@127.0.0.1:55432/rollcall')
})
