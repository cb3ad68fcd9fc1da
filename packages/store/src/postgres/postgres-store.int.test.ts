import { storeContract } from '../contract-suite.ts'
import { createPostgresWorld } from '../testing/postgres-world.ts'
import { startTestServer } from '../testing/server.ts'

storeContract('Postgres', async () => {
  const server = await startTestServer()
  const world = await createPostgresWorld(await server.createDatabase('contract'))
  return {
    ...world,
    async close() {
      await world.close()
      await server.remove()
    },
  }
})
